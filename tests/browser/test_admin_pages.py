"""The admin pages in Chromium: a day of a merchant, with and without scripts, by mouse and by keyboard."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from shop.admin import keys, users
from shop.app import create_app
from tests.browser.looking import OUT
from tests.conftest import dispose, migrate_and_seed, settings_for
from tests.databases import SqliteDatabases
from tests.served import ServedShop
from tests.shopper import OTHER

#: Wrong keys until an address is locked out; this machine is told apart like any other.
LOCKED_AFTER = 3
SETTINGS = {"SHOP_UNLIMITED_NETWORKS": "192.0.2.0/24", "SHOP_LIMIT_FAILURES": str(LOCKED_AFTER)}

#: Of the user ``grace``.
PASSWORD = "a bag of good words"

#: A price that the shop does not have, of a bag that no test buys.
PRICES = "sku,currency,amount_minor,is_illustrative\n6713071VG9Y1000,USD,299000,true\n"


@dataclass
class Desk:
    """A shop with an order that is paid for, and a key to its admin pages."""

    shop: ServedShop
    browser: Browser
    key: str
    number: str

    @contextmanager
    def tab(self, width: int = 1440, scheme: str = "light", *, scripts: bool = True) -> Iterator[Page]:
        """Open somebody's browser; what it says of the content policy fails the test."""
        context = self.browser.new_context(
            base_url=self.shop.base_url,
            color_scheme=scheme,  # type: ignore[arg-type]
            viewport={"width": width, "height": 900},
            java_script_enabled=scripts,
        )
        context.set_default_timeout(15_000)
        page, complaints = context.new_page(), list[str]()
        page.on("console", lambda said: complaints.append(said.text) if "Policy" in said.text else None)
        try:
            yield page
        finally:
            context.close()
        assert complaints == []

    def signs_in(self, page: Page, key: str | None = None) -> None:
        """Type a key, and press Enter."""
        page.goto("/admin/")
        page.get_by_label("Admin key").fill(key or self.key)
        page.keyboard.press("Enter")
        if key is None:
            expect(page.get_by_role("heading", name="Overview")).to_be_visible()


@pytest.fixture(scope="module")
def desk(
    browser: Browser, sqlite_databases: SqliteDatabases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Desk]:
    """One shop for this file."""
    home = tmp_path_factory.mktemp("administered") / "served"
    template = sqlite_databases.template("seeded", migrate_and_seed)
    with ExitStack() as stack:
        url = stack.enter_context(sqlite_databases.copy(template))
        app = create_app(settings_for(url))
        with app.app_context():
            key = keys.create("ada", keys.SCOPES, days=1)
            users.create("grace", PASSWORD, keys.SCOPES)
        dispose(app)
        shop = stack.enter_context(ServedShop(url, home, workers=1, settings=SETTINGS).running())
        shopper = shop.shopper()
        shopper.places_order(OTHER, 2)
        shopper.pays()
        shopper.comes_back()
        yield Desk(shop, browser, key, str(shopper.placed["order"]["number"]))


