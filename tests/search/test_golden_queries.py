"""What shoppers type finds what they mean, on both engines alike: ``golden.yaml``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from flask.testing import FlaskClient

from shop.app import create_app
from tests.conftest import dispose, migrate_and_seed, settings_for
from tests.databases import PostgresDatabases, SqliteDatabases
from tests.discovery.browsing import get, slugs

GOLDEN: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "golden.yaml").read_text())


def test_there_are_enough_of_them_to_mean_something() -> None:
    assert len(GOLDEN) >= 60
    assert len({golden["q"] for golden in GOLDEN}) == len(GOLDEN)
    assert all("first" in golden or golden["hits"] == 0 for golden in GOLDEN)


def test_golden_queries_find_first_what_is_meant(client: FlaskClient) -> None:
    wrong = []
    for golden in GOLDEN:
        page = get(client, q=golden["q"], limit=100)
        found, first = slugs(page["items"]), golden.get("first", [])
        corrected = page["corrected"] and page["corrected"]["to"]
        right = found[: len(first)] == first and len(found) == golden.get("hits", len(found))
        if not right or corrected != golden.get("to"):
            wrong.append((golden, len(found), corrected, found[:5]))

    assert wrong == []


def test_both_engines_rank_alike(
    sqlite_databases: SqliteDatabases, postgresql_databases: PostgresDatabases
) -> None:
    found: list[list[Any]] = []
    for databases in (sqlite_databases, postgresql_databases):
        with databases.copy(databases.template("seeded", migrate_and_seed)) as url:
            app = create_app(settings_for(url))
            client = app.test_client()
            pages = [get(client, q=golden["q"], limit=100, kind=kind)
                     for golden in GOLDEN for kind in ("bag", "accessory")]  # fmt: skip
            found.append([(slugs(page["items"]), page["corrected"]) for page in pages])
            dispose(app)

    assert sum(len(hits) for hits, _ in found[0]) > 500
    assert found[0] == found[1]
