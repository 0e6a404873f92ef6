"""What a database holds, table by table, to see that nothing changed."""

from __future__ import annotations

import hashlib

from flask import Flask
from sqlalchemy import select

from shop.kit.db import Base, db


def held(app: Flask) -> dict[str, str]:
    """Return a digest of the rows of each table."""
    found = {}
    with app.app_context(), db.engine.connect() as connection:
        for name, table in Base.metadata.tables.items():
            rows = sorted(repr(tuple(row)) for row in connection.execute(select(table)))
            found[name] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    return found


def changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    """Return the tables whose rows differ."""
    return {name for name in before if before[name] != after[name]}
