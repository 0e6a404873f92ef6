"""Searching the product list: order, pages, bounds, statements, and words that change."""

from __future__ import annotations

import time
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, text, update

from shop.catalogue.models import Product, Variant
from shop.cli import cli
from shop.kit.db import db, transaction
from shop.search.index import reindex
from shop.search.models import SearchDocument, SearchState
from shop.search.queries import MAX_WORDS, search
from shop.search.vocabulary import HELD_SECONDS
from shop.seeding import service as seeding
from tests.conftest import SEED
from tests.discovery.browsing import every, get, slugs


def found_soon(client: FlaskClient, q: str, expected: list[str]) -> bool:
    """Whether a query finds this within the time that a process may hold its words."""
    give_up = time.monotonic() + HELD_SECONDS + 1
    while time.monotonic() < give_up:
        if slugs(every(client, q=q)) == expected:
            return True
        time.sleep(0.1)
    return False


def test_what_fits_best_comes_first_unless_another_order_is_asked_for(client: FlaskClient) -> None:
    named = slugs(every(client, q="classic city", sort="name"))
    fitting = slugs(every(client, q="classic city"))

    assert fitting[0] == "classic-city"
    assert fitting == slugs(every(client, q="classic city", sort="relevance"))
    assert fitting != named
    assert sorted(fitting) == sorted(named)


def test_without_words_relevance_is_the_merchandisers_order(client: FlaskClient) -> None:
    assert slugs(every(client, sort="relevance")) == slugs(every(client))


def test_pages_by_relevance_put_together_are_the_whole_list_once(client: FlaskClient) -> None:
    for q in ("le city", "classic city", "large", "heart mirror"):
        whole = slugs(every(client, q=q))

        assert len(whole) == len(set(whole)) > 3
        assert slugs(every(client, q=q, limit=3)) == whole, q


def test_a_page_by_relevance_stays_right_while_products_come(app: Flask, client: FlaskClient) -> None:
    whole = slugs(every(client, q="heart mirror"))
    first = get(client, q="heart mirror", limit=3)
    with app.app_context(), transaction() as session:
        # Le Dix becomes a heart mirror itself: its place is before the cursor, in the best column.
        session.execute(update(Product).where(Product.slug == "first").values(name="Heart mirror"))
        reindex(session)

    assert found_soon(client, "heart mirror", ["first", *whole])
    rest, cursor = [], first["next"]
    while cursor:
        page = get(client, q="heart mirror", limit=3, cursor=cursor)
        rest += slugs(page["items"])
        cursor = page["next"]
    assert slugs(first["items"]) + rest == whole


def test_a_cursor_of_other_words_is_refused(client: FlaskClient) -> None:
    cursor = get(client, q="city", limit=3)["next"]

    answer = client.get("/v1/products", query_string={"q": "hourglass", "cursor": cursor})

    assert (answer.status_code, answer.json["code"]) == (422, "bad_cursor")


def test_words_and_filters_combine(client: FlaskClient) -> None:
    assert slugs(every(client, q="city", size="nano")) == ["city-nano-heritage", "neo-classic-handbag-nano"]
    assert slugs(every(client, q="strap", kind="accessory")) == ["replacement-shoulder-strap"]


def test_corrections_are_told(client: FlaskClient) -> None:
    assert get(client, q="Houglass, XS!")["corrected"] == {"from": "houglass xs", "to": "hourglass xs"}
    assert get(client, q="hourglass xs")["corrected"] is None
    assert get(client)["corrected"] is None


def test_codes_and_short_words_are_never_corrected(client: FlaskClient) -> None:
    for q in ("G22", "8230582AA9S1001", "velo1", "c1ty", "RHH", "XD"):
        page = get(client, q=q)

        assert (page["items"], page["corrected"]) == ([], None)


def test_a_query_without_bounds_is_refused_clearly(client: FlaskClient) -> None:
    for q, told in {
        "city " * 41: "length",
        " ".join(f"word{n}" for n in range(MAX_WORDS + 1)): "at most 12 words",
        "city\0": "control characters",
    }.items():
        answer = client.get("/v1/products", query_string={"q": q})

        assert answer.status_code == 422
        (error,) = answer.json["errors"]
        assert error["parameter"] == "q"
        assert told in error["detail"].lower()


def test_many_words_are_searched_for(client: FlaskClient) -> None:
    q = "le city bag medium black arena leather large studs laced zipper pulls"

    assert len(q.split()) == MAX_WORDS
    assert slugs(every(client, q=q)) == ["le-city-bag-medium"]


def test_a_search_takes_four_statements_once_the_words_are_held(app: Flask, client: FlaskClient) -> None:
    get(client, q="city")
    statements: list[str] = []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))

    get(client, q="classic cty blak", family="motorcycle")

    assert len(statements) <= 4


