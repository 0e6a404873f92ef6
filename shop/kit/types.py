"""Column types that mean the same on SQLite and on PostgreSQL.

SQLite tables are STRICT, because an ordinary SQLite column stores ``'abc'`` as an
integer without a word. STRICT knows five type names only, so the names SQLAlchemy
would print are mapped onto those five here.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, Boolean, Date, DateTime, Dialect, SmallInteger, String, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC: ``timestamptz`` on PostgreSQL, sortable text on SQLite.

    A value without a zone is refused: it would mean another moment on another machine.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware moment into what the driver stores."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment needs a time zone (got {value!r})")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn what the driver read into an aware moment in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


#: A JSON document: JSONB on PostgreSQL, text on SQLite. Never filtered on; what is
#: filtered on is a column or a row.
Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def _sqlite_name(name: str, *types: type) -> None:
    def render(_element: Any, _compiler: Any, **_kw: Any) -> str:
        return name

    for kind in types:
        compiles(kind, "sqlite")(render)


_sqlite_name("TEXT", String, Text, DateTime, Date, JSON, Uuid)
_sqlite_name("INTEGER", Boolean, BigInteger, SmallInteger)


def uuid_or_none(text: object) -> UUID | None:
    """Read an id that someone else wrote; None for what is no UUID."""
    try:
        return UUID(str(text))
    except ValueError:
        return None
