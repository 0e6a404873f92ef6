"""Buying a bag in a browser: from the bag to an order that is paid."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.buyer import Buyer


def test_a_bag_is_bought(tab: Page) -> None:
    buyer = Buyer(tab).puts_into_bag().fills_in()
    buyer.goes_to_pay().presses()

    number = buyer.sees_paid()

    assert number
    tab.goto("/en-us/bag")
    expect(tab.get_by_text("Nothing is in it yet.")).to_be_visible()


def test_each_page_of_a_purchase_is_shown(tab: Page) -> None:
    buyer = Buyer(tab)
    tab.goto("/en-us/bag")
    buyer.is_shown("bag-empty")
    buyer.puts_into_bag(quantity=2).puts_into_bag("8230582AB6A1000").is_shown("bag")
    buyer.button("check_out").click()
    buyer.is_shown("details")
    tab.locator("#name").fill("Ada")
    tab.locator("#postal_code").fill("1")
    buyer.button("go_on").click()
    buyer.is_shown("details-errors")
    tab.goto("/en-us/bag")
    buyer.fills_in().is_shown("review")
    buyer.goes_to_pay()
    tab.get_by_role("button", name="Leave").or_(tab.locator("[name=leave]")).first.click()
    tab.wait_for_url("**/orders/**")
    buyer.is_shown("order-held")
    tab.goto("/en-us/bag")
    buyer.is_shown("waiting")
    tab.get_by_role("button", name="Go on to the payment").click()
    buyer.presses().sees_paid()
    buyer.is_shown("order-paid")
