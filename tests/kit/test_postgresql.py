"""PostgreSQL: bounded waits, and lost connections that nobody notices."""

from __future__ import annotations

import time
from collections.abc import Iterator

import psycopg
import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from shop.app import create_app
from shop.kit import deadline
from shop.kit.db import db
from tests.conftest import dispose, settings_for
from tests.databases import PostgresDatabases


@pytest.fixture
def shop(postgresql_databases: PostgresDatabases) -> Iterator[Flask]:
    with postgresql_databases.copy(postgresql_databases.template("bare", lambda _url: None)) as url:
        app = create_app(settings_for(url))
        with app.app_context():
            yield app
        dispose(app)


@pytest.fixture
def operator(shop: Flask) -> Iterator[psycopg.Connection[tuple[int]]]:
    """A connection of the test's own to the shop's database."""
    url = make_url(db.engine.url).set(drivername="postgresql")
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as connection:
        yield connection


def backends(operator: psycopg.Connection[tuple[int]]) -> set[int]:
    rows = operator.execute(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    return {pid for (pid,) in rows}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("lock_timeout", "2s"),
        ("statement_timeout", "5s"),
        ("idle_in_transaction_session_timeout", "10s"),
        ("TimeZone", "UTC"),
    ],
)
def test_the_server_ends_what_takes_too_long(shop: Flask, name: str, value: str) -> None:
    assert db.session().scalar(text(f"SHOW {name}")) == value


def test_a_vanished_server_is_noticed_within_ten_seconds(shop: Flask) -> None:
    with db.engine.connect() as connection:
        found = connection.connection.dbapi_connection.info.get_parameters()  # type: ignore[union-attr]

    assert int(found["tcp_user_timeout"]) < 10_000
    assert int(found["keepalives_idle"]) + 2 * int(found["keepalives_interval"]) < 10
    assert int(found["connect_timeout"]) < 10


def test_a_connection_that_the_server_closed_while_idle_is_replaced_unseen(
    shop: Flask, operator: psycopg.Connection[tuple[int]]
) -> None:
    db.session().execute(text("SELECT 1"))
    db.session.remove()
    before = backends(operator)
    assert before

    for pid in before:
        operator.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))

    assert db.session().scalar(text("SELECT 1")) == 1
    assert backends(operator).isdisjoint(before)


def test_a_server_that_falls_silent_is_given_up_with_the_request(shop: Flask) -> None:
    """A statement that outlasts the request stands for a server that never answers."""
    db.session().execute(text("SELECT 1"))
    before = time.monotonic()

    with deadline.within(0.2), pytest.raises(DBAPIError) as failed:
        db.session().execute(text("SELECT pg_sleep(4)"))

    assert time.monotonic() - before < 4
    assert failed.value.connection_invalidated
    db.session.remove()
    assert db.session().scalar(text("SELECT 1")) == 1


def test_work_that_nobody_waits_for_has_no_end(shop: Flask) -> None:
    assert db.session().scalar(text("SELECT 1 FROM pg_sleep(0.3)")) == 1
