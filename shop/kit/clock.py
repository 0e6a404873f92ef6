"""Time: UTC everywhere, and replaceable, so that a test can wait a month.

Two clocks exist and both move together. :func:`now` is the process's clock.
:func:`database_now` is the database server's, which alone decides whether a hold or a
payment has ended: several workers never agree on the time, one database does.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Float, bindparam, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from shop.kit.types import UtcDateTime


class Clock:
    """The time of this process, with an offset that tests may move."""

    def __init__(self) -> None:
        self.offset = timedelta()

    @property
    def offset(self) -> timedelta:
        """How far this clock and the database's are from the real time."""
        return self._offset

    @offset.setter
    def offset(self, offset: timedelta) -> None:
        self._offset = offset
        #: The same as a number, for what asks a hundred thousand times a second.
        self.offset_seconds = offset.total_seconds()

    def now(self) -> datetime:
        """Return the current moment in UTC."""
        return datetime.now(UTC) + self.offset

    def advance(self, by: timedelta) -> None:
        """Move this clock and the database's clock forward (or back)."""
        self.offset += by

    def reset(self) -> None:
        """Return to the real time."""
        self.offset = timedelta()


clock = Clock()


def now() -> datetime:
    """Return the current moment in UTC."""
    return clock.now()


def seconds_passed() -> float:
    """Return a count of seconds that no operator sets back, for pauses and ages; tests move it too."""
    return time.monotonic() + clock.offset_seconds


def _offset_seconds() -> float:
    return clock.offset_seconds


#: Put into a statement when it is compiled, and not a part of its expression: SQLAlchemy 2.1 forgets
#: the callable of a parameter that stands in the criteria of a relationship (``Shop.bags.and_(...)``)
#: when it runs such a statement again, and the clock would read NULL.
_offset = bindparam("clock_offset", callable_=_offset_seconds, type_=Float())


class database_now(FunctionElement[datetime]):  # noqa: N801 - a SQL function, used like one
    """The database's current moment, in UTC, read when the statement runs.

    Not the moment its transaction began: a writer that waited for a lock must judge an
    expiry by the time it got the lock.
    """

    type = UtcDateTime()
    inherit_cache = True


@compiles(database_now, "postgresql")
def _postgresql_now(_element: database_now, compiler: SQLCompiler, **kw: Any) -> str:
    offset = compiler.process(_offset, **kw)
    return f"(clock_timestamp() + make_interval(secs => {offset}))"


@compiles(database_now, "sqlite")
def _sqlite_now(_element: database_now, compiler: SQLCompiler, **kw: Any) -> str:
    # Six digits of a second, as UtcDateTime stores them, so that text compares as time.
    offset = compiler.process(_offset, **kw)
    return f"(strftime('%Y-%m-%d %H:%M:%f', 'now', {offset} || ' seconds') || '000')"


def moment_or_now(at: datetime | None) -> ColumnElement[datetime]:
    """Return a moment, in UTC, as a statement judges by it; None: the database's own."""
    return database_now() if at is None else literal(at, UtcDateTime())
