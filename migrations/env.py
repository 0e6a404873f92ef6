"""How migrations run: one history for SQLite and PostgreSQL, each migration all or nothing."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from flask import current_app
from sqlalchemy import JSON, text

from shop.kit.db import Base, db, write_gate
from shop.kit.migrations import is_modelled
from shop.kit.types import UtcDateTime


def render_item(kind: str, item: Any, autogen: AutogenContext) -> str | Literal[False]:
    """Print our column types by their own names.

    Alembic prints the JSON of both engines as ``JSONB(astext_type=Text())`` without importing
    ``Text``, and a decorated type by a path that may move.
    """
    if kind == "type" and isinstance(item, JSON):
        autogen.imports.add("from shop.kit.types import Json")
        return "Json"
    if kind == "type" and isinstance(item, UtcDateTime):
        autogen.imports.add("from shop.kit.types import UtcDateTime")
        return "UtcDateTime()"
    return False


def run_migrations_offline() -> None:
    """Print the SQL instead of running it."""
    context.configure(url=current_app.config["SQLALCHEMY_DATABASE_URI"], target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()


def run_migrations_online() -> None:
    """Run what the database has not seen yet, behind the write gate."""
    options = current_app.extensions["migrate"].configure_args
    with write_gate(), db.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            # A copied table is dropped under the rows that point at it. Only outside a
            # transaction can this be said, and SQLAlchemy has opened none yet.
            connection.connection.driver_connection.execute("PRAGMA foreign_keys = OFF")
            connection.detach()  # so that no pool hands this connection on
        if connection.dialect.name == "postgresql":
            # A backfill may take its time; only requests are bounded.
            connection.execute(text("SET statement_timeout = 0"))
            connection.commit()
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_item=render_item,
            include_name=is_modelled,
            # SQLite changes a table by copying it, and can do so inside a transaction:
            # without this a failed migration leaves half a schema.
            transactional_ddl=True,
            **{"compare_type": True, "render_as_batch": True, **options},
        )
        with context.begin_transaction():
            context.run_migrations()
            if connection.dialect.name == "sqlite":
                broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
                if broken:
                    raise RuntimeError(f"rows would point at nothing after this migration: {broken[:5]}")


if context.is_offline_mode():
    run_migrations_offline()
else:
    run_migrations_online()
