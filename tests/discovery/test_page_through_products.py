"""The product list page by page: each order whole, each cursor of one query."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from shop.catalogue.models import Family, Product, Variant
from shop.kit.db import transaction
from shop.pricing.models import Price
from tests.discovery.browsing import every, get, slugs

SORTS = ["featured", "newest", "price_asc", "price_desc", "name"]


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("limit", [3, 7, 50])
def test_pages_put_together_are_the_whole_list_once(client: FlaskClient, sort: str, limit: int) -> None:
    whole = slugs(every(client, sort=sort))

    assert len(whole) == len(set(whole)) == 50
    assert slugs(every(client, sort=sort, limit=limit)) == whole


def test_sorting_by_price_puts_what_has_none_last(client: FlaskClient) -> None:
    up = [item["price"] for item in every(client, sort="price_asc")]
    down = [item["price"] for item in every(client, sort="price_desc")]

    rising = [price["min"]["amount"] for price in up if price]
    assert rising == sorted(rising)
    falling = [price["min"]["amount"] for price in down if price]
    assert falling == sorted(falling, reverse=True)
    for prices in (up, down):
        assert prices == [p for p in prices if p] + [p for p in prices if not p]


def test_the_newest_comes_first(client: FlaskClient, session: Session) -> None:
    launched = dict(session.execute(select(Product.slug, Product.launched_sorts_on)).all())

    days = [launched[slug] for slug in slugs(every(client, sort="newest"))]

    assert days == sorted(days, reverse=True)


@pytest.mark.parametrize("sort", SORTS)
def test_a_page_stays_right_while_products_are_inserted(app: Flask, client: FlaskClient, sort: str) -> None:
    whole = slugs(every(client, sort=sort))
    first = get(client, sort=sort, limit=10)
    with app.app_context(), transaction() as session:
        _insert_products(session)

    rest = []
    page = first
    while page["next"]:
        page = get(client, sort=sort, limit=10, cursor=page["next"])
        rest += slugs(page["items"])

    assert slugs(first["items"]) + [slug for slug in rest if slug in whole] == whole
    assert [*slugs(first["items"]), *rest] == [
        slug for slug in slugs(every(client, sort=sort)) if slug in whole or slug in rest
    ]
    assert 0 < len(set(rest) - set(whole)) < len(NEW)


#: Before everything and after everything in each order: place, name, day, dollars.
NEW = [
    (-1, "AAA came before everything", "2099-01-01", 1),
    (9_999, "zzz came after everything", "", 9_999_999),
    (-2, "zzz has no price", "", None),
    (9_998, "AAA has no price", "2099-01-01", None),
]


def _insert_products(session: Session) -> None:
    for number, (position, name, day, dollars) in enumerate(NEW):
        variant_id = _insert_product(session, number, position=position, name=name, launched_sorts_on=day)
        if dollars:
            session.execute(
                insert(Price).values(
                    variant_id=variant_id,
                    currency="USD",
                    amount_minor=dollars * 100,
                    valid_from=datetime(2024, 1, 1, tzinfo=UTC),
                    is_illustrative=True,
                )
            )


def _insert_product(session: Session, number: int, **values: Any) -> int:
    family_id = session.scalars(select(Family.id).limit(1)).one()
    facts: dict[str, Any] = {"sources": [], "flags": []}
    product = Product(
        slug=f"new-bag-{number}", kind="bag", family_id=family_id, sellable=True, **facts, **values
    )
    session.add(product)
    session.flush()
    variant = Variant(
        sku=f"NEW{number}",
        slug=f"new-{number}",
        style_code=f"NEW{number}",
        position=1,
        product_id=product.id,
        code_is_assigned=True,
        sellable=True,
        evidence="illustrative",
        **facts,
    )
    session.add(variant)
    session.flush()
    return variant.id


@pytest.mark.parametrize(
    "change",
    [
        {"sort": "name"},
        {"market": "JP"},
        {"family": "le-city"},
        {"q": "city"},
        {"kind": "accessory"},
        {"available": "true"},
    ],
)
def test_a_cursor_of_another_query_is_refused(client: FlaskClient, change: dict[str, str]) -> None:
    cursor = get(client, limit=5)["next"]

    answer = client.get("/v1/products", query_string={"limit": 5, "cursor": cursor, **change})

    assert answer.status_code == 422
    assert answer.json["code"] == "bad_cursor"


@pytest.mark.parametrize("cursor", ["x", "!!!!", "W10", "bnVsbA", "W1tdXQ", "WyJhIiwgbnVsbF0", "😀"])
def test_a_made_up_cursor_is_refused(client: FlaskClient, cursor: str) -> None:
    answer = client.get("/v1/products", query_string={"cursor": cursor})

    assert answer.status_code == 422
    assert answer.json["code"] == "bad_cursor"
