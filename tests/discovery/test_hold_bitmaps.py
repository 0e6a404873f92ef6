"""A catalogue held in memory says what SQL says: page by page, and after prices, stock and seeds moved."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from shop.catalogue import service as catalogue
from shop.catalogue.models import Product, Variant
from shop.discovery.bitmaps import keeper as bitmaps
from shop.discovery.bitmaps.keeper import AHEAD, Keeper, keep_with
from shop.kit.clock import clock, database_now
from shop.kit.db import db, transaction
from shop.pricing.models import Price
from shop.pricing.queries import market_or_default
from tests.crowd import leave_in_stock
from tests.discovery.indexed import hold_index
from tests.shopper import BAG

EVERYTHING = {"limit": 100, "facets": "family,material,colour,price,available", "market": "US"}


def told(client: FlaskClient, **asked: Any) -> dict[str, Any]:
    """Return the whole list with its facets, made anew."""
    clock.advance(timedelta(seconds=1))
    answer = client.get("/v1/products", query_string={**EVERYTHING, **asked})
    assert answer.status_code == 200, answer.json
    return answer.json


def told_by_sql(app: Flask, client: FlaskClient, **asked: Any) -> dict[str, Any]:
    """Return what is told where nothing is held, and hold again what was."""
    held = bitmaps.keeper_of(app)
    keep_with(app, Keeper())
    try:
        return told(client, **asked)
    finally:
        keep_with(app, held)


def is_held(app: Flask) -> bool:
    """Whether the index would answer now."""
    with app.app_context():
        return bitmaps.view(db.session(), market_or_default(db.session(), "US"), priced=True) is not None


@pytest.mark.parametrize("sort", ["price_asc", "price_desc"])
def test_pages_by_price_are_those_of_sql(app: Flask, client: FlaskClient, sort: str) -> None:
    hold_index(app)
    seen: dict[bool, list[str]] = {}
    for held in (True, False):
        if not held:
            keep_with(app, Keeper())
        slugs, cursor = [], None
        while True:
            page = told(client, sort=sort, limit=3, facets="", **({"cursor": cursor} if cursor else {}))
            slugs += [item["slug"] for item in page["items"]]
            cursor = page["next"]
            if cursor is None:
                break
        seen[held] = slugs
    assert seen[True] == seen[False]
    assert len(seen[True]) == len(set(seen[True])) > 6


def test_a_bag_that_is_sold_out_or_back_is_told_at_once(app: Flask, client: FlaskClient) -> None:
    hold_index(app)
    for pieces in (0, 1, 0):
        with app.app_context(), transaction() as session:
            skus = session.scalars(
                select(Variant.sku).where(
                    Variant.product_id
                    == select(Variant.product_id).where(Variant.sku == BAG).scalar_subquery()
                )
            ).all()
            leave_in_stock(session, dict.fromkeys(skus, pieces))
        for available in ("true", "false"):
            answer = told(client, available=available)
            assert is_held(app)
            assert answer == told_by_sql(app, client, available=available), (pieces, available)


def test_a_changed_catalogue_is_asked_in_sql_until_it_is_held_again(app: Flask, client: FlaskClient) -> None:
    keeper = hold_index(app)
    before = told(client, sort="price_asc")
    with app.app_context(), transaction() as session:
        slug = before["items"][0]["slug"]
        session.execute(update(Product).where(Product.slug == slug).values(unpublish_at=database_now()))
        catalogue.publish(session)

    assert not is_held(app)
    without = told(client, sort="price_asc")
    assert slug not in [item["slug"] for item in without["items"]]
    with app.app_context():
        keeper.keep_up(db.session())
    assert is_held(app)
    again = told(client, sort="price_asc")
    assert again["items"] == without["items"]
    assert again["facets"] == without["facets"]


def test_a_price_that_begins_later_is_told_from_its_moment(app: Flask, client: FlaskClient) -> None:
    begins = clock.now().replace(microsecond=0) + AHEAD / 2
    with app.app_context(), transaction() as session:
        _reduce(session, BAG, begins)
        catalogue.publish(session)
    hold_index(app)
    cheapest = told(client)["facets"]["price"]["min"]

    clock.advance(AHEAD)
    assert is_held(app)  # read ahead: nobody kept up meanwhile
    answer = told(client, sort="price_asc")
    assert answer["facets"]["price"]["min"]["amount"] == 100 < cheapest["amount"]
    assert answer == told_by_sql(app, client, sort="price_asc")


def _reduce(session: Any, sku: str, begins: datetime) -> None:
    """Let the price of a variant end at a moment, and a price of one dollar begin."""
    variant_id = session.scalars(select(Variant.id).where(Variant.sku == sku)).one()
    now = session.scalars(
        select(Price).where(Price.variant_id == variant_id, Price.currency == "USD", Price.valid_to.is_(None))
    ).first()
    facts = {
        column.key: getattr(now, column.key)
        for column in Price.__table__.columns
        if column.key not in {"id", "valid_from", "amount_minor", "sale_amount_minor"}
    }
    now.valid_to = begins
    session.flush()
    session.add(
        Price(**facts | {"valid_to": None}, valid_from=begins, amount_minor=100, sale_amount_minor=None)
    )
