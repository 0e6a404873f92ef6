"""The owner's list of orders: filters, and pages that stay right."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from shop.kit.clock import clock
from shop.payments.double import StripeDouble
from tests.owner import Owner
from tests.shopper import BAG, OTHER, Shopper


@pytest.fixture
def orders(app: Flask, double: StripeDouble) -> dict[str, str]:
    """Three orders a day apart, by what became of them: waiting, paid, given up."""
    found = {}
    for kind, sku in (("waits", BAG), ("paid", OTHER), ("canceled", BAG)):
        shopper = Shopper(app.test_client(), double).places_order(
            sku, market="FR" if kind == "paid" else "US"
        )
        if kind == "paid":
            shopper.pays()
            shopper.comes_back()
        if kind == "canceled":
            shopper.cancels()
        found[kind] = str(shopper.placed["order"]["number"])
        clock.advance(timedelta(minutes=1))
    return found


def test_orders_come_newest_first_in_pages(owner: Owner, orders: dict[str, str]) -> None:
    numbers, path = [], "/orders?limit=2"
    while path:
        page = owner.gets(path).json
        numbers += [each["number"] for each in page["items"]]
        path = f"/orders?limit=2&cursor={page['next']}" if page["next"] else ""

    assert numbers == [orders["canceled"], orders["paid"], orders["waits"]]


ASKED = {
    "status=paid": ["paid"],
    "to_send=true": ["paid"],
    "to_send=false": ["canceled", "waits"],
    "market=US": ["canceled", "waits"],
    f"sku={OTHER}": ["paid"],
    "email=ADA@example.com&status=canceled": ["canceled"],
    "email=nobody@example.com": [],
    "placed_before=2026-01-01": [],
    f"placed_from=2026-01-01&sku={BAG}": ["canceled", "waits"],
}


def test_a_list_holds_what_was_asked_for(owner: Owner, orders: dict[str, str]) -> None:
    for asked, found in ASKED.items():
        answer = owner.gets(f"/orders?{asked}")

        assert [each["number"] for each in answer.json["items"]] == [orders[kind] for kind in found], asked


def test_a_cursor_of_another_list_and_an_unknown_filter_are_refused(
    owner: Owner, orders: dict[str, str]
) -> None:
    cursor = owner.gets("/orders?limit=1").json["next"]

    assert owner.gets(f"/orders?limit=1&status=paid&cursor={cursor}").json["code"] == "bad_cursor"
    assert owner.gets("/orders?limit=1&cursor=WyJhIl0").json["code"] == "bad_cursor"
    for asked in ("status=bought", "to_send=1", "shopper=ada"):
        assert owner.gets(f"/orders?{asked}").status_code == 422
