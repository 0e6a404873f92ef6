"""The database: declarative base, read session, and the one way to write.

Reads use ``db.session``, which refuses to write. Writes happen only inside::

    with transaction() as session:
        ...

which starts from an empty session, commits at the end of the block, and cannot be
nested. No network call happens inside one: :func:`assert_no_transaction` says so where
calls are made.
"""

from __future__ import annotations

import functools
import itertools
import random
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any, ParamSpec, TypeVar

from flask import Flask, current_app, has_app_context
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from sqlalchemy import Connection, Engine, MetaData, Table, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session

from shop.kit import deadline, engines
from shop.kit.failures import is_conflict

P = ParamSpec("P")
R = TypeVar("R")


class Base(DeclarativeBase):
    """The base of every model."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


@event.listens_for(Table, "after_parent_attach")
def _strict_on_sqlite(table: Table, _parent: Any) -> None:
    table.dialect_options["sqlite"]["strict"] = True


class NestedTransactionError(RuntimeError):
    """A ``transaction()`` was opened inside another: pass ``session`` on instead."""


class CallInTransactionError(RuntimeError):
    """A network call was about to be made while a transaction holds locks."""


@lru_cache(maxsize=8)
def _reading(engine: Engine) -> Engine:
    return engine.execution_options(isolation_level="AUTOCOMMIT", **{engines.READING: True})


class ReadSession(FlaskSession):
    """The session of a request: it reads, each statement by itself, and never writes."""

    def get_bind(self, *args: Any, **kwargs: Any) -> Engine:
        """Return the engine in autocommit: measured 480 to 330 µs a read on PostgreSQL."""
        engine: Any = super().get_bind(*args, **kwargs)
        # One object for good: a session holds a connection for each engine it is given.
        return _reading(engine)

    def flush(self, objects: Any = None) -> None:
        """Refuse to write what was changed on a read object."""
        if self.new or self.dirty or self.deleted:
            raise RuntimeError("db.session only reads; write inside `with transaction()`")
        super().flush(objects)


db = SQLAlchemy(
    metadata=Base.metadata,
    disable_autonaming=True,
    # Used on after `leave_database()`, a session would take a connection that nobody gives back.
    session_options={"class_": ReadSession, "close_resets_only": False},
)

#: How often a transaction is tried that meets others, and the pause it begins with. Seconds.
TRIES = 5
FIRST_PAUSE_SECONDS = 0.01

_open_transaction: ContextVar[bool] = ContextVar("open_transaction", default=False)
_may_run_again: ContextVar[bool] = ContextVar("may_run_again", default=False)


def init_db(app: Flask) -> None:
    """Attach the database to the application with the settings of its engine.

    Raises:
        UnsuitableDatabaseError: The shop must not run on this one.
    """
    url = make_url(str(app.config["SQLALCHEMY_DATABASE_URI"]))
    app.config.setdefault("SQLALCHEMY_ENGINE_OPTIONS", engines.options(url))
    db.init_app(app)
    with app.app_context():
        app.extensions["shop.write_gate"] = engines.configure(db.engine)


@contextmanager
def write_gate() -> Iterator[None]:
    """Hold SQLite's write gate for the block; on other engines, nothing to hold."""
    gate: engines.WriteGate | None = current_app.extensions["shop.write_gate"]
    with gate.held() if gate else ExitStack():
        yield


@contextmanager
def one_moment() -> Iterator[Connection]:
    """Lend a connection whose statements all see the database as it is at the first of them.

    It keeps nobody from writing, and must not write.
    """
    with db.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ")
        with beside_writers(connection):
            yield connection


@contextmanager
def beside_writers(connection: Connection) -> Iterator[None]:
    """Let SQLite read one state of the database for the block, and keep nobody from writing.

    PostgreSQL never does that; what its statements see is as the connection's isolation level says.
    """
    if connection.dialect.name == "postgresql":
        yield
        return
    connection.execution_options(**{engines.READING: True})
    try:
        connection.exec_driver_sql("BEGIN")
        yield
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
    finally:
        connection.execution_options(**{engines.READING: False})


@contextmanager
def transaction(on: Connection | None = None) -> Iterator[Session]:
    """Open the one transaction of a service verb; the end of the block is the commit.

    The session is new and empty, so that no decision rests on a row read before the
    block: pass ids in, not objects. An exception rolls everything back.

    Args:
        on: The connection to use, for what was laid out in its temporary tables; no transaction
            may be open on it. It stays open.

    Yields:
        A session in a transaction that holds SQLite's write lock from its start.

    Raises:
        NestedTransactionError: A transaction is open already in this context.
    """
    if _open_transaction.get():
        raise NestedTransactionError("a transaction is open; functions that join it take `session`")
    token = _open_transaction.set(True)
    try:
        with write_gate(), Session(on or db.engine, expire_on_commit=False) as session, session.begin():
            if on is not None:
                # A statement on the connection itself would else begin a transaction that is not the
                # session's, and that its end does not commit.
                session.connection()
            yield session
    finally:
        _open_transaction.reset(token)


def retries_conflicts(verb: Callable[P, R]) -> Callable[P, R]:
    """Run a service verb again when its transaction met another's: a deadlock, or a lost order.

    PostgreSQL rolls one of two such transactions back, and is sure that nothing of it stays.
    Put it on the innermost function that opens ``with transaction()``: what runs again is the
    whole function, so it may make no call that leaves the machine, and is refused one.

    Up to ``TRIES`` times, each after a pause that is random, so that the two do not meet again.
    """

    @functools.wraps(verb)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        token = _may_run_again.set(True)
        try:
            for tried in itertools.count(1):
                try:
                    return verb(*args, **kwargs)
                except DBAPIError as error:
                    pause = random.uniform(0, FIRST_PAUSE_SECONDS * 2**tried)  # noqa: S311 - no secret
                    if not is_conflict(error) or tried == TRIES or pause > deadline.remaining():
                        raise
                    time.sleep(pause)
            raise AssertionError("a count does not end")
        finally:
            _may_run_again.reset(token)

    return run


def insert_if_absent(session: Session, model: type[Base], key: str, **values: Any) -> bool:
    """Insert a row unless its key is taken; return whether this call inserted it.

    Args:
        session: From ``transaction()``.
        model: What is inserted.
        key: Name of its primary key.
        **values: Its columns.
    """
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    inserted = session.scalar(
        dialect.insert(model)
        .values(**values)
        .on_conflict_do_nothing(index_elements=[key])
        # Not the row count: psycopg reports -1 for this statement.
        .returning(getattr(model, key))
    )
    return inserted is not None


def leave_database() -> None:
    """Give back the connection that was read with, before a call that leaves the machine.

    Threads that wait on someone else must not keep the pool from those that do not.

    Raises:
        CallInTransactionError: A transaction is open: its locks would be held meanwhile.
    """
    assert_no_transaction()
    if has_app_context():
        db.session.remove()


def assert_no_transaction() -> None:
    """State that no transaction is open here, before a call that leaves the machine.

    Raises:
        CallInTransactionError: One is open: its locks would be held for the call's time. Or the
            function may run again, and so would the call.
    """
    if _open_transaction.get():
        raise CallInTransactionError("a network call may not happen inside a transaction")
    if _may_run_again.get():
        raise CallInTransactionError("a network call may not happen in a function that retries conflicts")
