"""A product as schema.org JSON-LD: checked by the document's own schema and by rules of its own."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from sqlalchemy import select, update

from shop.catalogue.models import Variant
from shop.discovery.linked_data import SCHEMA
from shop.inventory.models import Stock
from shop.kit.db import transaction
from shop.kit.money import Money
from shop.pricing.models import Price
from tests.discovery.browsing import every, slugs
from tests.shopper import BAG, OTHER

BAG_PAGE = "/v1/products/le-city-bag-medium"
#: A relaunch priced in won, without decimals; and a bag in its markets.
IN_WON = "/v1/products/neo-cagole-handbag-xs"


def linked(client: FlaskClient, path: str = BAG_PAGE, **query: str) -> dict[str, Any]:
    answer = client.get(path, query_string=query, headers={"Accept": "application/ld+json"})
    assert answer.status_code == 200, answer.text
    assert answer.content_type == "application/ld+json"
    return dict(answer.get_json())


def of_sku(group: dict[str, Any], sku: str) -> dict[str, Any]:
    (found,) = [each for each in group["hasVariant"] if each["sku"] == sku]
    return dict(found)


def test_a_product_is_a_group_of_its_variants(client: FlaskClient) -> None:
    group = linked(client)
    variant = of_sku(group, BAG)

    assert (group["@context"], group["@type"]) == ("https://schema.org", "ProductGroup")
    assert group["url"] == "https://shop.example" + BAG_PAGE
    assert group["brand"] == {"@type": "Brand", "name": "Balenciaga"}
    assert "https://schema.org/color" in group["variesBy"]
    assert variant["isVariantOf"] == {"@id": group["@id"]}
    assert (variant["color"], variant["mpn"]) == ("Black", "823058 2AA9S 1000")
    assert variant["offers"] == {
        "@type": "Offer",
        "url": f"https://shop.example/v1/variants/{BAG}?market=US",
        "price": "2850.00",
        "priceCurrency": "USD",
        "availability": "https://schema.org/InStock",
        "itemCondition": "https://schema.org/NewCondition",
        "eligibleRegion": "US",
    }


def test_products_agree_with_what_is_said_of_it_in_json(client: FlaskClient) -> None:
    validator = Draft202012Validator(SCHEMA)
    for slug in slugs(every(client))[::4] + slugs(every(client, kind="accessory"))[::3]:
        plain, group = client.get(f"/v1/products/{slug}").json, linked(client, f"/v1/products/{slug}")

        assert list(validator.iter_errors(group)) == []
        assert [each["sku"] for each in group["hasVariant"]] == [each["sku"] for each in plain["variants"]]
        for said, variant in zip(group["hasVariant"], plain["variants"], strict=True):
            assert ("offers" in said) == (variant["unavailable_because"] in (None, "sold_out"))
            assert ("mpn" in said) == (not variant["code_is_assigned"])
            if "offers" in said:
                offer = said["offers"]
                assert offer["availability"].endswith("/InStock" if variant["buyable"] else "/OutOfStock")
                assert float(offer["price"]) * 100 == pytest.approx(variant["price"]["amount"])


@pytest.mark.parametrize(
    ("money", "written"),
    [
        (Money(285_000, "USD"), "2850.00"),
        (Money(5, "USD"), "0.05"),
        (Money(428_000, "JPY"), "428000"),
        (Money(1_250, "KWD"), "1.250"),
        (Money(999_999_999_999, "EUR"), "9999999999.99"),
    ],
)
def test_an_amount_has_the_decimals_of_its_currency(money: Money, written: str) -> None:
    assert money.decimal == written


def test_a_price_is_written_as_its_currency_is_and_the_archive_is_not_offered(client: FlaskClient) -> None:
    for market, form in {"US": r"\d+\.\d\d", "JP": r"\d+", "KR": r"\d+"}.items():
        group = linked(client, IN_WON, market=market)
        prices = [each["offers"]["price"] for each in group["hasVariant"] if "offers" in each]

        assert prices
        assert all(re.fullmatch(form, price) for price in prices)
    archive = linked(client, "/v1/products/classic-city")
    assert archive["hasVariant"]
    assert all("offers" not in variant for variant in archive["hasVariant"])


def test_a_sale_shows_the_price_it_takes_the_place_of_and_what_is_sold_out_says_so(
    app: Flask, client: FlaskClient
) -> None:
    with app.app_context(), transaction() as session:
        variant_id = session.scalars(select(Variant.id).where(Variant.sku == BAG)).one()
        session.execute(update(Price).where(Price.variant_id == variant_id).values(sale_amount_minor=100_00))
        session.execute(update(Stock).values(on_hand=0))
        session.execute(update(Variant).where(Variant.sku == OTHER).values(sellable=False))

    group = linked(client)
    offer = of_sku(group, BAG)["offers"]

    assert offer["price"] == "100.00"
    assert offer["priceSpecification"]["price"] == "2850.00"
    assert offer["priceSpecification"]["priceType"] == "https://schema.org/StrikethroughPrice"
    assert offer["availability"] == "https://schema.org/OutOfStock"
    assert "offers" not in of_sku(group, OTHER)  # it has a price and is not sold


def test_both_formats_are_documented_and_vary_by_the_wish(client: FlaskClient) -> None:
    plain = client.get(BAG_PAGE)
    other = client.get(BAG_PAGE, headers={"Accept": "application/ld+json, */*;q=0.1"})
    browser = client.get(BAG_PAGE, headers={"Accept": "text/html,application/xhtml+xml;q=0.9"})

    assert [each.content_type for each in (plain, other, browser)] == [
        "application/json",
        "application/ld+json",
        "application/json",
    ]
    assert all("Accept" in each.vary for each in (plain, other, browser))
    assert "Accept" in client.get("/v1/products/nonsense").vary
    answers = client.get("/openapi.json").json["paths"]["/v1/products/{slug}"]["get"]["responses"]["200"]
    assert set(answers["content"]) == {"application/json", "application/ld+json"}