def test_money_is_given_back_without_a_script_and_the_timeline_shows_it(desk: Desk) -> None:
    with desk.tab(scripts=False) as page:
        desk.signs_in(page)
        page.get_by_role("link", name="Orders").click()
        page.get_by_role("link", name=desk.number).click()
        page.get_by_label("An amount").check()
        page.get_by_label("Amount, USD").fill("1,000.50")
        page.get_by_label("Reason").fill("damaged")
        page.get_by_role("button", name="Give it back").dblclick()

        expect(page.get_by_role("status")).to_contain_text("The refund is written down and sent.")
        timeline = page.get_by_role("region", name="Timeline")
        expect(timeline.get_by_text("Refund requested")).to_have_count(1)
        expect(timeline).to_contain_text("USD 1,000.50, damaged")
        expect(timeline).to_contain_text("Refund succeeded")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_plan_is_read_and_applied_with_and_without_a_script(
    desk: Desk, tmp_path: Path, *, scripts: bool
) -> None:
    amount, shown = ("297000", "USD 2,970.00") if scripts else ("299000", "USD 2,990.00")
    (tmp_path / "prices.csv").write_text(PRICES.replace("299000", amount))
    with desk.tab(scripts=scripts) as page:
        desk.signs_in(page)
        page.get_by_role("link", name="Seed").click()
        page.get_by_label("File", exact=True).set_input_files(tmp_path / "prices.csv")
        page.get_by_role("button", name="Send it and show the plan").click()
        expect(page.get_by_text("1 change: 1 changed")).to_be_visible()
        expect(page.locator("ins", has_text=shown)).to_be_visible()
        page.get_by_role("button", name="Apply these changes").click()

        expect(page.get_by_role("heading", name="Applying prices.csv")).to_be_visible()
        while not scripts and page.get_by_role("link", name="Look how far it is").count():
            page.get_by_role("link", name="Look how far it is").click()
        expect(page.get_by_text("Done.")).to_be_visible()
        page.get_by_role("link", name="Look at the plan again").click()
        expect(page.get_by_text("The shop is as these files say.")).to_be_visible()


