"""Facets: each count is what the filter would find, and nothing else."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from shop.discovery.facets import GROUPS, MOST_STEPS, WIDTHS
from shop.kit.db import db, transaction
from tests.discovery import catalogues
from tests.discovery.browsing import every, get
from tests.discovery.catalogues import Bag, catalogue
from tests.discovery.indexed import hold_index

CATALOGUES, QUESTIONS = 8, 4

VALUES: dict[str, list[str]] = {
    "family": [f"family-{n}" for n in catalogues.FAMILIES],
    "material": [*catalogues.MATERIALS],
    "colour": [f"colour-{n}" for n in catalogues.COLOURS],
    "colour_family": [*catalogues.COLOUR_FAMILIES],
    "hardware": [*catalogues.HARDWARE, *catalogues.ITEMS],
    "finish": [*catalogues.FINISHES],
    "detail": [f"detail-{n}" for n in catalogues.DETAILS],
    "size": [*catalogues.SIZES],
    "silhouette": [*catalogues.SILHOUETTES],
}


@pytest.mark.parametrize("held", [False, True], ids=["in-sql", "in-the-index"])
def test_counts_are_those_of_looking_at_every_variant(empty_app: Flask, held: bool) -> None:
    client = empty_app.test_client()
    for seed in range(CATALOGUES):
        chance = random.Random(seed)
        with empty_app.app_context(), transaction() as session:
            bags = catalogue(session, chance)
        if held:
            hold_index(empty_app)
        for _ in range(QUESTIONS):
            asked = _question(chance, bags)

            with _counted(empty_app) as statements:
                answer = get(client, **asked, market="US", limit=100, facets=",".join(GROUPS))

            for group in GROUPS:
                assert _told(answer["facets"][group], group) == _expected(bags, asked, group), (
                    seed,
                    asked,
                    group,
                )
            assert {item["slug"] for item in answer["items"]} == {
                f"bag-{bag.product}" for bag in bags if _meets(bag, asked)
            }, (seed, asked)
            counted = ("GROUP BY" in each and "product" in each for each in statements)
            assert held is not any(counted)


def _question(chance: random.Random, bags: list[Bag]) -> dict[str, str]:
    """Return filters; not by a family whose every product is unpublished, which is as good as unknown."""
    shown = {name for bag in bags if bag.published for name in bag.names["family"]}
    hidden = {name for bag in bags for name in bag.names["family"]} - shown
    known = {**VALUES, "family": sorted(set(VALUES["family"]) - hidden)}
    asked = {
        name: ",".join(chance.sample(values, min(chance.randint(1, 2), len(values))))
        for name, values in known.items()
        if values and chance.random() < 0.2
    }
    if chance.random() < 0.2:
        asked["available"] = chance.choice(["true", "false"])
    if chance.random() < 0.2:
        asked["price_min"] = str(chance.randint(0, 300))
    if chance.random() < 0.2:
        asked["price_max"] = str(chance.randint(100, 400))
    if chance.random() < 0.2:
        asked["kind"] = "accessory"
    return asked


def _meets(bag: Bag, asked: dict[str, str]) -> bool:
    if bag.retired or not bag.published or bag.kind != asked.get("kind", "bag"):
        return False
    for name in VALUES:
        if name in asked and not bag.names[name] & set(asked[name].split(",")):
            return False
    if "available" in asked and (bag.available > 0) != (asked["available"] == "true"):
        return False
    if "price_min" in asked and (bag.charged is None or bag.charged < int(asked["price_min"])):
        return False
    return "price_max" not in asked or (bag.charged is not None and bag.charged <= int(asked["price_max"]))


def _expected(bags: list[Bag], asked: dict[str, str], group: str) -> Any:
    own = ("price_min", "price_max") if group == "price" else (group,)
    others = {name: value for name, value in asked.items() if name not in own}
    found = [bag for bag in bags if _meets(bag, others)]
    if group == "available":
        return {
            state: len({b.product for b in found if (b.available > 0) is state}) for state in (True, False)
        }
    if group == "price":
        return _expected_prices(found)
    counts = {value: len({b.product for b in found if value in b.names[group]}) for value in VALUES[group]}
    selected = set(asked.get(group, "").split(","))
    chosen = {value for value in counts if {value, catalogues.MATERIALS.get(value)} & selected}
    return {value: (count, value in chosen) for value, count in counts.items() if count or value in chosen}


def _expected_prices(found: list[Bag]) -> Any:
    amounts = [(bag.charged, bag.product) for bag in found if bag.charged is not None]
    if not amounts:
        return None, None, {}
    low, high = min(amounts)[0], max(amounts)[0]
    width = next(width for width in WIDTHS if high - low <= MOST_STEPS * width)
    products: dict[int, set[int]] = {}
    for amount, product in amounts:
        products.setdefault(amount // width * width, set()).add(product)
    return low, high, {(at, at + width - 1): len(them) for at, them in products.items()}


def _told(facet: Any, group: str) -> Any:
    if group == "available":
        return {each["value"]: each["count"] for each in facet}
    if group == "price":
        low, high = (facet[end] and facet[end]["amount"] for end in ("min", "max"))
        return low, high, {(each["price_min"], each["price_max"]): each["count"] for each in facet["buckets"]}
    return {each["slug"]: (each["count"], each["selected"]) for each in facet}


@pytest.mark.parametrize("group", [name for name in GROUPS if name not in ("price", "available")])
def test_a_count_is_the_length_of_the_list_with_that_value(client: FlaskClient, group: str) -> None:
    filters = {"colour_family": "black", "available": "true"}
    facet = get(client, **filters, facets=group)["facets"][group]

    assert facet
    for value in random.Random(1).sample(facet, min(3, len(facet))):
        assert len(every(client, **{**filters, group: value["slug"]})) == value["count"]


def test_a_bucket_is_asked_for_as_it_is_told(client: FlaskClient) -> None:
    price = get(client, facets="price")["facets"]["price"]

    assert price["min"]["currency"] == "USD"
    assert 1 < len(price["buckets"]) <= MOST_STEPS + 1
    for bucket in price["buckets"]:
        ends = {end: bucket[end] for end in ("price_min", "price_max")}
        assert bucket["selected"] is False
        assert len(every(client, **ends)) == bucket["count"]
        told = get(client, **ends, facets="price")["facets"]["price"]["buckets"]
        assert [each["selected"] for each in told] == [each == bucket for each in price["buckets"]]


def test_values_stand_in_the_editors_order_with_what_a_shopper_reads(client: FlaskClient) -> None:
    facets = get(client, facets="size,colour,material")["facets"]

    assert set(facets) == {"size", "colour", "material"}
    colours = {
        each["slug"]: place for place, each in enumerate(client.get("/v1/colours?limit=100").json["items"])
    }
    places = [colours[each["slug"]] for each in facets["colour"]]
    assert places == sorted(places)
    black = next(each for each in facets["colour"] if each["slug"] == "black")
    assert (black["name"], black["hex"]) == ("Black", "#101010")
    assert "hex" not in facets["material"][0]


def test_what_nothing_has_is_told_when_it_is_asked_for_or_selected(client: FlaskClient) -> None:
    query = {"family": "hourglass", "material": "denim", "facets": "material"}
    told = get(client, **query)["facets"]["material"]
    everything = get(client, **query, facet_zeros="true")["facets"]["material"]

    zeros = [each["slug"] for each in told if each["count"] == 0]
    assert zeros in ([], ["denim"])
    assert next(each for each in told if each["slug"] == "denim")["selected"]
    assert len(everything) == len(client.get("/v1/materials?limit=100").json["items"]) > len(told)


def test_a_group_selects_its_materials(client: FlaskClient) -> None:
    told = get(client, material="arena", facets="material")["facets"]["material"]

    selected = {each["slug"] for each in told if each["selected"]}
    assert selected
    assert all("arena" in slug for slug in selected)
    assert len(selected) < len(told)


def test_empty_buckets_are_told_when_they_are_asked_for(client: FlaskClient) -> None:
    query = {"family": "motorcycle,le-cagole", "facets": "price"}
    told = get(client, **query)["facets"]["price"]["buckets"]
    everything = get(client, **query, facet_zeros="true")["facets"]["price"]["buckets"]

    assert [each for each in everything if each["count"]] == told
    ends = [(each["price_min"], each["price_max"] + 1) for each in everything]
    assert [first for first, _ in ends[1:]] == [last for _, last in ends[:-1]]


def test_an_unknown_facet_is_refused_with_those_there_are(client: FlaskClient) -> None:
    answer = client.get("/v1/products?facets=material,colur")

    assert answer.status_code == 422
    (error,) = answer.json["errors"]
    assert error["parameter"] == "facets"
    assert "colur" in error["detail"]
    assert all(name in error["detail"] for name in GROUPS)


def test_a_list_has_no_facets_unless_it_is_asked_for_some(client: FlaskClient) -> None:
    assert get(client)["facets"] is None


def test_facets_do_not_change_what_a_cursor_belongs_to(client: FlaskClient) -> None:
    first = get(client, limit=5, facets="size")

    second = get(client, limit=5, cursor=first["next"])

    assert second["items"]


@pytest.mark.parametrize("filters", [{}, {"family": "le-city", "material": "arena", "q": "city"}])
def test_facets_take_three_statements_and_one_a_group(
    app: Flask, client: FlaskClient, filters: dict[str, str]
) -> None:
    for groups in (GROUPS, ("price",), ("material", "available")):
        with _counted(app) as statements:
            get(client, **filters, facets=",".join(groups))

        assert len(statements) <= 3 + len(groups)


@contextmanager
def _counted(app: Flask) -> Iterator[list[str]]:
    statements: list[str] = []

    def remember(*args: Any) -> None:
        # The words of the search are held: they are asked for once a second, whoever comes.
        if not re.search(r"FROM search_(state|word|name)\b", args[2]):
            statements.append(args[2])

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", remember)
    yield statements
    event.remove(engine, "before_cursor_execute", remember)
