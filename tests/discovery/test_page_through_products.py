"""The product list page by page: each order whole, each cursor of one query."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from shop.catalogue.models import Family, Product, Variant
from shop.kit.db import transaction
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


def test_a_page_stays_right_while_products_are_inserted(app: Flask, client: FlaskClient) -> None:
    first = get(client, sort="name", limit=10)
    with app.app_context(), transaction() as session:
        _insert_product(session, name="AAA came before everything")

    rest = every(client, sort="name", limit=10)
    second = get(client, sort="name", limit=10, cursor=first["next"])

    assert slugs(rest)[0] == "new-bag"
    assert slugs(first["items"]) + slugs(second["items"]) == slugs(rest)[1:21]


def _insert_product(session: Session, *, name: str) -> None:
    family_id = session.scalars(select(Family.id).limit(1)).one()
    template = session.scalars(select(Variant).limit(1)).one()
    product = Product(
        slug="new-bag",
        position=9_999,
        kind="bag",
        family_id=family_id,
        name=name,
        sellable=True,
        sources=[],
        flags=[],
    )
    session.add(product)
    session.flush()
    session.execute(
        insert(Variant).values(
            sku="NEW1",
            slug="new-1",
            style_code="NEW1",
            position=1,
            product_id=product.id,
            material_id=template.material_id,
            colour_id=template.colour_id,
            hardware_set_id=template.hardware_set_id,
            code_is_assigned=True,
            sellable=True,
            is_retired=False,
            evidence="illustrative",
            external_ids=[],
            sources=[],
            flags=[],
        )
    )


@pytest.mark.parametrize("change", [{"sort": "name"}, {"market": "JP"}, {"family": "le-city"}, {"q": "city"}])
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
