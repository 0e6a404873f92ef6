"""Where Stripe sends a shopper back to, paid or not."""

from __future__ import annotations

import pytest

from tests.shopper import Shopper


def test_a_return_address_must_be_allowed(shopper: Shopper) -> None:
    shopper.prepares()

    answer = shopper.completes(return_url="https://evil.example/thanks")

    assert answer.status_code == 422
    assert answer.json["code"] == "return_not_allowed"
    assert answer.json["errors"][0]["pointer"] == "/return_url"


def test_a_shopper_goes_back_to_the_storefront_that_sent_him(shopper: Shopper) -> None:
    shopper.prepares()

    shopper.completes(return_url="https://boutique.example/thanks?lang=fr")
    shopper.pays()
    page = shopper.comes_back()

    number = shopper.placed["order"]["number"]
    assert page.status_code == 303
    assert page.headers["Location"] == f"https://boutique.example/thanks?lang=fr&order={number}"


def test_a_shopper_goes_back_to_the_shops_own_pages_as_well(shopper: Shopper) -> None:
    shopper.prepares()

    shopper.completes(return_url="https://shop.example/en-us/orders")
    shopper.pays()

    number = shopper.placed["order"]["number"]
    assert shopper.comes_back().headers["Location"] == f"https://shop.example/en-us/orders?order={number}"


def test_a_shopper_who_turns_back_at_stripe_is_led_to_where_he_came_from(shopper: Shopper) -> None:
    shopper.prepares()
    shopper.completes(return_url="https://boutique.example/thanks")

    left = shopper.at_stripe().post(f"/pay/{shopper.session_id}/leave").headers["Location"]
    page = shopper.client.get(left.removeprefix("https://shop.example"))

    assert page.status_code == 303
    number = shopper.placed["order"]["number"]
    assert page.headers["Location"] == f"https://boutique.example/thanks?order={number}"


@pytest.mark.parametrize("named", ["", "?payment=none", "?payment=8b8c7d1e-4a5e-4d53-9d57-0c9b3a4a1f11"])
def test_whoever_names_no_payment_is_told_of_none(shopper: Shopper, named: str) -> None:
    page = shopper.client.get(f"/checkout/left{named}")

    assert page.status_code == 200
    assert "Nothing was charged" in page.text
