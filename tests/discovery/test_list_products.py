"""The product list: what each filter finds, in which order, page by page."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, update
from sqlalchemy.orm import Session

from shop.inventory.models import Stock
from shop.kit.db import db, transaction
from tests.discovery.browsing import every, get, slugs


def test_all_fifty_bags_are_listed_and_accessories_apart(client: FlaskClient) -> None:
    assert len(every(client)) == 50
    assert sum(item["variant_count"] for item in every(client)) == 193
    assert len(every(client, kind="accessory")) == 6


def test_an_item_carries_what_a_shelf_shows(client: FlaskClient) -> None:
    (item,) = get(client, family="le-city", size="medium", silhouette="handbag")["items"]

    assert item["slug"] == "le-city-bag-medium"
    assert item["family"] == {"slug": "le-city", "name": "Le City"}
    assert item["price"]["min"] == {"amount": 285_000, "currency": "USD"}
    assert item["available"] > 0
    assert item["buyable"] is True
    assert {"slug": "black", "name": "Black", "colour_family": "black", "hex": "#101010"} in item["colours"]


def test_the_relaunched_bag_is_found_in_one_call(client: FlaskClient) -> None:
    """Le City in Arena leather with large studs and laced zipper pulls."""
    found = every(client, family="le-city", material="arena", detail="large-studs", hardware="zip-pull-laced")

    assert {"le-city-bag-medium", "le-city-bag-small", "le-city-bag-mini"} <= set(slugs(found))
    assert "le-city-bag-east-west" not in slugs(found)  # knotted pullers
    assert {item["family"]["slug"] for item in found} == {"le-city"}


@pytest.mark.parametrize("several", ["?family=le-city,hourglass", "?family=le-city&family=hourglass"])
def test_values_of_one_filter_are_alternatives(client: FlaskClient, several: str) -> None:
    found = get(client, several + "&limit=100")["items"]

    assert {item["family"]["slug"] for item in found} == {"le-city", "hourglass"}


def test_filters_hold_for_one_and_the_same_variant(client: FlaskClient, session: Session) -> None:
    """No Hourglass XS is both covered in rhinestones and black with a gold B, though it has either."""
    both = every(client, material="rhinestone", hardware="hourglass-b-gold", colour="black")
    rhinestone = every(client, material="rhinestone")
    gold = every(client, hardware="hourglass-b-gold", colour="black")

    assert both == []
    assert set(slugs(rhinestone)) & set(slugs(gold))


@pytest.mark.parametrize(
    ("name", "value", "check"),
    [
        ("material", "denim", lambda v: v["material"]["slug"] == "denim"),
        ("material", "arena", lambda v: "arena" in v["material"]["slug"]),
        ("colour", "black", lambda v: v["colour"]["slug"] == "black"),
        ("colour_family", "blue", lambda v: v["colour"]["colour_family"] == "blue"),
        ("hardware", "rodeo-silver", lambda v: v["hardware"]["slug"] == "rodeo-silver"),
        ("hardware", "b-clasp", lambda v: "b-clasp" in [i["slug"] for i in v["hardware"]["items"]]),
        ("finish", "brass", lambda v: "brass" in {v["hardware"]["finish"], *_finishes(v)}),
        ("detail", "heart-mirror", lambda v: "heart-mirror" in [d["slug"] for d in v["details"]]),
        ("available", "true", lambda v: v["available"] > 0),
        ("price_min", "300000", lambda v: v["price"] is not None and v["price"]["amount"] >= 300_000),
        ("price_max", "100000", lambda v: v["price"] is not None and v["price"]["amount"] <= 100_000),
    ],
)
def test_a_filter_finds_exactly_the_products_with_such_a_variant(
    client: FlaskClient, name: str, value: str, check: Any
) -> None:
    expected = {
        slug
        for slug in slugs(every(client))
        if any(check(variant) for variant in client.get(f"/v1/products/{slug}").json["variants"])
    }

    assert set(slugs(every(client, **{name: value}))) == expected
    assert 0 < len(expected) < 50


def _finishes(variant: dict[str, Any]) -> set[str]:
    return {item["finish"] for item in variant["hardware"]["items"]}


def test_a_finish_is_found_on_any_item_of_the_set(client: FlaskClient) -> None:
    """The Rodeo's feet are brass under aged-silver locks."""
    assert "rodeo-handbag-small" in slugs(every(client, finish="brass"))
    assert "rodeo-handbag-small" in slugs(every(client, finish="aged-silver"))


