"""Parcels: what is bought leaves once, the shopper sees it, and nothing of it is rewritten."""

from __future__ import annotations

from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from shop.kit.db import transaction
from shop.orders.models import Shipment
from shop.outbox.models import OutboxMessage
from tests.audited import breaches
from tests.owner import Owner
from tests.shopper import BAG, Shopper


@pytest.fixture
def paid(shopper: Shopper) -> Shopper:
    """An order of two bags, paid for."""
    shopper.places_order(quantity=2)
    shopper.pays()
    shopper.comes_back()
    return shopper


@pytest.fixture
def number(paid: Shopper) -> str:
    return str(paid.placed["order"]["number"])


def test_a_parcel_is_seen_by_the_shopper(
    paid: Shopper, number: str, owner: Owner, app: Flask, session: Session
) -> None:
    answer = owner.sends(number, tracking_url="https://carrier.example/JD0001")

    assert answer.status_code == 201, answer.text
    (parcel,) = paid.order()["shipments"]
    assert (parcel["carrier"], parcel["tracking_number"]) == ("DHL Express", "JD0001")
    assert parcel["tracking_url"] == "https://carrier.example/JD0001"
    assert parcel["lines"] == [{"sku": BAG, "quantity": 2}]
    assert paid.order()["fulfilment"] == "fulfilled"
    event = answer.json["timeline"][-1]
    assert (event["kind"], event["detail"]) == ("shipped", f"DHL Express JD0001: 2 x {BAG}")
    owed = session.scalars(select(OutboxMessage.facts).where(OutboxMessage.kind == "order_shipped")).all()
    assert [each["tracking_number"] for each in owed] == ["JD0001"]
    assert breaches(app) == []


def test_pieces_leave_in_two_parcels_and_no_piece_twice(paid: Shopper, number: str, owner: Owner) -> None:
    first = owner.sends(number, "A", lines=[{"sku": BAG, "quantity": 1}])
    too_many = owner.sends(number, "B", lines=[{"sku": BAG, "quantity": 2}])
    second = owner.sends(number, "B")
    third = owner.sends(number, "C")

    assert first.json["order"]["fulfilment"] == "partially_fulfilled"
    assert (too_many.json["code"], too_many.json["to_send"]) == ("nothing_to_send", 1)
    assert second.json["order"]["fulfilment"] == "fulfilled"
    assert (third.status_code, third.json["to_send"]) == (422, 0)


def test_the_same_parcel_again_is_not_noted_again(number: str, owner: Owner, session: Session) -> None:
    key = str(uuid4())
    answers = [owner.sends(number, key=key), owner.sends(number, key=key), owner.sends(number)]
    other = owner.sends(number, lines=[{"sku": BAG, "quantity": 1}])

    assert [each.status_code for each in answers] == [201] * 3
    assert answers[1].headers["Idempotent-Replayed"] == "true"
    assert len(session.scalars(select(Shipment)).all()) == 1
    assert (other.status_code, other.json["code"]) == (409, "shipment_differs")


def test_a_mistyped_number_is_put_right_and_the_first_row_stays(
    paid: Shopper, number: str, owner: Owner, session: Session, app: Flask
) -> None:
    wrong = owner.sends(number, "JD9").json["order"]["shipments"][0]["id"]

    answer = owner.sends(number, "JD1", replaces=wrong)
    again = owner.sends(number, "JD2", replaces=wrong)

    assert [each["tracking_number"] for each in paid.order()["shipments"]] == ["JD1"]
    assert answer.json["order"]["fulfilment"] == "fulfilled"
    assert answer.json["timeline"][-1]["kind"] == "shipment_corrected"
    assert again.json["code"] == "unknown_shipment"
    assert len(session.scalars(select(Shipment)).all()) == 2
    assert breaches(app) == []


def test_pieces_whose_money_went_back_are_not_sent(
    paid: Shopper, number: str, owner: Owner, app: Flask
) -> None:
    owner.refunds(number, lines=[{"sku": BAG, "quantity": 1}])
    assert owner.gets("/orders?to_send=true").json["items"][0]["to_send"] == 1

    sent = owner.sends(number)

    assert sent.json["order"]["shipments"][0]["lines"] == [{"sku": BAG, "quantity": 1}]
    assert sent.json["order"]["fulfilment"] == "fulfilled"
    assert owner.gets("/orders?to_send=true").json["items"] == []
    owner.refunds(number)
    assert owner.sends(number, "NEXT").json["code"] == "not_to_be_sent"
    assert breaches(app) == []


def test_what_is_not_paid_is_not_sent(shopper: Shopper, owner: Owner) -> None:
    shopper.places_order()

    answer = owner.sends(str(shopper.placed["order"]["number"]))

    assert (answer.status_code, answer.json["order_status"]) == (409, "pending_payment")
    assert owner.sends("NOPE").status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"carrier": ""},
        {"tracking_url": "javascript:alert(1)"},
        {"tracking_url": "http://carrier.example"},
        {"lines": [{"sku": BAG, "quantity": 1}] * 2},
        {"lines": [{"sku": BAG, "quantity": 0}]},
        {"replaces": "JD1"},
        {"shipped_at": "2026-01-01"},
    ],
)
def test_what_is_no_parcel_is_refused(number: str, owner: Owner, wrong: dict[str, object]) -> None:
    assert owner.sends(number, **wrong).status_code == 422


def test_the_database_keeps_parcels_as_they_were_noted(number: str, owner: Owner, app: Flask) -> None:
    owner.sends(number)

    with app.app_context(), pytest.raises(DBAPIError), transaction() as session:
        session.execute(update(Shipment).values(tracking_number="OTHER"))