def test_a_product_is_found_by_its_new_name_and_no_more_by_its_old_one(
    app: Flask, client: FlaskClient
) -> None:
    assert slugs(every(client, q="twiggy")) == ["twiggy"]

    with app.app_context(), transaction() as session:
        session.execute(update(Product).where(Product.slug == "twiggy").values(name="Barrel"))
        reindex(session)

    assert found_soon(client, "barrel", ["twiggy"])
    assert found_soon(client, "barel", ["twiggy"])
    assert every(client, q="twiggy") == []


def test_a_retired_variant_takes_its_words_along(app: Flask, client: FlaskClient) -> None:
    assert slugs(every(client, q="rodeo khaki")) == ["rodeo-handbag-mini"]
    with app.app_context(), transaction() as session:
        khaki = session.scalar(
            db.select(Variant.id).join(Variant.colour).where(text("colour.slug = 'khaki'"))
        )
        session.execute(update(Variant).where(Variant.id == khaki).values(is_retired=True))
        reindex(session)
    assert found_soon(client, "rodeo khaki", [])

    with app.app_context(), transaction() as session:
        session.execute(update(Variant).values(is_retired=True))
        reindex(session)
        assert session.scalar(db.select(db.func.count()).select_from(SearchDocument)) == 0


def test_a_search_and_its_catalogue_change_together_or_not_at_all(app: Flask, client: FlaskClient) -> None:
    with pytest.raises(RuntimeError), app.app_context(), transaction() as session:  # noqa: PT012
        session.execute(update(Product).where(Product.slug == "twiggy").values(name="Barrel"))
        reindex(session)
        raise RuntimeError("after the index, before the commit")

    assert slugs(every(client, q="twiggy")) == ["twiggy"]
    assert not found_soon(client, "barrel", ["twiggy"])


def test_indexing_again_writes_nothing(app: Flask) -> None:
    with app.app_context():
        before = db.session.scalar(db.select(SearchState.version))
        with transaction() as session:
            reindex(session)

        assert db.session.scalar(db.select(SearchState.version)) == before == 1


@pytest.mark.parametrize("how", ["seed apply", "search reindex"])
def test_a_database_filled_by_an_older_release_is_indexed(app: Flask, client: FlaskClient, how: str) -> None:
    with app.app_context(), transaction() as session:
        for table in ("search_index", "search_document", "search_word", "search_name", "search_state"):
            if table == "search_index" and session.get_bind().dialect.name == "sqlite":
                session.execute(text("INSERT INTO search_index (search_index) VALUES ('delete-all')"))
            else:
                session.execute(text(f"DELETE FROM {table}"))
    assert every(client, q="twiggy") == []

    if how == "seed apply":
        with app.app_context():
            assert seeding.apply(SEED).changes == 0
    else:
        assert app.test_cli_runner().invoke(cli, ["search", "reindex"]).exit_code == 0

    assert found_soon(client, "twiggy", ["twiggy"])
    assert found_soon(client, "twigy", ["twiggy"])


def test_the_index_holds_what_the_documents_say(app: Flask) -> None:
    """FTS5 keeps no text, so a row removed with other words than it was added with would stay."""
    with app.app_context(), transaction() as session:
        session.execute(update(Product).values(name=Product.name + " anew"))
        reindex(session)
        session.execute(update(Variant).where(Variant.position > 1).values(is_retired=True))
        reindex(session)
        documents = session.execute(db.select(SearchDocument)).scalars().all()
        if session.get_bind().dialect.name == "sqlite":
            # Compares every entry with the content; raises where they differ.
            check = "INSERT INTO search_index (search_index, rank) VALUES ('integrity-check', 1)"
            session.execute(text(check))
            return
        rows = session.execute(text("SELECT product_id, tsvector_to_array(words) FROM search_index"))
        held = {product_id: sorted(words) for product_id, words in rows}

    assert held == {
        each.product_id: sorted(f"{each.name} {each.alias} {each.trait} {each.story}".split())
        for each in documents
    }


def test_the_engine_answers_from_its_index(app: Flask) -> None:
    asked: list[tuple[str, Any]] = []
    with app.app_context(), db.engine.connect() as connection:
        event.listen(db.engine, "before_cursor_execute", lambda *args: asked.append((args[2], args[3])))
        db.session.execute(db.select(search(db.session(), "classic city blac").hits)).all()
        (statement, parameters) = next(each for each in asked if "search_index" in each[0])
        on_postgresql = connection.dialect.name == "postgresql"
        if on_postgresql:  # fifty products are read as fast one by one
            connection.exec_driver_sql("SET enable_seqscan = off")
            connection.exec_driver_sql("SET enable_indexscan = off")
        explain = "EXPLAIN" if on_postgresql else "EXPLAIN QUERY PLAN"
        plan = [str(row[-1]) for row in connection.exec_driver_sql(f"{explain} {statement}", parameters)]

    if on_postgresql:
        assert [line for line in plan if "Bitmap Index Scan on ix_search_index_words" in line], plan
    else:
        reads = [line for line in plan if line.startswith("SCAN") and "search_index" in line]
        assert reads
        assert all("VIRTUAL TABLE INDEX" in line and ":M" in line for line in reads), plan
