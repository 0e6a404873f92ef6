"""Buying a bag in a browser: from the catalogue to an order that is paid, and what may come between."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import create_engine, select

from shop.orders.models import Order
from tests.browser.buyer import Buyer, everything_is_served_by, restock
from tests.browser.looking import overflow
from tests.served import ServedShop

#: One piece in stock.
LAST = "ZZ0001Z0214Z014"


@pytest.fixture(autouse=True)
def stocked(shop: ServedShop) -> None:
    """The bag is there whatever was bought before."""
    restock(shop)


def orders_of(shop: ServedShop, email: str) -> list[str]:
    """Read the statuses of somebody's orders."""
    engine = create_engine(shop.database_url)
    try:
        with engine.connect() as connection:
            return list(connection.scalars(select(Order.status).where(Order.email == email)))
    finally:
        engine.dispose()


def test_a_bag_is_bought_on_each_engine(browser: Browser, served: ServedShop) -> None:
    context = browser.new_context(base_url=served.base_url, locale="en-US")
    tab = context.new_page()
    tab.goto("/")
    tab.get_by_role("navigation", name="Main").get_by_role("link", name="Bags").click()
    tab.locator("summary", has_text="Filter").click()
    tab.locator("summary", has_text="Family").click()
    tab.get_by_label("Le City 8").check()
    tab.get_by_role("button", name="Show the bags").click()
    tab.get_by_role("link", name="Le City Bag Medium").click()
    tab.get_by_role("button", name="Add to bag").click()

    Buyer(tab).fills_in().goes_to_pay().presses().is_thanked()

    tab.goto("/en-us/bag")
    expect(tab.get_by_text("Nothing is in it yet.")).to_be_visible()
    assert orders_of(served, "ada@example.com") == ["paid"]
    context.close()


def test_a_declined_card_is_followed_by_a_good_one(tab: Page) -> None:
    buyer = Buyer(tab).puts_into_bag().fills_in().goes_to_pay()

    buyer.presses("pm_card_chargeDeclined")
    expect(tab.get_by_role("alert")).to_contain_text("Nothing was charged")
    buyer.presses().is_thanked()


def test_the_bank_asks_and_is_answered_wrongly_then_rightly(tab: Page) -> None:
    buyer = Buyer(tab).puts_into_bag().fills_in().goes_to_pay()

    buyer.presses("pm_card_authenticationRequired").answers_the_bank("fail")
    expect(tab.get_by_role("alert")).to_contain_text("Nothing was charged")
    buyer.presses("pm_card_authenticationRequired").answers_the_bank("succeed").is_thanked()


def test_a_bag_sold_in_another_window_is_told_when_pay_is_pressed(tab: Page, shop: ServedShop) -> None:
    buyer = Buyer(tab).puts_into_bag(LAST).fills_in()
    other = shop.shopper().places_order(LAST)

    buyer.button("pay").click()
    expect(tab.get_by_role("alert")).to_contain_text("Someone else was faster: it is sold out.")
    buyer.is_fit("review-sold-out", "Is everything right?", checked=False)
    tab.goto("/en-us/bag")
    expect(tab.get_by_text("Sold out. Remove it to go on.")).to_be_visible()
    buyer.is_fit("bag-sold-out", "Your bag")

    other.cancels()
    tab.reload()
    buyer.fills_in().goes_to_pay().presses().is_thanked()


def test_back_from_the_payment_and_pay_again_is_one_payment(tab: Page, shop: ServedShop) -> None:
    buyer = Buyer(tab).puts_into_bag().fills_in(email="back@example.com").goes_to_pay()
    address = tab.url

    tab.go_back()
    expect(tab.get_by_role("heading", level=1)).to_have_text("Your bag is held for you")
    tab.get_by_role("button", name="Go on to the payment").click()
    tab.wait_for_url(address)
    buyer.presses().is_thanked()

    tab.go_back()
    tab.go_back()
    assert orders_of(shop, "back@example.com") == ["paid"]


def test_a_double_click_on_pay_is_one_order(tab: Page, shop: ServedShop) -> None:
    buyer = Buyer(tab).puts_into_bag().fills_in(email="double@example.com")

    buyer.button("pay").dblclick(no_wait_after=True)
    tab.wait_for_url("**/pay/cs_*")
    buyer.presses().is_thanked()

    assert orders_of(shop, "double@example.com") == ["paid"]


def test_two_windows_that_both_press_pay_are_one_order(context: BrowserContext, shop: ServedShop) -> None:
    one = Buyer(context.new_page()).puts_into_bag().fills_in(email="two@example.com")
    two = Buyer(context.new_page())
    two.tab.goto(one.tab.url)

    one.goes_to_pay()
    two.goes_to_pay()
    assert one.tab.url == two.tab.url
    one.presses().is_thanked()

    assert orders_of(shop, "two@example.com") == ["paid"]


def test_an_order_paid_elsewhere_is_seen_without_a_hand_moved(context: BrowserContext) -> None:
    buyer = Buyer(context.new_page()).puts_into_bag().fills_in().goes_to_pay()
    pay_page = context.new_page()
    pay_page.goto(buyer.tab.url)
    buyer.leaves()
    expect(buyer.tab.locator(".countdown")).to_have_text(re.compile(r"^4[45]:\d\d$"))

    Buyer(pay_page).presses()

    buyer.is_thanked()


def test_without_a_script_a_bag_is_bought(browser: Browser, shop: ServedShop) -> None:
    context = browser.new_context(base_url=shop.base_url, locale="en-US", java_script_enabled=False)
    tab = context.new_page()
    buyer = Buyer(tab).puts_into_bag().fills_in().goes_to_pay()
    buyer.leaves()
    expect(tab.get_by_text("Held for you for another")).to_contain_text("minutes")
    expect(tab.get_by_role("link", name="Look again now")).to_be_visible()

    tab.get_by_role("link", name="Pay now").click()
    buyer.presses().is_thanked()
    context.close()


def test_a_bag_is_bought_in_french_on_a_phone(browser: Browser, shop: ServedShop) -> None:
    size = {"width": 360, "height": 740}
    context = browser.new_context(base_url=shop.base_url, locale="fr-FR", viewport=size, has_touch=True)
    tab = context.new_page()
    buyer = Buyer(tab, "fr-fr").puts_into_bag().fills_in()
    expect(tab.get_by_role("heading", level=1)).to_have_text("Tout est-il juste ?")
    assert overflow(tab) == 0

    buyer.goes_to_pay().presses().is_thanked()

    assert overflow(tab) == 0
    context.close()


def test_everything_comes_from_the_shop_and_nothing_is_blocked(tab: Page, shop: ServedShop) -> None:
    blocked: list[str] = []
    tab.on("console", lambda message: blocked.append(message.text) if message.type == "error" else None)
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))

    Buyer(tab).puts_into_bag().fills_in().goes_to_pay().presses().is_thanked()

    assert blocked == []
    assert everything_is_served_by(asked, shop.base_url, shop.stripe_url)
    assert not any("token" in address for address in asked)


def test_under_the_other_name_of_this_machine_a_bag_is_bought(browser: Browser, shop: ServedShop) -> None:
    """A browser keeps the cookie of each name apart: the way back must lead to the one that it came by."""
    context = browser.new_context(base_url=shop.base_url.replace("127.0.0.1", "localhost"), locale="en-US")

    Buyer(context.new_page()).puts_into_bag().fills_in().goes_to_pay().presses().is_thanked()
    context.close()
