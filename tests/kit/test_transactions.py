"""The one way to write, and the rules that hold it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, InvalidRequestError

from shop.catalogue.models import Source
from shop.kit import engines
from shop.kit.clock import clock, database_now, now
from shop.kit.db import (
    CallInTransactionError,
    NestedTransactionError,
    assert_no_transaction,
    db,
    leave_database,
    transaction,
)
from shop.kit.engines import WriteGate


@pytest.fixture
def shop(empty_app: Flask) -> Iterator[Flask]:
    with empty_app.app_context():
        yield empty_app


def source(name: str) -> Source:
    return Source(id=name, position=1, kind="press", title="A title", url="https://example.com")


def count() -> int:
    return db.session().scalar(select(func.count()).select_from(Source)) or 0


def test_the_end_of_the_block_is_the_commit(shop: Flask) -> None:
    with transaction() as session:
        session.add(source("S1"))

    assert count() == 1


def test_a_failure_takes_everything_back(shop: Flask) -> None:
    def fail_halfway() -> None:
        with transaction() as session:
            session.add(source("S1"))
            session.flush()
            raise RuntimeError("halfway")

    with pytest.raises(RuntimeError, match="halfway"):
        fail_halfway()

    assert count() == 0


def test_a_transaction_cannot_be_nested(shop: Flask) -> None:
    with transaction(), pytest.raises(NestedTransactionError), transaction():
        pass


def test_a_transaction_starts_from_an_empty_session(shop: Flask) -> None:
    with transaction() as first:
        first.add(source("S1"))
    read = db.session().get_one(Source, "S1")

    with transaction() as second:
        assert list(second) == []
        second.get_one(Source, "S1").title = "Another"

    assert read not in second


def test_no_call_may_leave_the_machine_inside_a_transaction(shop: Flask) -> None:
    assert_no_transaction()

    with transaction(), pytest.raises(CallInTransactionError):
        assert_no_transaction()


def test_what_was_read_cannot_be_written_by_accident(shop: Flask) -> None:
    with transaction() as session:
        session.add(source("S1"))
    found = db.session().get_one(Source, "S1")
    found.title = "Changed by accident"

    with pytest.raises(RuntimeError, match="only reads"):
        db.session().flush()

    db.session().rollback()
    assert db.session().scalars(select(Source.title)).one() == "A title"


def test_a_session_ends_where_a_call_leaves_the_machine(shop: Flask) -> None:
    """Used on, it would take a connection that nobody gives back; a new one reads on."""
    before = db.session()
    leave_database()

    with pytest.raises(InvalidRequestError, match="closed"):
        before.scalar(text("SELECT 1"))

    assert count() == 0


def test_a_request_uses_one_connection_however_much_it_reads(shop: Flask) -> None:
    for _ in range(20):
        count()

    assert db.engine.pool.checkedout() == 1  # type: ignore[attr-defined]


def test_two_threads_write_one_after_the_other(shop: Flask) -> None:
    meeting = threading.Barrier(2)
    failures: list[BaseException] = []

    def write(name: str) -> None:
        with shop.app_context():
            meeting.wait()
            try:
                for number in range(20):
                    with transaction() as session:
                        session.add(source(f"{name}{number}"))
            except BaseException as error:
                failures.append(error)

    threads = [threading.Thread(target=write, args=(name,)) for name in "AB"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert count() == 40


def test_tables_of_sqlite_are_strict(shop: Flask) -> None:
    if db.engine.dialect.name != "sqlite":
        statement = "INSERT INTO source (id, position, kind, title, url) VALUES ('S1', 'abc', 'a', 'b', 'c')"
    else:
        tables = db.session().execute(text("SELECT name, type, strict FROM pragma_table_list")).all()
        loose = {row.name for row in tables if not row.strict} - {"sqlite_schema", "sqlite_temp_schema"}
        # FTS5 makes its own tables and knows no STRICT: numbers and blocks of the index, no facts.
        index = {"search_index", "search_index_config", "search_index_data", "search_index_idx"}
        assert loose - {"alembic_version", "sqlite_sequence"} == index
        assert {row.type for row in tables if row.name in index} == {"virtual", "shadow"}
        statement = "INSERT INTO source (id, position, kind, title, url) VALUES ('S1', 'abc', 'a', 'b', 'c')"

    with pytest.raises(DBAPIError), transaction() as session:
        session.execute(text(statement))


def test_sqlite_is_set_up_to_lose_nothing(shop: Flask) -> None:
    if db.engine.dialect.name != "sqlite":
        timeouts = [
            db.session().scalar(text(f"SHOW {name}")) for name in ("lock_timeout", "statement_timeout")
        ]
        assert timeouts == ["2s", "5s"]
        return
    pragmas = {
        name: db.session().scalar(text(f"PRAGMA {name}"))
        for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
    }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000}


def test_the_gate_keeps_a_second_writer_out_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "WRITE_WAIT_SECONDS", 0.1)
    first, second = WriteGate(tmp_path / "shop.db"), WriteGate(tmp_path / "shop.db")

    with first.held(), pytest.raises(TimeoutError, match="another process"), second.held():
        pass

    with second.held():
        pass


def test_both_clocks_move_together(shop: Flask) -> None:
    def database() -> datetime:
        return db.session().scalars(select(database_now())).one()

    assert abs(database() - now()) < timedelta(seconds=2)

    clock.advance(timedelta(days=400))

    assert abs(database() - now()) < timedelta(seconds=2)
    assert now() - datetime.now(UTC) > timedelta(days=399)


def test_a_moment_without_a_zone_is_refused(shop: Flask) -> None:
    with pytest.raises(Exception, match="time zone"):
        db.session().scalars(select(Source.id).where(database_now() > datetime(2024, 1, 1))).all()  # noqa: DTZ001
