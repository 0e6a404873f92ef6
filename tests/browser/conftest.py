"""A browser and a served shop, one of each for all tests of this folder.

Of the package and not of the session: Playwright keeps an event loop at work, and no other test may meet
it. Without Chromium the tests are skipped, and say so.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.looking import SCREENSHOTS
from tests.conftest import migrate_and_seed
from tests.databases import SqliteDatabases
from tests.served import ServedShop

CHROMIUM = Path("/usr/bin/chromium")

#: The smallest picture there is.
DOT = b"GIF89a\x01\x00\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x00;"


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    if not CHROMIUM.exists():
        pytest.skip(f"there is no {CHROMIUM}: apt-get install chromium")
    with sync_playwright() as playwright:
        # As root, and in containers, Chromium's own sandbox cannot start.
        found = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture(scope="package")
def shop(sqlite_databases: SqliteDatabases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedShop]:
    """The shop with its stand-in for Stripe, on the real catalogue; tests must not sell it out."""
    template = sqlite_databases.template("seeded", migrate_and_seed)
    home = tmp_path_factory.mktemp("browsed") / "served"
    with (
        sqlite_databases.copy(template) as url,
        ServedShop(url, home, workers=1, settings={"SHOP_LIMIT_READS": "100000"}).running() as found,
    ):
        yield found


@contextmanager
def somebody(
    browser: Browser, shop: ServedShop, *, pictures: bool = False, **options: Any
) -> Iterator[BrowserContext]:
    """Lend somebody's browser, without cookies.

    Args:
        browser: Chromium.
        shop: What its addresses are relative to.
        pictures: Whether bags are really drawn: each drawing costs up to seconds of a processor, and
            few tests look at them. Where ``SHOP_SCREENSHOTS`` is set, all are.
        **options: Of Playwright's context.
    """
    context = browser.new_context(**{"base_url": shop.base_url, "locale": "en-US", **options})
    context.set_default_timeout(60_000 if SCREENSHOTS else 15_000)
    if not (pictures or SCREENSHOTS):
        context.route("**/media/**", lambda route: route.fulfill(body=DOT, content_type="image/gif"))
    try:
        yield context
    finally:
        context.close()


@pytest.fixture
def context(browser: Browser, shop: ServedShop) -> Iterator[BrowserContext]:
    """Somebody's browser, without cookies and without pictures."""
    with somebody(browser, shop) as found:
        yield found


@pytest.fixture
def tab(context: BrowserContext) -> Page:
    """An empty tab of that browser."""
    return context.new_page()
