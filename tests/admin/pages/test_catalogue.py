"""Products, stock and the audit log at the admin pages."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, event, select, update
from sqlalchemy.orm import Session

from shop.catalogue.models import Product, Variant
from shop.inventory.models import Stock
from shop.kit.clock import clock
from shop.kit.db import db, transaction
from tests.admin.pages.browsing import Merchant, words
from tests.shopper import BAG, Shopper


@pytest.fixture
def merchant(app: Flask) -> Merchant:
    return Merchant.of(app).signed_in()


def test_products_are_found_by_name_slug_and_sku(merchant: Merchant) -> None:
    for query in (
        "q=CITY+bag+medium",
        "q=le-city-bag-med",
        f"q={BAG[:10].lower()}",
        "family=le-city&q=medium",
    ):
        assert "le-city-bag-medium" in words(merchant.opens(f"/products?{query}")), query
    for query in ("q=%25", "q=_", "family=nothing", "q=zzz"):
        assert "No product is like that." in words(merchant.opens(f"/products?{query}")), query


def test_a_product_shows_its_variants_with_prices_of_a_market_and_stock(
    merchant: Merchant, shopper: Shopper
) -> None:
    shopper.places_order(quantity=3)

    said = words(merchant.opens("/products/le-city-bag-medium"))
    assert f"{BAG} Arena leather (Le City 2024), Black" in said
    assert "USD 2,850.00 5" in said
    assert "JPY 428,000" in words(merchant.opens("/products/le-city-bag-medium?market=JP"))
    assert merchant.opens("/products/le-city-bag-medium?market=XX").status_code == 422
    assert merchant.opens("/products/nothing").status_code == 404


def test_a_product_that_nobody_sees_yet_says_from_when(app: Flask, merchant: Merchant) -> None:
    moment = clock.now() + timedelta(days=2)
    with app.app_context(), transaction() as session:
        session.execute(update(Product).where(Product.slug == "le-city-bag-medium").values(publish_at=moment))

    assert f"no, from {moment:%Y-%m-%d %H:%M}" in words(merchant.opens("/products/le-city-bag-medium"))


def test_stock_is_found_and_says_what_is_held(merchant: Merchant, shopper: Shopper) -> None:
    shopper.places_order(quantity=7)

    assert f"{BAG} Le City Bag Medium 8 7 1" in words(merchant.opens(f"/stock?q={BAG}"))
    assert f"{BAG} Le City Bag Medium 8 7 1" in words(merchant.opens("/stock?low=yes&q=le+city+bag+medium"))
    shelf = words(merchant.opens(f"/stock/{BAG}"))
    assert "Warehouse, Milan (invented) milan-01 8 7 1" in shelf
    assert "held milan-01 +7" in shelf
    assert "opening: opening stock of the seed milan-01 +8" in shelf
    assert merchant.opens("/stock/NOTHING").status_code == 404


def test_a_variant_that_was_never_counted_is_listed_and_does_not_run_low(
    app: Flask, merchant: Merchant
) -> None:
    with app.app_context(), transaction() as session:
        of_bag = select(Variant.id).where(Variant.sku == BAG).scalar_subquery()
        session.execute(delete(Stock).where(Stock.variant_id == of_bag))

    assert "never counted" in words(merchant.opens(f"/stock?q={BAG}"))
    assert "No variant is like that." in words(merchant.opens(f"/stock?low=yes&q={BAG}"))


def test_lists_go_on_from_page_to_page(merchant: Merchant) -> None:
    for address, first in (("/products", "admin/products/"), ("/stock", "admin/stock/")):
        page, seen = merchant.opens(f"{address}?limit=40"), []
        for _ in range(10):
            found = [part.split('"')[0] for part in page.text.split(f'href="/{first}')[1:]]
            seen += found
            onward = [part.split('"')[0] for part in page.text.split('rel="next" href="/admin')[1:]]
            if not onward:
                break
            page = merchant.opens(onward[0].replace("&amp;", "&"))
        assert len(seen) == len(set(seen)) > 50, address


def test_the_audit_log_is_read_by_what_was_done_and_by_whom(
    app: Flask, merchant: Merchant, session: Session
) -> None:
    everything = words(merchant.opens("/audit"))
    assert "session.open key:ada" in everything
    assert "seed.apply seed" in everything

    of_ada = words(merchant.opens("/audit?actor=key:ada"))
    assert "session.open" in of_ada
    assert "seed.apply" not in of_ada
    assert "Nothing like that was done." in words(merchant.opens("/audit?object=order:NONE"))
    assert merchant.opens("/audit?cursor=x").status_code == 422
    assert merchant.opens("/audit?object=%00").status_code == 422


def test_pages_ask_the_database_little(app: Flask, merchant: Merchant, shopper: Shopper) -> None:
    shopper.places_order()
    number = shopper.placed["order"]["number"]
    said: list[str] = []

    def hear(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            said.append(statement)

    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", hear)
    for path, most in (
        ("/", 8),
        ("/orders", 2),
        (f"/orders/{number}", 15),
        ("/products", 5),
        # With the version of each of its forms, which stands on all that hangs on the product.
        ("/products/le-city-bag-medium", 21),
        ("/stock", 2),
        (f"/stock/{BAG}", 4),
        ("/audit", 2),
    ):
        said.clear()
        assert merchant.opens(path).status_code == 200
        assert len(said) <= most, (path, len(said))
