"""How the pages of a purchase look and how they are read: pictures for people, axe-core, and a keyboard."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.buyer import Buyer, restock
from tests.served import ServedShop


@pytest.fixture(autouse=True)
def stocked(shop: ServedShop) -> None:
    """The bag is there whatever was bought before."""
    restock(shop)


def test_every_page_of_a_purchase_is_fit_to_be_seen_and_read(tab: Page) -> None:
    buyer = Buyer(tab)
    tab.goto("/en-us/bag")
    buyer.is_fit("bag-empty", "Your bag")
    buyer.puts_into_bag(quantity=2).puts_into_bag("8230582AB6A1000")
    buyer.is_fit("bag", "Your bag")
    tab.get_by_label("Pieces").first.fill("9")
    tab.get_by_role("button", name="Change").first.click()
    expect(tab.get_by_role("alert")).to_contain_text("left")
    buyer.is_fit("bag-refused", "Your bag")
    tab.goto("/en-us/bag")
    buyer.button("check_out").click()
    buyer.is_fit("details", "Where does it go?")
    tab.locator("#name").fill("Ada")
    tab.locator("#postal_code").fill("1")
    buyer.button("go_on").click()
    expect(tab.locator("#errors")).to_be_focused()
    buyer.is_fit("details-refused", "Where does it go?")
    tab.goto("/en-us/bag")
    buyer.fills_in()
    buyer.is_fit("review", "Is everything right?")
    buyer.goes_to_pay().leaves()
    buyer.is_fit("order-held", "Held for you.")
    tab.goto("/en-us/bag")
    buyer.is_fit("waiting", "Your bag is held for you")
    tab.get_by_role("button", name="Give it up and change my bag").click()
    expect(buyer.button("check_out")).to_be_visible()
    buyer.button("check_out").click()
    buyer.button("go_on").click()
    buyer.goes_to_pay().presses().is_thanked()
    buyer.is_fit("order-paid", "Thank you.")


def test_french_pages_fit_as_well(tab: Page) -> None:
    buyer = Buyer(tab, "fr-fr").puts_into_bag()
    buyer.is_fit("fr-bag", "Votre panier", checked=False)
    buyer.fills_in().is_fit("fr-review", "Tout est-il juste ?")


def test_what_was_typed_stays_and_the_summary_leads_to_each_field(tab: Page) -> None:
    buyer = Buyer(tab).puts_into_bag().fills_in(email="ada", postal_code="")

    expect(tab.locator("#errors")).to_be_focused()
    expect(tab.locator("#email")).to_have_value("ada")
    expect(tab.locator("#city")).to_have_value("New York")
    tab.get_by_role("link", name="Enter the postal code.").click()
    expect(tab.locator("#postal_code")).to_be_focused()
    tab.keyboard.type("10012")
    tab.get_by_role("link", name="Enter an e-mail address such as").click()
    tab.keyboard.press("Control+a")
    tab.keyboard.type("ada@example.com")
    buyer.button("go_on").click()

    expect(buyer.button("pay")).to_be_visible()


def test_a_bag_is_bought_by_keyboard_alone(tab: Page) -> None:
    tab.goto("/en-us/bags/le-city-bag-medium?variant=8230582AA9S1000")

    def tabs_to(name: str) -> None:
        for _ in range(60):
            tab.keyboard.press("Tab")
            words = tab.evaluate("(document.activeElement.labels?.[0] ?? document.activeElement).innerText")
            if str(words).strip().casefold().startswith(name.casefold()):
                outline = tab.evaluate("getComputedStyle(document.activeElement).outlineStyle")
                assert outline != "none", name
                return
        raise AssertionError(f"{name} is not reached by Tab")

    tabs_to("Add to bag")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/bag#*")
    tabs_to("Check out")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/checkout")
    for label, typed in (
        ("E-mail", "ada@example.com"),
        ("Full name", "Ada Lovelace"),
        ("Street and number", "1 Prince Street"),
        ("City", "New York"),
        ("State", "New York"),
        ("ZIP code", "10012"),
    ):
        tabs_to(label)
        tab.keyboard.type(typed)
    tabs_to("Standard delivery")
    tab.keyboard.press("ArrowDown")
    tabs_to("Go on to the review")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/checkout/review")
    expect(tab.get_by_text("Express delivery", exact=False)).to_be_visible()
    tabs_to("Order and pay")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/pay/cs_*")
    tabs_to("Pay 2,885.00")
    tab.keyboard.press("Enter")

    Buyer(tab).is_thanked()
