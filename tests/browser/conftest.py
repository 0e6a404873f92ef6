"""A browser and a served shop, one of each for all tests of this folder.

Of the package and not of the session: Playwright keeps an event loop at work, and no other test may meet
it. Without Chromium the tests are skipped, and say so.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.conftest import migrate_and_seed
from tests.databases import SqliteDatabases
from tests.served import ServedShop

CHROMIUM = Path("/usr/bin/chromium")
OUT = Path(__file__).with_name("out")


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


@pytest.fixture
def context(browser: Browser, shop: ServedShop) -> Iterator[BrowserContext]:
    """Somebody's browser, without cookies."""
    found = browser.new_context(base_url=shop.base_url, locale="en-US")
    found.set_default_timeout(15_000)
    yield found
    found.close()


@pytest.fixture
def tab(context: BrowserContext) -> Page:
    """An empty tab of that browser."""
    return context.new_page()
