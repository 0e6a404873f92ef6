"""Addresses by country, shipping by market, and who may see a checkout."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from flask import Flask

from tests.shopper import NEW_YORK, PARIS, Shopper, codes, total


def pointers(answer: Any) -> set[str]:
    return {error["pointer"] for error in answer.json["errors"]}


@pytest.fixture
def filling(shopper: Shopper) -> Shopper:
    shopper.opens_cart("US")
    shopper.puts()
    shopper.opens_checkout()
    return shopper


def test_an_open_checkout_says_what_is_missing_and_what_may_be_chosen(filling: Shopper) -> None:
    checkout = filling.checkout

    assert checkout["status"] == "open"
    assert codes(checkout) >= {"missing_email", "missing_shipping_address", "missing_shipping_option"}
    assert [option["id"] for option in checkout["shipping_options"]] == ["standard", "express"]
    assert "shipping" not in {entry["kind"] for entry in checkout["totals"]}


def test_things_may_be_filled_in_one_by_one(filling: Shopper) -> None:
    assert filling.changes(email="ada@example.com").json["status"] == "open"
    assert filling.changes(shipping_option="express").json["status"] == "open"

    ready = filling.changes(shipping_address=NEW_YORK).json

    assert ready["status"] == "ready"
    assert total(ready, "shipping") == 3_500


def test_one_cart_has_one_open_checkout(filling: Shopper) -> None:
    body = {"cart_id": filling.cart["id"]}

    again = filling.client.post("/v1/checkouts", json=body, headers=filling.headers)

    assert again.status_code == 200
    assert again.json["id"] == filling.checkout["id"]


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"postal_code": "ABC"}, "postal_code"),
        ({"postal_code": None}, "postal_code"),
        ({"postal_code": "90210"}, "postal_code"),  # a code of California in the state of New York
        ({"city": ""}, "city"),
        ({"region": "XX"}, "region"),
        ({"region": None}, "region"),
        ({"name": ""}, "name"),
        ({"line1": None}, "line1"),
        ({"country": "us"}, "country"),
        ({"country": "FR"}, "country"),  # another market's country
        ({"line1": "4242 4242 4242 4242"}, "line1"),
        ({"name": "Ada\u0000"}, "name"),
        ({"zip": "10012"}, "zip"),
    ],
)
def test_an_address_that_breaks_its_countrys_rules_is_pointed_at(
    filling: Shopper, change: dict[str, Any], where: str
) -> None:
    answer = filling.changes(shipping_address={**NEW_YORK, **change})

    assert answer.status_code == 422
    assert f"/shipping_address/{where}" in pointers(answer)
    assert filling.looks_at_checkout()["shipping_address"] is None


def test_every_fault_of_an_address_is_told_at_once(filling: Shopper) -> None:
    answer = filling.changes(shipping_address={**NEW_YORK, "city": "", "region": "", "postal_code": "1"})

    assert pointers(answer) == {
        "/shipping_address/city",
        "/shipping_address/region",
        "/shipping_address/postal_code",
    }


def test_an_unknown_region_is_answered_with_the_known_ones(filling: Shopper) -> None:
    answer = filling.changes(shipping_address={**NEW_YORK, "region": "Atlantis"})

    assert "California" in answer.json["errors"][0]["detail"] or "CA" in answer.json["errors"][0]["detail"]


@pytest.mark.parametrize(
    ("market", "address"),
    [
        ("FR", PARIS),
        ("HK", {"name": "Lee", "line1": "8 Queen's Road", "region": "Hong Kong Island", "country": "HK"}),
        ("AE", {"name": "Noor", "line1": "1 Marina Walk", "region": "Dubai", "country": "AE"}),
        ("SG", {"name": "Tan", "line1": "2 Orchard Turn", "postal_code": "238801", "country": "SG"}),
        (
            "GB",
            {
                "name": "Ada",
                "line1": "1 Bond St",
                "city": "London",
                "postal_code": "w1s 1ap",
                "country": "GB",
            },
        ),
    ],
)
def test_each_country_has_its_own_form(shopper: Shopper, market: str, address: dict[str, Any]) -> None:
    shopper.opens_cart(market)
    shopper.opens_checkout()

    answer = shopper.changes(shipping_address=address)

    assert answer.status_code == 200, answer.text
    kept = answer.json["shipping_address"]
    assert kept["name"] == address["name"]
    assert kept["country"] == market


def test_a_postal_code_is_kept_in_its_countrys_form(shopper: Shopper) -> None:
    shopper.opens_cart("GB")
    shopper.opens_checkout()
    address = {"name": "A", "line1": "1 Bond St", "city": "London", "postal_code": "w1s 1ap", "country": "GB"}

    kept = shopper.changes(shipping_address=address).json["shipping_address"]

    assert kept["postal_code"] == "W1S 1AP"
    assert kept["city"] == "London"


def test_the_bill_may_go_to_another_country(filling: Shopper) -> None:
    answer = filling.changes(billing_address=PARIS)

    assert answer.status_code == 200
    assert answer.json["billing_address"]["country"] == "FR"


def test_shipping_of_another_market_cannot_be_chosen(filling: Shopper) -> None:
    answer = filling.changes(shipping_option="pigeon")

    assert answer.status_code == 422
    assert pointers(answer) == {"/shipping_option"}
    assert "standard" in answer.json["errors"][0]["detail"]


@pytest.mark.parametrize("email", ["", "ada", "ada@", "@example.com", "a b@example.com", 5, None])
def test_what_is_not_an_email_address_is_refused(filling: Shopper, email: object) -> None:
    answer = filling.changes(email=email)

    assert answer.status_code == 422
    assert pointers(answer) == {"/email"}


def test_a_refused_change_changes_nothing(filling: Shopper) -> None:
    filling.changes(email="new@example.com", shipping_option="pigeon")

    assert filling.looks_at_checkout()["email"] is None


def test_a_stranger_and_a_lost_id_are_answered_alike(app: Flask, filling: Shopper) -> None:
    stranger = app.test_client().post("/v1/carts", json={"market": "US"}).json
    cases = [
        (filling.checkout["id"], {}),
        (filling.checkout["id"], {"Authorization": f"Bearer {stranger['token']}"}),
        (str(uuid4()), filling.headers),
    ]

    answers = set()
    for checkout_id, headers in cases:
        path = f"/v1/checkouts/{checkout_id}"
        key = {"Idempotency-Key": str(uuid4())}
        client = app.test_client()
        for answer in (
            client.get(path, headers=headers),
            client.patch(path, json={}, headers=headers),
            client.post(f"{path}/cancel", headers=headers),
            client.post(f"{path}/complete", json={}, headers={**headers, **key}),
        ):
            answers.add((answer.status_code, answer.json["code"], answer.json["detail"]))

    assert answers == {(404, "unknown_checkout", "There is no such checkout for you.")}


def test_a_checkout_cannot_be_opened_on_a_strangers_cart(app: Flask, filling: Shopper) -> None:
    stranger = app.test_client().post("/v1/carts", json={"market": "US"}).json

    answer = app.test_client().post(
        "/v1/checkouts",
        json={"cart_id": filling.cart["id"]},
        headers={"Authorization": f"Bearer {stranger['token']}"},
    )

    assert answer.status_code == 404
    assert answer.json["code"] == "unknown_cart"


def test_an_empty_cart_is_not_ready(shopper: Shopper) -> None:
    shopper.opens_cart()
    shopper.opens_checkout()

    filled = shopper.fills_in()

    assert filled["status"] == "open"
    assert "cart_empty" in codes(filled)
