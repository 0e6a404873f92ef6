"""Somebody who buys in a browser: one method a step, by what a person sees."""

from __future__ import annotations

import re
from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect
from sqlalchemy import create_engine, select, update

from shop.catalogue.models import Variant
from shop.inventory.models import Stock
from tests.browser.looking import barriers, keep, looks, overflow
from tests.served import ServedShop
from tests.shopper import BAG, PIECES

#: Where axe-core looks: both ends of the widths, both schemes.
CHECKED = ((360, "dark"), (1440, "light"))

#: The buttons, in the language of the page.
WORDS = {
    "en-us": {
        "add": "Add to bag",
        "check_out": "Check out",
        "go_on": "Go on to the review",
        "pay": "Order and pay",
        "thanks": "Thank you.",
    },
    "fr-fr": {
        "add": "Ajouter au panier",
        "check_out": "Commander",
        "go_on": "Continuer vers la vérification",
        "pay": "Commander et payer",
        "thanks": "Merci.",
    },
}


@dataclass
class Buyer:
    """A person at a tab."""

    tab: Page
    locale: str = "en-us"

    def button(self, name: str) -> Locator:
        """Find a button by its name in the words of this locale."""
        return self.tab.get_by_role("button", name=WORDS[self.locale][name], exact=True)

    def puts_into_bag(self, sku: str = BAG, quantity: int = 1) -> Buyer:
        """Go to the bag's own page and press its button."""
        self.tab.goto(f"/{self.locale}/bags/le-city-bag-medium?variant={sku}")
        self.button("add").click()
        self.tab.wait_for_url("**/bag#*")
        if quantity > 1:
            field = self.tab.locator(f"#quantity-{sku}")
            field.fill(str(quantity))
            field.press("Enter")
            expect(field).to_have_value(str(quantity))
        return self

    def fills_in(self, **others: str) -> Buyer:
        """Go from the bag to the review."""
        self.button("check_out").click()
        typed = {"email": "ada@example.com", "name": "Ada Lovelace", **ADDRESSES[self.locale], **others}
        for name, value in typed.items():
            field = self.tab.locator(f"#{name}")
            if field.evaluate("node => node.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)
        self.button("go_on").click()
        return self

    def goes_to_pay(self) -> Buyer:
        """Press Pay, and see the page of Stripe's stand-in."""
        self.button("pay").click()
        self.tab.wait_for_url("**/pay/cs_*")
        return self

    def presses(self, card: str = "pm_card_visa") -> Buyer:
        """Press one of the stand-in's buttons."""
        self.tab.locator(f'button[name="payment_method"][value="{card}"]').click()
        return self

    def answers_the_bank(self, outcome: str) -> Buyer:
        """Answer the question of 3-D Secure: ``succeed`` or ``fail``."""
        self.tab.locator(f'button[name="outcome"][value="{outcome}"]').click()
        return self

    def leaves(self) -> Buyer:
        """Turn back at the stand-in's page, and see the order's."""
        self.tab.get_by_role("button", name="Leave without paying").click()
        self.tab.wait_for_url("**/orders/**")
        return self

    def is_thanked(self) -> str:
        """Wait until the order's page thanks, without a hand moved; return the order's number."""
        heading = self.tab.get_by_role("heading", level=1)
        expect(heading).to_have_text(WORDS[self.locale]["thanks"], timeout=15_000)
        found = re.search(r"/orders/([A-Z0-9-]+)$", self.tab.url)
        assert found, self.tab.url
        return found[1]

    def is_fit(self, name: str, heading: str, *, checked: bool = True) -> None:
        """Keep pictures of the page for people; hold it to its widths and, where asked, to axe-core."""
        # A click that leads on returns before there is the document that it leads to.
        expect(self.tab.get_by_role("heading", level=1)).to_have_text(heading)
        self.tab.wait_for_load_state()
        for width, scheme in looks(self.tab):
            keep(self.tab, f"buy-{name}", width, scheme)
            assert overflow(self.tab) == 0, (name, width)
            if checked and (width, scheme) in CHECKED:
                assert barriers(self.tab) == [], (name, width, scheme)
        self.tab.emulate_media(color_scheme="light")


def restock(shop: ServedShop, sku: str = BAG) -> None:
    """Put what was bought back on its shelf, so that the shop of all tests never runs out."""
    engine = create_engine(shop.database_url)
    of_sku = select(Variant.id).where(Variant.sku == sku).scalar_subquery()
    with engine.begin() as connection:
        connection.execute(
            update(Stock).where(Stock.variant_id == of_sku).values(on_hand=Stock.held + PIECES)
        )
    engine.dispose()


def everything_is_served_by(addresses: list[str], *origins: str) -> bool:
    """Return whether a browser asked nobody else for anything."""
    return all(address.startswith((*(f"{origin}/" for origin in origins), "data:")) for address in addresses)


ADDRESSES = {
    "en-us": {"line1": "1 Prince Street", "city": "New York", "region": "NY", "postal_code": "10012"},
    "fr-fr": {"line1": "10 rue de Sèvres", "city": "Paris", "postal_code": "75007"},
}
