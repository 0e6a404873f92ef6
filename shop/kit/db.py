"""The database: declarative base, read session, and the one way to write.

Reads use ``db.session``, which refuses to write. Writes happen only inside::

    with transaction() as session:
        ...

which starts from an empty session, commits at the end of the block, and cannot be
nested. No network call happens inside one: :func:`assert_no_transaction` says so where
calls are made.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

from flask import Flask, current_app, has_app_context
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from sqlalchemy import Engine, MetaData, Table, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Session

from shop.kit import engines


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


db = SQLAlchemy(metadata=Base.metadata, disable_autonaming=True, session_options={"class_": ReadSession})

_open_transaction: ContextVar[bool] = ContextVar("open_transaction", default=False)


def init_db(app: Flask) -> None:
    """Attach the database to the application with the settings of its engine."""
    url = str(app.config["SQLALCHEMY_DATABASE_URI"])
    if url.startswith("postgresql"):
        options: dict[str, Any] = {
            "connect_args": {"options": engines.POSTGRESQL_OPTIONS},
            # A request that reads and writes holds two for a moment.
            "pool_size": 10,
            "max_overflow": 10,
            "pool_timeout": 2,
        }
        app.config.setdefault("SQLALCHEMY_ENGINE_OPTIONS", options)
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
def transaction() -> Iterator[Session]:
    """Open the one transaction of a service verb; the end of the block is the commit.

    The session is new and empty, so that no decision rests on a row read before the
    block: pass ids in, not objects. An exception rolls everything back.

    Yields:
        A session in a transaction that holds SQLite's write lock from its start.

    Raises:
        NestedTransactionError: A transaction is open already in this context.
    """
    if _open_transaction.get():
        raise NestedTransactionError("a transaction is open; functions that join it take `session`")
    token = _open_transaction.set(True)
    try:
        with write_gate(), Session(db.engine, expire_on_commit=False) as session, session.begin():
            yield session
    finally:
        _open_transaction.reset(token)


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
        CallInTransactionError: One is open: its locks would be held for the call's time.
    """
    if _open_transaction.get():
        raise CallInTransactionError("a network call may not happen inside a transaction")
