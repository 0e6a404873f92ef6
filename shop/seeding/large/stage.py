"""Where the rows of a large table are laid out: temporary tables of the database.

SQLite keeps them in a file of their own, so laying out keeps nobody from writing; PostgreSQL
forgets them with the transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import BigInteger, Boolean, Column, Connection, MetaData, Table, Text, text
from sqlalchemy.types import TypeEngine

from shop.kit.types import Json, UtcDateTime
from shop.seeding.fields import When, Yes
from shop.seeding.tables import BY_NAME

#: The rows as the file has them, and as they shall be.
ROWS, FINAL = "seed_rows", "seed_final"

#: SQLite's page cache while rows are laid out. KiB.
_CACHE_KIB = 48 * 1024

#: Page cache of other connections of SQLite; its own default. KiB.
_USUAL_CACHE_KIB = 2_000

#: What one sort or one hash of PostgreSQL may take. MiB.
_WORK_MIB = 64

_ESCAPED = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


class Stage:
    """Temporary tables on one connection.

    Attributes:
        connection: All is done on this one.
        is_postgresql: Or SQLite.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.is_postgresql = connection.dialect.name == "postgresql"
        self._tables: dict[str, Table] = {}

    def __getitem__(self, name: str) -> Table:
        return self._tables[name]

    def create(self, name: str, columns: Mapping[str, TypeEngine[Any]], key: str = "row") -> Table:
        """Make a temporary table, in the place of one of its name."""
        self.run(f"DROP TABLE IF EXISTS {'pg_temp' if self.is_postgresql else 'temp'}.{name}")
        table = Table(
            name,
            MetaData(),
            *(Column(column, kind, primary_key=column == key) for column, kind in columns.items()),
            prefixes=["TEMPORARY"],
            postgresql_on_commit="DROP",
        )
        table.create(self.connection)
        self._tables[name] = table
        return table

    def run(self, statement: str, **values: Any) -> Any:
        """Run a statement that is written for both databases."""
        return self.connection.execute(text(statement), values)

    def scalar(self, statement: str, **values: Any) -> Any:
        """Return the first value of a statement's first row."""
        return self.run(statement, **values).scalar()

    def data_version(self) -> int:
        """Return a number that is another one once somebody else has written to SQLite's database."""
        return int(self.scalar("PRAGMA main.data_version"))

    def take_time(self) -> None:
        """Let PostgreSQL take the time and the memory: only requests are bounded."""
        if self.is_postgresql:
            for setting in ("statement_timeout = 0", "idle_in_transaction_session_timeout = 0"):
                self.run(f"SET LOCAL {setting}")
            self.run(f"SET LOCAL work_mem = '{_WORK_MIB}MB'")

    def analyze(self, *names: str) -> None:
        """Tell PostgreSQL how many rows there are, or it plans for a few."""
        if self.is_postgresql:
            self.run("ANALYZE " + ", ".join(names))

    @contextmanager
    def laying_out(self, columns: Sequence[str]) -> Iterator[Callable[..., None]]:
        """Lend what puts rows into :data:`ROWS`.

        Args:
            columns: All that a row may have.
        """
        names = ["row", "line", *columns]
        raw = self.connection.connection.driver_connection
        assert raw is not None
        listed = ", ".join(f'"{name}"' for name in names)
        if self.is_postgresql:
            with raw.cursor() as cursor, cursor.copy(f"COPY {ROWS} ({listed}) FROM STDIN") as copy:

                def put(*given: Any) -> None:
                    written = [map(_copied, held) for held in _columns(names, *given)]
                    copy.write("\n".join(map("\t".join, zip(*written, strict=True))) + "\n")

                yield put
            return
        marks = ", ".join("?" for _ in names)
        statement = f"INSERT INTO {ROWS} ({listed}) VALUES ({marks})"  # noqa: S608 - its own names
        changes = [_stored(self[ROWS].c[name].type) for name in names]

        def insert(*given: Any) -> None:
            held = _columns(names, *given)
            stored = (map(change, one) if change else one for change, one in zip(changes, held, strict=True))
            raw.executemany(statement, zip(*stored, strict=True))

        yield insert


@contextmanager
def prepared(connection: Connection) -> Iterator[Stage]:
    """Lend a stage on a connection that has room for it, and clear it away."""
    stage = Stage(connection)
    if stage.is_postgresql:
        yield stage
        return
    raw = connection.connection.driver_connection
    assert raw is not None
    raw.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    raw.execute(f"PRAGMA temp.cache_size = -{_CACHE_KIB // 2}")
    try:
        yield stage
    finally:
        for name in stage._tables:
            raw.execute(f"DROP TABLE IF EXISTS temp.{name}")
        raw.execute(f"PRAGMA cache_size = -{_USUAL_CACHE_KIB}")
        raw.execute(f"PRAGMA temp.cache_size = -{_USUAL_CACHE_KIB}")


def same(one: str, other: str) -> str:
    """Return the condition that two columns hold the same, or both nothing."""
    return f"COALESCE({one} = {other}, {one} IS NULL AND {other} IS NULL)"


def columns_of(table: str) -> dict[str, TypeEngine[Any]]:
    """Return the columns of :data:`ROWS` for a table, with their types."""
    kinds: dict[str, TypeEngine[Any]] = {"row": BigInteger(), "line": BigInteger()}
    row = BY_NAME[table]
    fields = row.row().fields
    for name, cell in row.cells.items():
        if isinstance(fields[name], When):
            kinds[name] = UtcDateTime()
        elif isinstance(fields[name], Yes):
            kinds[name] = Boolean()
        else:
            of_form: dict[str, TypeEngine[Any]] = {"number": BigInteger(), "list": Json}
            kinds[name] = of_form.get(cell.form, Text())
    return kinds


def _columns(
    names: Sequence[str], rows: Sequence[int], lines: Sequence[int], values: Mapping[str, Sequence[Any]]
) -> list[Any]:
    nothing = [None] * len(rows)
    return [rows, lines, *(values.get(name, nothing) for name in names[2:])]


def _copied(value: Any) -> str:
    """Return a value as COPY writes it."""
    if value is None:
        return r"\N"
    kind = type(value)
    if kind is str:
        return str(value) if value.isalnum() else value.translate(_ESCAPED)
    if kind is int:
        return str(value)
    if kind is bool:
        return "t" if value else "f"
    if kind is datetime:
        return str(value.isoformat())
    return orjson.dumps(value).decode().translate(_ESCAPED)


def _stored(kind: TypeEngine[Any]) -> Callable[[Any], Any] | None:
    """Return how values become what SQLite keeps; None where they stay what they are."""
    if isinstance(kind, UtcDateTime):
        return lru_cache(10_000)(lambda value: value and f"{value:%Y-%m-%d %H:%M:%S.%f}")
    if kind is Json:
        return lambda value: None if value is None else orjson.dumps(value).decode()
    return None
