"""Putting a count right: what somebody saw there decides, and what is promised stays."""

from __future__ import annotations

from uuid import uuid4

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from shop.audit.models import AuditEntry
from tests.audited import breaches
from tests.owner import Owner
from tests.shopper import BAG, PIECES, Shopper


def adjusts(owner: Owner, sku: str = BAG, *, key: str | None = None, **body: object) -> TestResponse:
    said = {"delta": 1, "expected": PIECES, "reason": "counted again", **body}
    return owner.writes("POST", f"/variants/{sku}/stock/adjustments", key=key, json=said)


def test_a_count_is_put_right_once(owner: Owner, app: Flask, session: Session, shopper: Shopper) -> None:
    key = str(uuid4())
    answers = [adjusts(owner, key=key, delta=-3) for _ in range(2)]

    assert [each.status_code for each in answers] == [201, 201]
    (place,) = answers[0].json["locations"]
    assert (place["on_hand"], answers[1].json["available"]) == (PIECES - 3, PIECES - 3)
    assert shopper.sees_available() == PIECES - 3
    newest = owner.gets(f"/variants/{BAG}/stock/movements?limit=1").json["items"][0]
    assert (newest["kind"], newest["on_hand_delta"], newest["reason"]) == ("adjusted", -3, "counted again")
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.number.desc())).first()
    assert entry is not None
    assert (entry.action, entry.before["on_hand"], entry.after["on_hand"]) == ("stock.adjust", 8, 5)
    assert breaches(app) == []


def test_whoever_saw_another_number_is_told_the_present_one(owner: Owner) -> None:
    refused = adjusts(owner, expected=PIECES + 1)

    assert (refused.status_code, refused.json["code"], refused.json["on_hand"]) == (
        409,
        "stock_differs",
        PIECES,
    )
    assert owner.gets(f"/variants/{BAG}/stock").json["available"] == PIECES


def test_what_is_promised_stays(owner: Owner, shopper: Shopper, app: Flask) -> None:
    shopper.places_order(quantity=2)

    refused = adjusts(owner, delta=1 - PIECES)
    done = adjusts(owner, delta=2 - PIECES)

    assert (refused.json["code"], refused.json["held"]) == ("pieces_held", 2)
    assert done.json["available"] == 0
    assert breaches(app) == []


def test_a_first_count_is_seen_by_shoppers_at_once(owner: Owner, shopper: Shopper) -> None:
    listed = owner.gets("/variants?limit=100&retired=false").json["items"]
    empty = next(each["sku"] for each in listed if not each["on_hand"] and each["sellable"])

    wrong = adjusts(owner, empty, location="nowhere", expected=0)
    done = adjusts(owner, empty, expected=0, delta=4)

    assert (wrong.status_code, wrong.json["code"]) == (404, "unknown_place")
    assert done.status_code == 201, done.text
    assert shopper.sees_available(empty) == 4


def test_what_is_no_adjustment_is_refused(owner: Owner) -> None:
    for wrong in ({"delta": 0}, {"delta": "1"}, {"expected": -1}, {"reason": ""}, {"on_hand": 3}):
        assert adjusts(owner, **wrong).status_code == 422, wrong
    assert adjusts(owner, "NONSENSE").status_code == 404
    for path in ("stock", "stock/movements"):
        assert owner.gets(f"/variants/NONSENSE/{path}").json["code"] == "not_in_catalogue"
