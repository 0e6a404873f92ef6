"""Transactions that meet: PostgreSQL gives one of them up, and it is tried again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError, OperationalError

from shop.catalogue.models import Source
from shop.kit import deadline
from shop.kit.db import (
    TRIES,
    CallInTransactionError,
    assert_no_transaction,
    db,
    retries_conflicts,
    transaction,
)


@pytest.fixture
def shop(empty_app: Flask) -> Iterator[Flask]:
    with empty_app.app_context(), transaction() as session:
        session.add_all(
            Source(id=name, position=0, kind="press", title="A title", url="https://example.com")
            for name in ("S1", "S2")
        )
    with empty_app.app_context():
        yield empty_app


class ConflictError(Exception):
    """What psycopg raises for a state of SQL."""

    def __init__(self, sqlstate: str | None) -> None:
        self.sqlstate = sqlstate


def conflict(sqlstate: str | None) -> OperationalError:
    return OperationalError("UPDATE", {}, ConflictError(sqlstate))


def failing(times: int, sqlstate: str | None) -> tuple[list[int], Callable[[], str]]:
    """Return a verb that fails so many times, and the list of its runs."""
    runs: list[int] = []

    @retries_conflicts
    def verb() -> str:
        runs.append(1)
        if len(runs) <= times:
            raise conflict(sqlstate)
        return "done"

    return runs, verb


@pytest.mark.parametrize("sqlstate", ["40001", "40P01"])
def test_a_serialisation_failure_or_a_deadlock_is_tried_again(sqlstate: str) -> None:
    runs, verb = failing(TRIES - 1, sqlstate)

    assert verb() == "done"
    assert len(runs) == TRIES


def test_no_more_than_five_tries_are_made() -> None:
    runs, verb = failing(99, "40P01")

    with pytest.raises(DBAPIError):
        verb()

    assert len(runs) == TRIES == 5


@pytest.mark.parametrize("sqlstate", ["55P03", "57014", "25006", "53100", "23505", None])
def test_what_would_fail_again_or_may_have_happened_is_not_tried_again(sqlstate: str | None) -> None:
    runs, verb = failing(99, sqlstate)

    with pytest.raises(DBAPIError):
        verb()

    assert len(runs) == 1


def test_a_request_that_has_no_time_left_is_not_tried_again() -> None:
    runs, verb = failing(99, "40P01")

    with deadline.within(0), pytest.raises(DBAPIError):
        verb()

    assert len(runs) == 1


def test_a_verb_that_may_run_again_makes_no_call() -> None:
    @retries_conflicts
    def verb() -> None:
        assert_no_transaction()

    with pytest.raises(CallInTransactionError):
        verb()

    assert_no_transaction()


def test_two_writers_in_opposite_order_both_get_through(shop: Flask) -> None:
    """They meet with one row each in hand. SQLite lets one in at a time: there they cannot meet."""
    meets = db.engine.dialect.name == "postgresql"
    meeting = threading.Barrier(2)
    errors: list[BaseException] = []
    runs: list[str] = []

    @retries_conflicts
    def write(first: str, second: str) -> None:
        runs.append(first)
        with transaction() as session:
            session.execute(update(Source).where(Source.id == first).values(position=Source.position + 1))
            if meets and len(runs) <= 2:
                meeting.wait(10)
            session.execute(update(Source).where(Source.id == second).values(position=Source.position + 1))

    def run(first: str, second: str) -> None:
        with shop.app_context():
            try:
                write(first, second)
            except BaseException as error:
                errors.append(error)

    threads = [threading.Thread(target=run, args=pair) for pair in (("S1", "S2"), ("S2", "S1"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert errors == []
    assert list(db.session().scalars(select(Source.position))) == [2, 2]
    if meets:
        assert len(runs) > 2
