"""Suggestions while a shopper types."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from shop.kit.db import db
from tests.discovery.browsing import get


def suggest(client: FlaskClient, q: str, **params: Any) -> list[str]:
    """Return the suggestions as ``type:name``."""
    answer = client.get("/v1/suggest", query_string={"q": q, **params})
    assert answer.status_code == 200, answer.text
    return [f"{item['type']}:{item['name']}" for item in answer.json["items"]]


#: What is typed, and the suggestion that must come first.
BEGINNINGS = {
    "hou": "family:Hourglass",
    "le c": "family:Le City",
    "CAG": "family:Le Cagole",
    "bla": "colour:Black",
    "espr": "colour:Espresso",
    "noir": "colour:Black",
    "chèv": "material:chèvre (goatskin)",
    "chev": "material:chèvre (goatskin)",
    "spazz": "material:spazzolato calfskin",
    "heart m": "detail:Heart mirror",
    "Ghesqui": "person:Nicolas Ghesquière",
    "kardash": "person:Kim Kardashian",
    "hourglass xs": "product:Hourglass Handbag XS",
    "twig": "product:Twiggy",
    "G21": "hardware:Giant silver (GSH, G21)",
    "motoc": "family:Motorcycle line",
}
MISSPELT = {
    "hougl": "family:Hourglass",  # unfinished, too
    "cagolle": "family:Le Cagole",
    "crocadil": "detail:Crocodile-embossed calfskin",
    "kardsh": "person:Kim Kardashian",
    "twiggi": "product:Twiggy",
}


def test_the_beginning_of_a_name_suggests_it(client: FlaskClient) -> None:
    assert {typed: suggest(client, typed)[0] for typed in BEGINNINGS} == BEGINNINGS


def test_a_misspelt_beginning_suggests_the_nearest(client: FlaskClient) -> None:
    assert {typed: suggest(client, typed)[0] for typed in MISSPELT} == MISSPELT
    for typed in MISSPELT:
        corrected = client.get(f"/v1/suggest?q={typed}").json["corrected"]
        assert corrected["from"] == typed != corrected["to"]


def test_an_alias_is_told_where_it_was_what_fitted(client: FlaskClient) -> None:
    items = client.get("/v1/suggest?q=lariat").json["items"]

    assert ("family", "motorcycle", "Lariat") in [
        (each["type"], each["slug"], each["alias"]) for each in items
    ]


def test_what_is_suggested_can_be_asked_for(client: FlaskClient) -> None:
    for typed in ("le", "hou", "arena", "bla", "studs", "gold", "kate", "rh"):
        for item in client.get(f"/v1/suggest?q={typed}&limit=20").json["items"]:
            if item["type"] == "product":
                assert client.get(f"/v1/products/{item['slug']}").status_code == 200
                continue
            query = {"q": item["name"]} if item["type"] == "person" else {item["type"]: item["slug"]}
            both = ("bag", "accessory")
            assert any(get(client, **query, kind=kind)["items"] for kind in both), item


def test_no_more_come_than_are_asked_for(client: FlaskClient) -> None:
    for limit in (1, 2, 5, 20):
        found = suggest(client, "le", limit=limit) + suggest(client, "hourglass", limit=limit)

        assert len(found) <= 2 * limit
    assert len(suggest(client, "le")) == 8


def test_products_have_room_beside_names(client: FlaskClient) -> None:
    kinds = [each.split(":")[0] for each in suggest(client, "hourglass")]

    assert kinds.count("product") == 4


def test_products_with_a_price_in_the_market_come_first(client: FlaskClient) -> None:
    in_the_house, in_korea = (
        [each for each in suggest(client, "cagole", market=market, limit=20) if "product:" in each]
        for market in ("US", "KR")
    )

    assert in_the_house[0] == "product:Le Cagole Shoulder Bag XS"
    assert in_korea[0] == "product:Neo Cagole Handbag XS"  # the only one with a price there


def test_signs_and_strange_words_suggest_nothing(client: FlaskClient) -> None:
    for typed in ("", "***", '"', "NEAR(", "the", "zzzzq", "latte"):
        assert suggest(client, typed) == [], typed


def test_a_parameter_of_the_wrong_form_is_named(client: FlaskClient) -> None:
    many_words = "+".join(f"w{n}" for n in range(13))
    for query, parameter in (
        ("", "q"), ("q=a&limit=21", "limit"), ("q=a&limit=0", "limit"), ("q=a&sort=name", "sort"),
        ("q=" + "a" * 201, "q"), (f"q={many_words}", "q"),
    ):  # fmt: skip
        answer = client.get(f"/v1/suggest?{query}")

        assert answer.status_code == 422
        assert answer.json["errors"][0]["parameter"] == parameter, query


def test_an_unknown_market_is_refused(client: FlaskClient) -> None:
    assert client.get("/v1/suggest?q=le&market=XX").json["code"] == "unknown_market"


def test_suggestions_take_three_statements_at_most(app: Flask, client: FlaskClient) -> None:
    suggest(client, "words are read when first needed")
    statements: list[str] = []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))

    for typed in ("h", "le city", "cagolle", "black arena handbag mini"):
        statements.clear()
        suggest(client, typed)
        assert len(statements) <= 3, typed
