"""Whether a database agrees with itself after a crash."""

from __future__ import annotations

from functools import cache

from flask import Flask
from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

from shop.app import create_app
from shop.kit.engines import READING
from shop.verification.service import verify
from tests.conftest import settings_for


def reading(engine: Engine) -> Connection:
    """Connect to look, each statement by itself."""
    return engine.execution_options(isolation_level="AUTOCOMMIT", **{READING: True}).connect()


@cache
def _shop() -> Flask:
    """Return a shop whose settings the promises are judged by; its own database is not looked at."""
    return create_app(settings_for("sqlite:///:memory:"))


def faults(engine: Engine) -> list[str]:
    """Return what is wrong in a database: its file, its references, or a promise of the shop's."""
    found = []
    with reading(engine) as connection:
        if engine.dialect.name == "sqlite":
            found += [
                told for (told,) in connection.exec_driver_sql("PRAGMA integrity_check") if told != "ok"
            ]
            found += [f"no parent: {row}" for row in connection.exec_driver_sql("PRAGMA foreign_key_check")]
        with _shop().app_context(), Session(connection) as session:
            found += [str(breach) for breach in verify(session)]
    return found
