"""Up to a thousand rows in one request: each has its own outcome, or all or nothing is done."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from shop.admin import keys
from shop.audit.models import AuditEntry
from shop.catalogue.models import CatalogueRevision
from tests.audited import breaches
from tests.owner import Owner
from tests.shopper import BAG, OTHER, PIECES

PRODUCT = "product:le-city-bag-medium"


def price(amount: object, sku: str = BAG, **more: object) -> dict[str, Any]:
    said = {"currency": "USD", "amount_minor": amount, "is_illustrative": True, **more}
    return {"target": f"price:{sku}", "set": said}


def stock(delta: int, expected: int, sku: str = BAG) -> dict[str, Any]:
    return {"target": f"stock:{sku}", "set": {"delta": delta, "expected": expected, "reason": "count"}}


def asks(owner: Owner, *rows: dict[str, Any], key: str | None = None, **more: object) -> TestResponse:
    return owner.writes("POST", "/bulk", key=key, json={"rows": rows, **more})


def test_sound_rows_are_done_and_the_others_say_why_not(owner: Owner, session: Session, app: Flask) -> None:
    revision = select(CatalogueRevision.number)
    before = session.scalars(revision).one()
    etag = owner.gets("/products/le-city-bag-medium").headers["ETag"]
    rows = [
        price(300_000),
        price("dear"),
        {"target": PRODUCT, "set": {"name": "The City"}, "if_match": etag},
        {"target": PRODUCT, "set": {"weight_g": 1}, "if_match": '"stale"'},
        {"target": f"variant:{OTHER}", "set": {"colour": "blak"}},
        {"target": f"variant:{BAG}", "set": {"label": "The one"}},
        {"target": "variant:NONSENSE", "set": {}},
        {"target": f"variant:{BAG}", "set": {"style_code": "other"}},
        price(1_000, OTHER, valid_from="2100-01-01T00:00:00Z", sale_amount_minor=2_000),
        stock(2, PIECES),
        stock(2, PIECES),
        {"target": PRODUCT, "set": {}},
    ]

    answer = asks(owner, *rows)

    assert answer.status_code == 200, answer.text
    told = {each["row"]: each["problem"] and each["problem"]["code"] for each in answer.json["rows"]}
    assert told == {
        **dict.fromkeys((0, 2, 5, 9, 11)),
        **dict.fromkeys((1, 4, 7, 8), "invalid_request"),
        3: "precondition_failed",
        6: "not_in_catalogue",
        10: "stock_differs",
    }
    assert [answer.json[word] for word in ("changed", "unchanged", "refused")] == [4, 1, 7]
    pointers = {
        each["row"]: [fault["pointer"] for fault in each["problem"]["errors"]]
        for each in answer.json["rows"]
        if told[each["row"]] == "invalid_request"
    }
    assert pointers == {
        1: ["/set/amount_minor"],
        4: ["/set/colour"],
        7: ["/set/style_code"],
        8: ["/set/sale_amount_minor"],
    }
    assert "did you mean `black`?" in answer.text
    seen = owner.gets(f"/variants/{BAG}").json
    dollars = [one["amount_minor"] for one in seen["prices"] if one["currency"] == "USD"]
    assert (seen["label"], dollars) == ("The one", [300_000])
    assert owner.gets(f"/variants/{BAG}/stock").json["available"] == PIECES + 2
    assert session.scalars(revision).one() == before + 1  # one change for shoppers
    assert breaches(app) == []


def test_all_or_nothing_is_done_where_that_is_asked_for(owner: Owner, session: Session) -> None:
    count = select(func.count()).select_from(AuditEntry)
    before = owner.gets(f"/variants/{BAG}").json, session.scalar(count)

    answer = asks(owner, price(300_000), stock(1, PIECES), price("dear", OTHER), atomic=True)

    assert (answer.status_code, answer.json["code"]) == (422, "bulk_refused")
    (row,) = answer.json["rows"]
    assert (row["row"], row["target"], row["problem"]["errors"][0]["pointer"]) == (
        2,
        f"price:{OTHER}",
        "/set/amount_minor",
    )
    assert (owner.gets(f"/variants/{BAG}").json, session.scalar(count)) == before
    assert owner.gets(f"/variants/{BAG}/stock").json["available"] == PIECES
    assert asks(owner, price(300_000), stock(1, PIECES), atomic=True).json["changed"] == 2


def test_rows_follow_each_other(owner: Owner) -> None:
    answer = asks(owner, price(1), price(2), {"target": f"variant:{BAG}", "set": {"label": None}}, price(3))

    assert answer.json["refused"] == 0, answer.text
    seen = owner.gets(f"/variants/{BAG}").json
    assert [one["amount_minor"] for one in seen["prices"] if one["currency"] == "USD"] == [3]


def test_a_thousand_rows_are_done_once_and_no_more_are_taken(owner: Owner, session: Session) -> None:
    listed = owner.gets("/variants?product=le-city-bag-medium&retired=false&limit=20").json["items"]
    bags = [each["sku"] for each in listed][:10]
    rows = [
        price(1_000 + day, sku, valid_from=f"2100-01-{day % 28 + 1:02}T{day // 28:02}:00:00Z")
        for sku in bags
        for day in range(1_000 // len(bags))
    ]
    key = str(uuid4())

    first, again = (asks(owner, *rows, key=key) for _ in range(2))

    assert (len(rows), first.json["changed"]) == (1_000, 1_000), first.text[:500]
    assert (again.json, again.headers["Idempotent-Replayed"]) == (first.json, "true")
    said = select(func.count()).where(AuditEntry.action == "price.set")
    assert session.scalar(said) == 1_000
    assert asks(owner, *rows, price(1)).status_code == 422


def test_what_is_no_row_is_refused_before_any_is_done(owner: Owner) -> None:
    for row in (
        {"target": "order:X", "set": {}},
        {"target": PRODUCT},
        {"target": PRODUCT, "set": []},
        {"target": f"stock:{BAG}", "set": {"delta": 1}},
        {"target": PRODUCT, "set": {}, "delete": True},
    ):
        answer = asks(owner, price(300_000), row)
        assert answer.status_code == 422
        assert answer.json["errors"][0]["pointer"].startswith("/rows/1"), answer.text
    assert asks(owner).status_code == 422


def test_a_row_of_stock_needs_its_own_scope(app: Flask, owner: Owner) -> None:
    other = Owner.of(app, *(set(keys.SCOPES) - {"stock:write"}))

    answer = asks(other, stock(1, PIECES), price(300_000))

    assert [each["outcome"] for each in answer.json["rows"]] == ["refused", "changed"]
    assert answer.json["rows"][0]["problem"]["scope"] == "stock:write"
