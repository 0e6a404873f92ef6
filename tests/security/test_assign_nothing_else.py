"""No column can be set over HTTP that is not input: each is sent to each write once, and refused by name.

Columns are those of the live models and fields those of the live document, so that neither a new
column nor a new write has to be named here.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest
from flask import Flask

from shop.app import create_app
from shop.kit.db import Base
from shop.payments.double import InProcessHTTPClient, StripeDouble
from tests.conftest import dispose, migrate_and_seed, settings_for
from tests.databases import SqliteDatabases
from tests.security.asked import Operation, objects, operations, put, right_body, send
from tests.security.callers import World
from tests.security.fuzzing import UNLIMITED
from tests.security.held import changed, held

#: What a column of a type could be set to.
VALUES: dict[type, Any] = {
    str: "x",
    int: 1,
    bool: True,
    dict: {},
    list: [],
    bytes: "eA==",
    UUID: "00000000-0000-4000-8000-000000000000",
    datetime: datetime(2026, 1, 1, tzinfo=UTC).isoformat(),
    date: "2026-01-01",
}


def columns() -> dict[str, Any]:
    """Return each name of a column, and a value that would fit it."""
    return {
        column.name: VALUES.get(column.type.python_type, "x")
        for table in Base.metadata.tables.values()
        for column in table.columns
    }


@pytest.fixture
def world(seeded_url: str, double: StripeDouble) -> Iterator[World]:
    app = create_app(settings_for(seeded_url, **UNLIMITED), stripe_client=InProcessHTTPClient(double))
    yield World.of(app, double)
    dispose(app)


def writes(app: Flask) -> list[Operation]:
    return [operation for operation in operations(app) if operation.method != "get"]


def unknown_fields(answer: Any, place: str) -> set[str]:
    """Return what an answer refuses as unknown: pointers into the body, or parameters."""
    faults = (answer.json or {}).get("errors", []) if answer.status_code == 422 else []
    # The second is what seed files say, whose schemas read entries.
    return {
        fault.get(place) for fault in faults if fault["detail"].startswith(("Unknown field.", "unknown key"))
    }


def test_a_column_that_is_no_field_is_refused_wherever_a_body_is_read(
    sqlite_databases: SqliteDatabases, double: StripeDouble
) -> None:
    """At each object of each body; every fault is told at once, so that each column must be named.

    They are refused before a database is asked: one engine will do.
    """
    with sqlite_databases.copy(sqlite_databases.template("seeded", migrate_and_seed)) as url:
        app = create_app(settings_for(url, **UNLIMITED), stripe_client=InProcessHTTPClient(double))
        _send_each_column(World.of(app, double))
        dispose(app)


def said_of_any_entry(name: str) -> bool:
    """Whether any entry of a seed may say it of itself, so that it sets no column of another table."""
    return name in {"note", "is_disputed", "is_illustrative"} or name.endswith("_note")


def _send_each_column(world: World) -> None:
    before, tried, taken = held(world.app), 0, []
    for operation in writes(world.app):
        if not operation.takes_json:
            continue
        for pointer, schema in objects(operation.spec, operation.body_schema):
            body, sent = right_body(world, operation), set()
            for name, value in columns().items():
                if name not in schema["properties"] and not (operation.is_entry and said_of_any_entry(name)):
                    body = put(body, f"{pointer}/{name}", value)
                    sent.add(f"{pointer}/{name}")
            answer = send(world, operation, body=body)
            tried += len(sent)
            left = sorted(sent - unknown_fields(answer, "pointer"))
            taken += [f"{operation.label} {place}: {answer.status_code}" for place in left]

    assert taken == []
    assert tried > 1_000
    assert changed(before, held(world.app)) == set()


def test_a_column_in_the_query_of_a_write_is_refused(world: World) -> None:
    """All in one request: every fault is told at once, so that each must be named."""
    before = held(world.app)
    for operation in writes(world.app):
        if operation.path.startswith("/webhooks"):
            continue  # its signature is asked for first; what is signed is its body
        known = {parameter["name"] for parameter in operation.parameters()}
        sent = {name: value for name, value in columns().items() if name not in known}

        answer = send(world, operation, query=urlencode(sent))

        assert unknown_fields(answer, "parameter") == set(sent), operation.label
    assert changed(before, held(world.app)) == set()