def test_prices_and_availability_are_those_of_the_market(client: FlaskClient) -> None:
    korea = every(client, market="KR")

    priced = [item for item in korea if item["price"]]
    assert slugs(priced) == ["neo-cagole-handbag-xs"]
    assert priced[0]["price"]["min"] == {"amount": 3_245_000, "currency": "KRW"}
    assert all(item["available"] == 0 for item in korea if not item["price"])
    assert slugs(every(client, market="KR", available="true")) in ([], ["neo-cagole-handbag-xs"])


def test_archive_bags_are_shown_and_cannot_be_bought(client: FlaskClient) -> None:
    archive = every(client, family="motorcycle")

    assert len(archive) == 11
    assert all(item["price"] is None and not item["buyable"] for item in archive)


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=x", "limit"),
        ("limit=1e1", "limit"),
        ("limit=%D9%A1", "limit"),
        ("sort=random", "sort"),
        ("kind=shoe", "kind"),
        ("available=yes", "available"),
        ("price_min=-1", "price_min"),
        ("price_max=99999999999999999999", "price_max"),
        ("colur=black", "colur"),
        ("q=%00", "q"),
        ("family=" + "a," * 40, "family"),
    ],
)
def test_a_parameter_of_the_wrong_form_is_named(client: FlaskClient, query: str, parameter: str) -> None:
    answer = client.get(f"/v1/products?{query}")

    assert answer.status_code == 422
    assert answer.json["errors"][0]["parameter"] == parameter


def test_every_wrong_parameter_is_told_at_once(client: FlaskClient) -> None:
    answer = client.get("/v1/products?limit=0&sort=random&colur=black")

    assert {error["parameter"] for error in answer.json["errors"]} == {"limit", "sort", "colur"}


@pytest.mark.parametrize(
    "name",
    ["family", "material", "colour", "colour_family", "hardware", "finish", "detail", "size", "silhouette"],
)
def test_a_misspelt_filter_value_is_refused_with_a_suggestion(client: FlaskClient, name: str) -> None:
    misspelt = {
        "family": "le-cty",
        "material": "arena-lambskn",
        "colour": "blak",
        "colour_family": "blakc",
        "hardware": "zip-pull-lace",
        "finish": "bras",
        "detail": "large-stud",
        "size": "meduim",
        "silhouette": "hoboo",
    }[name]

    answer = client.get("/v1/products", query_string={name: misspelt})

    assert answer.status_code == 422
    assert answer.json["code"] == "unknown_filter_value"
    (error,) = answer.json["errors"]
    assert error["parameter"] == name
    assert "Did you mean" in error["detail"]


def test_an_unknown_market_is_a_clear_refusal(client: FlaskClient) -> None:
    for path in (
        "/v1/products",
        "/v1/products/le-city-bag-medium",
        "/v1/families/le-city",
        "/v1/campaigns/closet-2024",
    ):
        answer = client.get(f"{path}?market=XX")

        assert answer.status_code == 422
        assert answer.json["code"] == "unknown_market"
        assert "JP" in answer.json["known"]


def test_a_sold_out_bag_is_shown_and_not_available(app: Flask, client: FlaskClient) -> None:
    with app.app_context(), transaction() as session:
        session.execute(update(Stock).values(on_hand=0))

    assert every(client, available="true") == []
    assert len(every(client, available="false")) == 50


@pytest.mark.parametrize(
    "query", ["limit=24", "limit=24&family=le-city&material=arena&detail=large-studs&q=city"]
)
def test_a_page_takes_four_statements_however_long_the_list(
    app: Flask, client: FlaskClient, query: str
) -> None:
    assert client.get("/v1/products?q=city").status_code == 200  # its words are held from now on
    statements: list[str] = []
    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2]))

    assert client.get(f"/v1/products?{query}").status_code == 200
    few = len(statements)
    statements.clear()
    assert client.get(f"/v1/products?{query}&limit=24".replace("limit=24&", "", 1)).status_code == 200

    assert few <= 4
    assert len(statements) <= 4
