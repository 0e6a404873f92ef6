"""After an edit of one entry the index is what a whole one of the catalogue would be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Table, select

from shop.catalogue.models import Product
from shop.kit.db import db, transaction
from shop.search.index import reindex
from shop.search.models import SearchDocument, SearchName, SearchState, SearchWord
from shop.search.sources import all_names, read_sources
from shop.search.words import title_of
from tests.owner import Owner

BAG = "/products/le-city-bag-medium"
FUTURE = "2100-01-01T00:00:00Z"


def index(app: Flask) -> dict[str, list[dict[str, Any]]]:
    """Return all rows of the index."""
    tables: list[Any] = [SearchDocument.__table__, SearchWord.__table__, SearchName.__table__]
    with app.app_context():
        return {table.name: _rows(table) for table in tables}


def _rows(table: Table) -> list[dict[str, Any]]:
    return [dict(row) for row in db.session.execute(select(table).order_by(*table.primary_key)).mappings()]


def _is_exact(app: Flask) -> None:
    """Look whether a whole index says the same, and the engine's own kind of index, too."""
    followed = index(app)
    with app.app_context():
        version = db.session.scalar(select(SearchState.version))
        with transaction() as session:
            reindex(session)
        db.session.rollback()
        whole = index(app)
        for table, rows in whole.items():
            assert [row for row in followed[table] if row not in rows] == [], table
            assert [row for row in rows if row not in followed[table]] == [], table
        assert db.session.scalar(select(SearchState.version)) == version


def _a_word_told_of(app: Flask) -> str:
    """Return a word of what is told of a family, which no name has."""
    with app.app_context():
        session = db.session()
        sources = read_sources(session, lambda _words: all_names(session))
        bag = session.scalars(select(Product).where(Product.slug == "le-city-bag-medium")).one()
        story = session.scalars(select(SearchDocument.story).where(SearchDocument.product_id == bag.id)).one()
        return min(sources.heritage[bag.family_id] & set(story.split()) - sources.naming)


Edits = Iterator[Callable[[], Any]]


def _edits(owner: Owner, app: Flask) -> Edits:
    write = partial(owner.writes, headers={"If-Match": "*"})

    def bag(**change: Any) -> Callable[[], Any]:
        return lambda: write("PATCH", BAG, json=change)

    told = _a_word_told_of(app)
    whole = owner.gets(BAG).json
    sku = whole["variants"][0]["style_code"].replace(" ", "")
    with app.app_context():
        other = db.session.scalars(
            select(Product.slug).where(Product.kind == "bag", Product.slug != "le-city-bag-medium").limit(1)
        ).one()
    hero = owner.gets(f"/products/{other}").json["family"]
    # A name of its own, one that is told of families, one that is another's title written as one word.
    yield bag(name=f"Quokka {told}")
    yield bag(name=title_of(whole["name"]), aliases=["Two Words"])
    yield bag(aliases=["twowords"])
    yield bag(name=whole["name"], aliases=whole.get("aliases"))
    # Times: of one, of another with the same words, and none again.
    yield bag(publish_at=FUTURE, edition="Wombat")
    yield lambda: write("PATCH", f"/products/{other}", json={"publish_at": FUTURE, "edition": "Wombat"})
    yield bag(publish_at="2101-01-01T00:00:00Z")
    yield bag(publish_at=None, edition=None)
    # Campaigns: for good, with times, with another cast, under another hero.
    campaign = {"slug": "numbat", "name": "Numbat days", "season": "Winter 2026", "hero_family": "le-city"}
    yield lambda: write("POST", "/campaigns", json=campaign)
    yield lambda: write("PATCH", "/campaigns/numbat", json={"publish_at": FUTURE})
    yield bag(publish_at=FUTURE)
    yield bag(publish_at=None)
    yield lambda: write("PATCH", "/campaigns/numbat", json={"hero_family": hero, "publish_at": None})
    yield lambda: write("DELETE", "/campaigns/numbat")
    # What a bag is made of, and whether it is there at all.
    yield lambda: write("PATCH", f"/variants/{sku}", json={"label": "Dugong", "colour": "black"})
    yield lambda: write("DELETE", f"/variants/{sku}")
    yield lambda: write("DELETE", f"/products/{other}")
    yield lambda: write(
        "POST",
        "/bulk",
        json={"rows": [{"target": "product:le-city-bag-medium", "set": {"name": "Potoroo", "weight_g": 1}}]},
    )
    yield lambda: write("DELETE", BAG)


def test_an_edit_leaves_the_index_that_a_whole_one_would(app: Flask) -> None:
    owner = Owner.of(app)
    _is_exact(app)

    for number, edit in enumerate(_edits(owner, app)):
        answer = edit()

        assert answer.status_code < 300, (number, answer.text)
        try:
            _is_exact(app)
        except AssertionError as error:
            pytest.fail(f"after edit {number}: {error}")
