"""Words and names of what is not published are unknown to search, and known from its moment on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select, update

from shop.catalogue.models import Campaign, Family, Product
from shop.kit.clock import clock
from shop.kit.db import db, transaction
from shop.payments.double import StripeDouble
from shop.search.index import reindex
from shop.search.models import SearchWord
from shop.search.vocabulary import HELD_SECONDS
from shop.search.words import MARK
from tests.conftest import Databases
from tests.discovery import embargo
from tests.discovery.browsing import every, get, slugs
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
    shown_by_the_campaign = slugs(every(client, family="le-city"))
    for q in queries:
        found = slugs(every(client, q=q))
        if q == SKUS[0]:
            assert found == BAGS[:1]
        else:
            # Its own name counts more than that of the campaign which shows it.
            assert sorted(found[:2]) == BAGS, q
            expected = {*BAGS, *shown_by_the_campaign} if q != "wiblewobble" else {*BAGS}
            assert set(found) == expected, q
    assert get(client, q="wible")["corrected"] == {"from": "wible", "to": "wibble"}
    assert suggested(client, "wibb")[0] == f"family:{FAMILY}"
    assert {f"product:{slug}" for slug in BAGS} <= set(suggested(client, "wible"))


def test_words_that_a_process_holds_end_at_the_moment_and_not_a_second_later(client: FlaskClient) -> None:
    # Half a second before, or before that where the machine is slow: it is looked at in any case.
    wait_until(COMES_OUT, but=timedelta(seconds=0.5))
    get(client, q="wible")

    wait_until(COMES_OUT)
    assert sorted(slugs(get(client, q="wible")["items"])[:2]) == BAGS


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
    schedule(app, Campaign, embargo.CAMPAIGN, publish_at=second)

    for moment, names in ((first, [FAMILY]), (second - timedelta(days=1), []), (second, [])):
        wait_until(moment)
        assert [each.split(":")[1] for each in suggested(client, "wibb") if "family:" in each] == names
        assert client.get(f"/v1/families/{FAMILY}").status_code == (200 if names else 404)
        corrected = get(client, q="wible")["corrected"]
        assert bool(corrected) == (moment != second - timedelta(days=1)), moment


def answers(client: FlaskClient, *queries: str) -> dict[str, Any]:
    """Return all that searches tell: hits in their order, corrections, suggestions."""
    pages = {q: get(client, q=q, limit=100) for q in queries}
    return {q: (slugs(page["items"]), page["corrected"], suggested(client, q)) for q, page in pages.items()}


def test_a_campaigns_words_and_people_come_and_go_with_it(app: Flask, client: FlaskClient) -> None:
    """Patricia Field is in one campaign only: in its cast, and seen with a Neo Cagole.

    What is found at its moment, without any indexing, is what is found where it has no times, in the
    same order; before and afterwards, what is found where it was never shown.
    """
    queries = ("patricia field", "field", "patric", "patricia fi", "closet 2024", "city patricia", "patrica")
    always = answers(client, *queries)
    assert any("neo-cagole" in slug for slug in always["patricia field"][0])
    assert any("le-city" in slug for slug in always["patricia field"][0])
    assert "person:patricia-field" in always["patric"][2]
    assert always["patrica"][1] == {"from": "patrica", "to": "patricia"}

    schedule(app, Campaign, "closet-2024", unpublish_at=clock.now() - timedelta(days=1))
    clock.advance(timedelta(seconds=HELD_SECONDS))
    never = answers(client, *queries)
    assert never["patricia field"] == ([], None, [])

    ends = COMES_OUT + timedelta(days=1)
    schedule(app, Campaign, "closet-2024", publish_at=COMES_OUT, unpublish_at=ends)
    for moment, is_shown in (
        (COMES_OUT - timedelta(seconds=30), False),
        (COMES_OUT, True),
        (ends - timedelta(seconds=30), True),
        (ends, False),
    ):
        wait_until(moment)
        assert without_secrets(answers(client, *queries)) == (always if is_shown else never), moment


def without_secrets(told: dict[str, Any]) -> dict[str, Any]:
    """Leave out what else has appeared meanwhile."""

    def known(found: list[str]) -> list[str]:
        return [slug for slug in found if embargo.SECRET not in slug]

    return {q: (known(found), corrected, known(names)) for q, (found, corrected, names) in told.items()}


def test_a_campaigns_words_wait_for_its_hero(app: Flask, client: FlaskClient) -> None:
    """Without times of its own it is absent while nothing of its hero's family is published."""
    hero = select(Family.id).where(Family.slug == FAMILY).scalar_subquery()
    schedule(app, Campaign, "closet-2024", hero_family_id=hero)

    wait_until(COMES_OUT, but=timedelta(seconds=30))
    assert answers(client, "patricia field") == {"patricia field": ([], None, [])}

    wait_until(COMES_OUT)
    assert any("le-city" in slug for slug in answers(client, "patricia field")["patricia field"][0])
    assert "person:patricia-field" in suggested(client, "patricia f")


def test_the_mark_of_a_campaigns_words_cannot_be_typed(app: Flask, client: FlaskClient) -> None:
    schedule(app, Campaign, "closet-2024", publish_at=COMES_OUT)
    with app.app_context():
        marked = [word for word in db.session.scalars(select(SearchWord.word)) if MARK in word]

    wait_until(COMES_OUT, but=timedelta(seconds=30))
    assert [word for word in marked if word.endswith("patricia")]
    for word in marked:
        assert get(client, q=word)["items"] == [], word


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
