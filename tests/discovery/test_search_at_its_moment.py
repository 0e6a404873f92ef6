"""Words and names of what is not published are unknown to search, and known from its moment on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, update

from shop.catalogue.models import Campaign, Product
from shop.kit.clock import clock
from shop.kit.db import db, transaction
from shop.payments.double import StripeDouble
from shop.search.index import reindex
from shop.search.vocabulary import HELD_SECONDS
from tests.conftest import Databases
from tests.discovery import embargo
from tests.discovery.browsing import get, slugs
from tests.discovery.embargo import COMES_OUT, FAMILY, SKUS, wait_until

BAGS = ["wibble-bag", "wibble-city-bag"]


@pytest.fixture
def app(databases: Databases, tmp_path: Path, double: StripeDouble) -> Iterator[Flask]:
    """The shop on the real catalogue with something that is not out yet."""
    yield from embargo.running(databases, tmp_path, double)


def suggested(client: FlaskClient, q: str) -> list[str]:
    answer = client.get("/v1/suggest", query_string={"q": q, "limit": 20})
    assert answer.status_code == 200, answer.text
    return [f"{item['type']}:{item['slug']}" for item in answer.json["items"]]


def schedule(app: Flask, model: Any, slug: str, **times: Any) -> None:
    """Say when something is shown, as a seed would."""
    with app.app_context(), transaction() as session:
        session.execute(update(model).where(model.slug == slug).values(**times))
        reindex(session)


def test_a_word_that_only_a_secret_has_is_unknown_until_its_moment(client: FlaskClient) -> None:
    queries = ["wibble", "wibb", "wible", "wiblewobble", SKUS[0]]

    wait_until(COMES_OUT, but=timedelta(seconds=30))
    for q in queries:
        page = get(client, q=q)
        # Not one published bag either: "Wibble Campaign" shows Le City, and is to come itself.
        assert (page["items"], page["corrected"]) == ([], None), q
        assert suggested(client, q) == [], q

    wait_until(COMES_OUT)
    for q in queries:
        expected = BAGS[:1] if q == SKUS[0] else BAGS
        assert sorted(slugs(get(client, q=q)["items"])) == expected, q
    assert get(client, q="wible")["corrected"] == {"from": "wible", "to": "wibble"}
    assert suggested(client, "wibb")[0] == f"family:{FAMILY}"
    assert {f"product:{slug}" for slug in BAGS} <= set(suggested(client, "wible"))


def test_words_that_a_process_holds_end_at_the_moment_and_not_a_second_later(client: FlaskClient) -> None:
    # Half a second before, or before that where the machine is slow: it is looked at in any case.
    wait_until(COMES_OUT, but=timedelta(seconds=0.5))
    get(client, q="wible")

    wait_until(COMES_OUT)
    assert sorted(slugs(get(client, q="wible")["items"])) == BAGS


def test_what_is_taken_back_is_neither_suggested_nor_what_was_meant(app: Flask, client: FlaskClient) -> None:
    ends = (clock.now() + timedelta(hours=1)).replace(microsecond=0)
    schedule(app, Product, "twiggy", unpublish_at=ends)

    wait_until(ends, but=timedelta(seconds=30))
    assert slugs(get(client, q="twigy")["items"]) == ["twiggy"]

    wait_until(ends)
    page = get(client, q="twigy")
    assert (page["items"], page["corrected"]) == ([], None)
    assert "product:twiggy" not in suggested(client, "twigg")


def test_no_name_is_suggested_in_the_pause_between_two_bags_that_have_it(
    app: Flask, client: FlaskClient
) -> None:
    first, second = COMES_OUT, COMES_OUT + timedelta(days=2)
    schedule(app, Product, BAGS[1], publish_at=second)
    schedule(app, Product, BAGS[0], publish_at=first, unpublish_at=second - timedelta(days=1))
    schedule(app, Product, "wibble-strap", publish_at=second)

    for moment, names in ((first, [FAMILY]), (second - timedelta(days=1), []), (second, [])):
        wait_until(moment)
        assert [each.split(":")[1] for each in suggested(client, "wibb") if "family:" in each] == names
        assert client.get(f"/v1/families/{FAMILY}").status_code == (200 if names else 404)
        corrected = get(client, q="wible")["corrected"]
        assert bool(corrected) == (moment != second - timedelta(days=1)), moment


def test_no_bag_is_found_by_the_people_of_a_campaign_to_come(app: Flask, client: FlaskClient) -> None:
    """Patricia Field is in one campaign only: in its cast, and seen with a Neo Cagole."""
    by_cast_and_sighting = slugs(get(client, q="patricia field", limit=100)["items"])
    assert any("neo-cagole" in slug for slug in by_cast_and_sighting)
    assert any("le-city" in slug for slug in by_cast_and_sighting)
    assert "person:patricia-field" in suggested(client, "patricia f")

    schedule(app, Campaign, "closet-2024", publish_at=COMES_OUT)
    wait_until(COMES_OUT, but=timedelta(seconds=30))
    assert get(client, q="patricia field")["items"] == []
    assert "person:patricia-field" not in suggested(client, "patricia f")

    wait_until(COMES_OUT)
    # A campaign's words come with the next indexing.
    schedule(app, Campaign, "closet-2024", publish_at=COMES_OUT)
    clock.advance(timedelta(seconds=HELD_SECONDS))
    found = slugs(get(client, q="patricia field", limit=100)["items"])
    assert set(by_cast_and_sighting) <= set(found)


def test_looking_whether_a_moment_came_costs_no_statement_more(app: Flask, client: FlaskClient) -> None:
    get(client, q="city")
    statements: list[str] = []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))

    clock.advance(timedelta(seconds=5))
    get(client, q="city")

    (looked,) = [each for each in statements if "search_state" in each]
    assert "search_word" not in looked
    assert not [each for each in statements if "search_word" in each]
