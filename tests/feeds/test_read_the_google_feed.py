"""Google's product feed: one line a variant that is for sale, in bounded memory."""

from __future__ import annotations

import csv
import gc
import io
import re

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, func, select, update

from shop.catalogue.models import Colour, Product, Variant
from shop.feeds import google, queries
from shop.inventory.models import Stock
from shop.kit.db import db, transaction
from shop.pricing.models import Market, Price, ShippingMethod
from tests.discovery.browsing import every, slugs
from tests.feeds.many_products import LONG_SLUG, multiply
from tests.shopper import BAG


def lines(client: FlaskClient, market: str = "US") -> dict[str, dict[str, str]]:
    answer = client.get(f"/feeds/google.tsv?market={market}")
    assert answer.status_code == 200, answer.text
    rows = list(csv.DictReader(io.StringIO(answer.text), dialect="excel-tab", strict=True))
    by_id = {row["id"]: row for row in rows}
    assert len(by_id) == len(rows)
    assert all(None not in row and None not in row.values() for row in rows)
    return by_id


def test_a_line_says_what_the_variant_is_and_costs(client: FlaskClient) -> None:
    answer = client.get("/feeds/google.tsv?market=US")

    assert answer.content_type == "text/tab-separated-values; charset=utf-8"
    assert client.get("/feeds/google.tsv?market=XX").json["code"] == "unknown_market"
    assert client.get("/feeds/google.tsv?marked=US").status_code == 422
    assert answer.text.splitlines()[0].split("\t") == list(google.COLUMNS)
    assert lines(client)[BAG] == {
        "id": BAG,
        "item_group_id": "le-city-bag-medium",
        "title": "Le City Bag Medium, Black, Arena leather (Le City 2024)",
        "description": "Le City Bag Medium of the family Le City. Colour: Black. "
        "Material: Arena leather (Le City 2024). Hardware: Le City 2024, palladium 'Vibrato'.",
        "link": f"https://shop.example/v1/variants/{BAG}?market=US",
        "image_link": "",
        "availability": "in_stock",
        "price": "2850.00 USD",
        "sale_price": "",
        "condition": "new",
        "brand": "Balenciaga",
        "mpn": "823058 2AA9S 1000",
        "identifier_exists": "yes",
        "color": "Black",
        "material": "Arena leather (Le City 2024)",
        "size": "medium",
        "google_product_category": "",
        "shipping": "US::Standard delivery:0.00 USD,US::Express delivery:35.00 USD",
    }


def test_it_holds_exactly_what_can_be_sold_in_the_market(client: FlaskClient) -> None:
    products = slugs(every(client, family="hourglass,rodeo,motorcycle"))
    expected = {
        variant["sku"]: "in_stock" if variant["buyable"] else "out_of_stock"
        for slug in products
        for variant in client.get(f"/v1/products/{slug}").json["variants"]
        if variant["unavailable_because"] in (None, "sold_out")
    }

    found = lines(client)

    assert expected
    told = {sku: row["availability"] for sku, row in found.items() if row["item_group_id"] in products}
    assert told == expected
    assert all(re.fullmatch(r"\d+\.\d\d USD", row["price"]) for row in found.values())
    korea = lines(client, "KR")
    assert {row["price"] for row in korea.values()} == {"3245000 KRW"}
    assert all(row["link"].endswith("?market=KR") for row in korea.values())


def test_what_is_retired_or_of_the_archive_is_left_out_and_what_is_sold_out_says_so(
    app: Flask, client: FlaskClient
) -> None:
    whole = lines(client)
    retired, unsold, none_left = list(whole)[:3]
    with app.app_context(), transaction() as session:
        session.execute(update(Variant).where(Variant.sku == retired).values(is_retired=True))
        session.execute(update(Variant).where(Variant.sku == unsold).values(sellable=False))
        gone = select(Variant.id).where(Variant.sku == none_left)
        session.execute(update(Stock).where(Stock.variant_id.in_(gone)).values(on_hand=0))

    found = lines(client)

    assert set(whole) - set(found) == {retired, unsold}
    assert found[none_left]["availability"] == "out_of_stock"


def test_a_sale_has_both_prices_and_a_code_of_ours_is_no_part_number(app: Flask, client: FlaskClient) -> None:
    with app.app_context(), transaction() as session:
        bag = select(Variant.id).where(Variant.sku == BAG)
        sale = update(Price).where(Price.variant_id.in_(bag), Price.currency == "USD")
        session.execute(sale.values(sale_amount_minor=200_005))

    found = lines(client)

    assert (found[BAG]["price"], found[BAG]["sale_price"]) == ("2850.00 USD", "2000.05 USD")
    ours = [row for row in found.values() if row["id"].startswith("Z")]
    assert ours
    assert all((row["mpn"], row["identifier_exists"]) == ("", "no") for row in ours)


def test_shipping_is_what_checkout_offers_to_each_country_of_the_market(
    app: Flask, client: FlaskClient
) -> None:
    with app.app_context(), transaction() as session:
        in_korea = ShippingMethod.market_code == "KR"
        first = select(func.min(ShippingMethod.id)).where(in_korea).scalar_subquery()
        named = update(ShippingMethod).where(ShippingMethod.id == first)
        session.execute(named.values(name="Today: by rider, or\ttomorrow", amount_minor=12_000))
        last = select(func.max(ShippingMethod.id)).where(in_korea).scalar_subquery()
        session.execute(update(ShippingMethod).where(ShippingMethod.id == last).values(is_retired=True))
        session.execute(update(Market).where(Market.code == "KR").values(countries=["KR", "JP"]))

    told = {row["shipping"] for row in lines(client, "KR").values()}

    rider = "Today by rider or tomorrow:12000 KRW"
    assert told == {",".join(f"{country}::{rider}" for country in ("KR", "JP"))}


def test_signs_that_would_break_a_line_do_not(app: Flask, client: FlaskClient) -> None:
    with app.app_context(), transaction() as session:
        session.execute(update(Colour).where(Colour.slug == "black").values(name='Bl\tac\r\nk\u2028 "24"'))
        long_name = update(Product).where(Product.slug == "le-city-bag-medium")
        session.execute(long_name.values(name="Bag " + "x" * 190, slug=LONG_SLUG))

    found = lines(client)[BAG]

    assert found["color"] == 'Bl ac k "24"'
    assert len(found["title"]) == google.LONGEST["title"]
    assert len(found["item_group_id"]) == google.LONGEST["item_group_id"]
    assert not LONG_SLUG.startswith(found["item_group_id"])  # others may begin alike


def test_a_long_feed_keeps_one_batch_in_memory_and_no_connection_between_two(
    app: Flask, client: FlaskClient
) -> None:
    with app.app_context():
        with transaction() as session:
            multiply(session, 2_000)
        engine = db.engine
    statements: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2]))

    answer = client.get("/feeds/google.tsv?market=US", buffered=False)
    connections, variants, sent = [], [], 0
    for part in answer.iter_encoded():
        connections.append(engine.pool.checkedout())  # type: ignore[attr-defined]
        variants.append(_alive(Variant))
        sent += part.count(b"\n")

    assert sent > 2_000
    assert set(connections[1:]) == {0}
    assert max(variants) <= queries.BATCH
    # The market, its ways to send a parcel, and two a batch.
    assert len(statements) <= 2 * (sent // queries.BATCH + 2) + 2


def _alive(kind: type) -> int:
    gc.collect()
    return sum(isinstance(each, kind) for each in gc.get_objects())