def presses_to(page: Page, name: str, *, most: int = 60) -> None:
    """Press Tab until what has this name, or stands under this label, has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            """() => {
                const it = document.activeElement;
                const isPart = it === document.body || it.role === "region";
                return isPart ? "" : (it.labels?.[0] ?? it).innerText ?? "";
            }"""
        )
        if name in focused:
            return
    raise AssertionError(f"Tab does not lead to {name!r}")


def test_a_keyboard_is_enough(desk: Desk) -> None:
    with desk.tab() as page:
        page.goto("/admin/orders")
        presses_to(page, "Admin key", most=3)  # the name has the focus already
        page.keyboard.type(desk.key)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Orders")).to_be_visible()
        presses_to(page, "Skip to the content", most=1)
        page.keyboard.press("Enter")
        presses_to(page, desk.number, most=6)
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid"
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name=desk.number)).to_be_visible()
        presses_to(page, "2 left")
        page.keyboard.type("1")
        presses_to(page, "Give it back")
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_contain_text("The refund is written down and sent.")
        presses_to(page, "Sign out")
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_contain_text("You are signed out.")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_user_signs_in_by_keyboard_and_is_named(desk: Desk, *, scripts: bool) -> None:
    with desk.tab(scripts=scripts) as page:
        page.goto("/admin/orders")
        page.keyboard.type("Grace")  # the name has the focus already
        page.keyboard.press("Tab")
        page.keyboard.type("not her password")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("That name and that password do not open")
        expect(page.get_by_label("Name", exact=True)).to_have_value("Grace")
        expect(page.get_by_label("Password", exact=True)).to_be_focused()
        looks(page, f"sign-in-refused-{scripts}", by_axe=scripts)
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")

        expect(page.get_by_role("heading", name="Orders")).to_be_visible()
        expect(page.get_by_title("Signed in as grace until")).to_be_visible()
        page.get_by_role("link", name="Audit").click()
        expect(page.get_by_text("user:grace").first).to_be_visible()


def test_a_price_of_a_day_to_come_is_set_by_keyboard(desk: Desk) -> None:
    with desk.tab() as page:
        desk.signs_in(page)
        page.goto("/admin/products/le-city-bag-medium")
        presses_to(page, f"{OTHER} ", most=80)  # its prices, and not its shelf
        page.keyboard.press("Enter")
        presses_to(page, "Amount", most=4)
        page.keyboard.type("3,100")
        presses_to(page, "From", most=3)
        page.keyboard.type("03012031")
        page.keyboard.press("Tab")
        page.keyboard.type("0900AM")
        page.keyboard.press("Enter")

        expect(page.get_by_role("status")).to_contain_text("The price is set.")
        page.locator("summary", has_text=OTHER).first.click()
        coming = page.get_by_role("row").filter(has_text="2031-03-01 09:00")
        expect(coming).to_contain_text("USD 3,100.00")


def looks(page: Page, name: str, *, by_axe: bool = True) -> None:
    """Hold what is shown to WCAG and to its width, and keep a picture of it."""
    page.screenshot(path=OUT / "admin" / f"{name}.png", full_page=True)
    if not by_axe:  # it is a script
        return
    found = Axe().run(page)
    assert found.violations_count == 0, f"{name}\n{found.generate_report()}"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} is too wide"


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (360, "dark")])
def test_every_page_can_be_used_by_everybody(desk: Desk, tmp_path: Path, width: int, scheme: str) -> None:
    (tmp_path / "prices.csv").write_text(PRICES.replace("299000", str(280000 + width)))
    (tmp_path / "bad.csv").write_text(PRICES.replace("299000", "-1"))

    def plans(name: str) -> Callable[[Page], object]:
        def do(page: Page) -> None:
            page.goto("/admin/seed")
            page.get_by_label("File", exact=True).set_input_files(tmp_path / name)
            page.get_by_role("button", name="Send it and show the plan").click()

        return do

    def applied(page: Page) -> None:
        plans("prices.csv")(page)
        page.get_by_role("button", name="Apply these changes").click()
        expect(page.get_by_text("Done.")).to_be_visible()

    def refused(page: Page) -> None:
        page.goto(f"/admin/orders/{desk.number}")
        page.get_by_label("An amount").check()
        page.get_by_label("Amount, USD").fill("nothing")
        page.get_by_role("button", name="Give it back").click()

    def refused_price(page: Page) -> None:
        page.goto("/admin/products/le-city-bag-medium")
        page.locator("summary", has_text=OTHER).first.click()
        page.get_by_role("form", name=f"A price of {OTHER}").get_by_label("Amount").fill("dear")
        page.keyboard.press("Enter")
        expect(page.get_by_label("Amount").and_(page.locator("[aria-invalid]"))).to_be_visible()

    steps: dict[str, str | Callable[[Page], object]] = {
        "overview": "/admin/",
        "orders": "/admin/orders",
        "order": f"/admin/orders/{desk.number}",
        "refused": refused,
        "missing": "/admin/orders/NONE",
        "products": "/admin/products",
        "product": "/admin/products/le-city-bag-medium",
        "price": refused_price,
        "stock": "/admin/stock",
        "shelf": f"/admin/stock/{OTHER}",
        "plan": plans("prices.csv"),
        "faults": plans("bad.csv"),
        "job": applied,
        "seed": "/admin/seed",
        "books": "/admin/books",
        "audit": "/admin/audit",
    }
    with desk.tab(width, scheme) as page:
        page.goto("/admin/")
        looks(page, f"sign-in-{width}-{scheme}")
        desk.signs_in(page)
        for name, step in steps.items():
            if callable(step):
                step(page)
            else:
                page.goto(step)
            looks(page, f"{name}-{width}-{scheme}")


def test_wrong_keys_lock_the_door_and_nobody_out_who_is_in(desk: Desk) -> None:
    with desk.tab() as inside, desk.tab() as outside:
        desk.signs_in(inside)
        desk.signs_in(outside, "adm_wrong")
        expect(outside.get_by_role("alert")).to_contain_text("That key does not open this door.")
        # Another test's wrong passwords count towards it, too, and ten minutes may end in between.
        for _ in range(2 * LOCKED_AFTER):
            desk.signs_in(outside, "adm_wrong")
            if "Too many keys" in outside.get_by_role("alert").inner_text():
                break

        desk.signs_in(outside, desk.key)

        expect(outside.get_by_role("alert")).to_contain_text("Too many keys were tried.")
        inside.reload()
        expect(inside.get_by_role("heading", name="Overview")).to_be_visible()
