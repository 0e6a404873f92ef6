"""Telling an outage of the database from a mistake of ours, by its codes."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from psycopg import errors as postgresql
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.exc import (
    DBAPIError,
    IntegrityError,
    InterfaceError,
    InternalError,
    OperationalError,
    ProgrammingError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from shop.app import create_app
from shop.kit.failures import DatabaseUnavailableError, is_conflict, is_outage
from tests.conftest import settings_for
from tests.test_errors import is_problem


@pytest.fixture
def bare_app(tmp_path: Path) -> Flask:
    """The shop, on a database that no test here asks."""
    return create_app(settings_for(f"sqlite:///{tmp_path / 'shop.db'}"))


def raised(kind: type[DBAPIError], original: BaseException) -> DBAPIError:
    return kind("SELECT 1", {}, original)


@pytest.mark.parametrize(
    "error",
    [
        raised(InternalError, postgresql.ReadOnlySqlTransaction()),
        raised(OperationalError, postgresql.DiskFull()),
        raised(OperationalError, postgresql.TooManyConnections()),
        raised(OperationalError, postgresql.CannotConnectNow()),
        raised(OperationalError, postgresql.AdminShutdown()),
        raised(OperationalError, postgresql.CrashShutdown()),
        raised(OperationalError, postgresql.QueryCanceled()),
        raised(OperationalError, postgresql.LockNotAvailable()),
        raised(OperationalError, postgresql.DeadlockDetected()),
        raised(OperationalError, postgresql.SerializationFailure()),
        raised(OperationalError, postgresql.IoError()),
        raised(OperationalError, postgresql.ConnectionException()),
        raised(InternalError, postgresql.IdleInTransactionSessionTimeout()),
        raised(OperationalError, psycopg.OperationalError("server closed the connection unexpectedly")),
        PoolTimeoutError(),
        DatabaseUnavailableError(),
    ],
    ids=lambda error: type(getattr(error, "orig", error)).__name__,
)
def test_an_outage_is_one(error: Exception) -> None:
    assert is_outage(error)


@pytest.mark.parametrize(
    "error",
    [
        raised(IntegrityError, postgresql.UniqueViolation()),
        raised(ProgrammingError, postgresql.UndefinedTable()),
        raised(ProgrammingError, postgresql.SyntaxError()),
        raised(InternalError, postgresql.InFailedSqlTransaction()),
        raised(InterfaceError, psycopg.InterfaceError("a cursor that is closed")),
        RuntimeError(),
        TimeoutError("of something else"),
    ],
    ids=lambda error: type(getattr(error, "orig", error)).__name__,
)
def test_a_mistake_is_none(error: Exception) -> None:
    assert not is_outage(error)


def test_only_a_transaction_that_was_rolled_back_for_another_is_tried_again() -> None:
    assert is_conflict(raised(OperationalError, postgresql.DeadlockDetected()))
    assert is_conflict(raised(OperationalError, postgresql.SerializationFailure()))
    assert not is_conflict(raised(OperationalError, postgresql.LockNotAvailable()))
    assert not is_conflict(raised(OperationalError, psycopg.OperationalError("server closed the connection")))


def locked(path: Path) -> Engine:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 0})
    event.listen(engine, "engine_disposed", lambda _engine: other.close())
    return engine


def full(path: Path) -> Engine:
    engine = create_engine(f"sqlite:///{path}")
    event.listen(
        engine, "connect", lambda connection, _record: connection.execute("PRAGMA max_page_count = 2")
    )
    return engine


def read_only(path: Path) -> Engine:
    engine = create_engine(f"sqlite:///{path}")
    event.listen(engine, "connect", lambda connection, _record: connection.execute("PRAGMA query_only = 1"))
    return engine


def absent(path: Path) -> Engine:
    return create_engine(f"sqlite:///{path.parent / 'no such folder' / 'shop.db'}")


@pytest.mark.parametrize("trouble", [locked, full, read_only, absent], ids=lambda make: make.__name__)
def test_an_outage_of_sqlite_is_one(tmp_path: Path, trouble: Callable[[Path], Engine]) -> None:
    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as made:
        made.execute("CREATE TABLE thing (text TEXT)")
    made.close()
    engine = trouble(path)

    with pytest.raises(DBAPIError) as failed, engine.begin() as connection:
        connection.execute(text("INSERT INTO thing VALUES (hex(zeroblob(20000)))"))

    assert is_outage(failed.value), failed.value
    engine.dispose()


@pytest.mark.parametrize("statement", ["SELECT * FROM nothing", "SELEKT", "INSERT INTO thing VALUES (1)"])
def test_a_mistake_of_sqlite_is_none(tmp_path: Path, statement: str) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'shop.db'}")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE thing (text TEXT UNIQUE)"))
        connection.execute(text("INSERT INTO thing VALUES (1)"))

    with pytest.raises(DBAPIError) as failed, engine.begin() as connection:
        connection.execute(text(statement))

    assert not is_outage(failed.value)
    engine.dispose()


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (raised(InternalError, postgresql.ReadOnlySqlTransaction()), 503, "busy"),
        (raised(OperationalError, postgresql.DiskFull()), 503, "busy"),
        (PoolTimeoutError(), 503, "busy"),
        (DatabaseUnavailableError(), 503, "busy"),
        (raised(ProgrammingError, postgresql.UndefinedTable()), 500, "internal_error"),
        (raised(InternalError, postgresql.InFailedSqlTransaction()), 500, "internal_error"),
        (TimeoutError("of something else"), 500, "internal_error"),
    ],
    ids=lambda value: type(getattr(value, "orig", value)).__name__,
)
def test_an_outage_is_answered_come_back_and_a_mistake_is_not(
    monkeypatch: pytest.MonkeyPatch, bare_app: Flask, error: Exception, status: int, code: str
) -> None:
    def fail(slug: str) -> None:
        raise error

    monkeypatch.setitem(bare_app.view_functions, "families.get_lineage", fail)

    answer = bare_app.test_client().get("/v1/families/le-city/lineage")

    is_problem(answer, status, code)
    assert ("Retry-After" in answer.headers) is (status == 503)
