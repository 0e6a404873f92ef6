"""Pages as people see them: widths, colour schemes, barriers, and what a screenshot is called."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

#: Where screenshots are written for people to look at; ignored by git.
OUT = Path(__file__).with_name("out")

#: Whether they are: with the pictures of all bags they take minutes, and no test depends on them.
SCREENSHOTS = bool(os.environ.get("SHOP_SCREENSHOTS"))

WIDTHS = (360, 768, 1440)
SCHEMES = ("light", "dark")

#: WCAG 2.2, level A and AA.
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}

_AXE = Axe()

_LOADED = """Promise.all([...document.images].map(each =>
    each.complete || new Promise(done => { each.onload = each.onerror = done; })))"""


def barriers(page: Page) -> list[str]:
    """Return what axe-core finds against WCAG 2.2 AA on the page as it is, each with where it is."""
    found = _AXE.run(page, options=RULES).response["violations"]
    return [
        f"{each['id']}: {node['target']} {node['failureSummary']}" for each in found for node in each["nodes"]
    ]


def looks(page: Page) -> Iterator[tuple[int, str]]:
    """Show an open page in each width and colour scheme; yield which."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            yield width, scheme


def overflow(page: Page) -> int:
    """Return by how many pixels the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def keep(page: Page, path: str, width: int, scheme: str) -> None:
    """Write a screenshot of the whole page where they are wanted, with every picture of it."""
    if not SCREENSHOTS:
        return
    page.evaluate("document.querySelectorAll('img').forEach(each => { each.loading = 'eager'; })")
    # Not by waiting for a function: the page's policy lets nobody evaluate one.
    page.evaluate(_LOADED)
    OUT.mkdir(exist_ok=True)
    name = re.sub(r"\W+", "-", path).strip("-")
    # JPEG takes a third of the time of PNG, and people look at it, no program.
    page.screenshot(path=OUT / f"{name}.{width}.{scheme}.jpg", full_page=True, type="jpeg", quality=80)
