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

#: SQLite's page caches, of the database and of the temporary tables, while rows are compared and
#: while they are written. KiB. Each sort takes as much again as the database's, and windows sort
#: three times at once; nothing is sorted while rows are written, all over the database's indexes.
_COMPARING_KIB, _WRITING_KIB = (16 * 1024, 32 * 1024), (56 * 1024, 12 * 1024)

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

    def take_memory(self, main: int, temp: int) -> None:
        """Let SQLite keep so much of the database and of the temporary tables at hand. KiB."""
        if not self.is_postgresql:
            raw = self._driver_connection
            raw.execute(f"PRAGMA main.cache_size = -{main}")
            raw.execute(f"PRAGMA temp.cache_size = -{temp}")

    def get_ready_to_write(self) -> None:
        """Let SQLite keep more of the database at hand, and less of the rows, once all are compared."""
        self.take_memory(*_WRITING_KIB)

    def clear(self) -> None:
        """Clear SQLite's tables away, and give its memory back; PostgreSQL does so itself."""
        if not self.is_postgresql:
            for name in self._tables:
                self._driver_connection.execute(f"DROP TABLE IF EXISTS temp.{name}")
            self.take_memory(_USUAL_CACHE_KIB, _USUAL_CACHE_KIB)

    @property
    def _driver_connection(self) -> Any:
        raw = self.connection.connection.driver_connection
        assert raw is not None
        return raw

    def analyze(self, *names: str) -> None:
        """Tell PostgreSQL how many rows there are, or it plans for a few."""
        if self.is_postgresql:
            self.run("ANALYZE " + ", ".join(names))

    @contextmanager
    def seeking(self) -> Iterator[None]:
        """Let PostgreSQL look up what rows refer to in an index.

        It scans small tables instead, once for each row and reference: half of the time of a foreign key.
        """
        if self.is_postgresql:
            self.run("SET LOCAL enable_seqscan = off")
        yield
        if self.is_postgresql:
            self.run("SET LOCAL enable_seqscan = DEFAULT")

    @contextmanager
    def laying_out(self, columns: Sequence[str]) -> Iterator[Callable[..., None]]:
        """Lend what puts rows into :data:`ROWS`.

        Args:
            columns: All that a row may have.
        """
        names, raw = ["row", "line", *columns], self._driver_connection
        listed = ", ".join(f'"{name}"' for name in names)
        forms = [_form_of(self[ROWS].c[name].type, self.is_postgresql) for name in names]

        def formed(*given: Any) -> list[Sequence[Any]]:
            return [_formed(held, form) for held, form in zip(_columns(names, *given), forms, strict=True)]

        if self.is_postgresql:
            with raw.cursor() as cursor, cursor.copy(f"COPY {ROWS} ({listed}) FROM STDIN") as copy:
                yield lambda *given: copy.write(_copied(formed(*given)))
            return
        marks = ", ".join("?" for _ in names)
        statement = f"INSERT INTO {ROWS} ({listed}) VALUES ({marks})"  # noqa: S608 - its own names
        yield lambda *given: raw.executemany(statement, zip(*formed(*given), strict=True))


@contextmanager
def prepared(connection: Connection) -> Iterator[Stage]:
    """Lend a stage on a connection that has room for it, and clear it away."""
    stage = Stage(connection)
    stage.take_memory(*_COMPARING_KIB)
    try:
        yield stage
    finally:
        stage.clear()


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


def _form_of(kind: TypeEngine[Any], is_postgresql: bool) -> Callable[[Any], Any] | None:
    """Return how values become what the database is given; None where they stay what they are."""
    if kind is Json:
        return lambda value: orjson.dumps(value).decode()
    if isinstance(kind, UtcDateTime):
        # Moments are costly to write, and most columns hold the same few.
        return lru_cache(10_000)(
            datetime.isoformat if is_postgresql else lambda value: f"{value:%Y-%m-%d %H:%M:%S.%f}"
        )
    return str if is_postgresql and not isinstance(kind, Text) else None


def _formed(held: Sequence[Any], form: Callable[[Any], Any] | None) -> Sequence[Any]:
    """Return a column as the database is given it; a form is asked for once where all values are the same."""
    if form is None:
        return held
    if held.count(held[0]) == len(held):
        return [None if held[0] is None else form(held[0])] * len(held)
    return [None if value is None else form(value) for value in held]


def _copied(columns: Sequence[Sequence[Any]]) -> str:
    """Return rows of text as COPY takes them: lines of cells that tabs part."""
    nothings = [column.count(None) for column in columns]
    text = _lines(columns, nothings)
    # Rarely is anything in a cell that would have to be escaped; else there is more of it than we put there.
    ours = len(columns[0]), len(columns[0]) * (len(columns) - 1), sum(nothings)
    if (text.count("\n"), text.count("\t"), text.count("\\")) == ours and "\r" not in text:
        return text
    return _lines([[value and value.translate(_ESCAPED) for value in column] for column in columns], nothings)


def _lines(columns: Sequence[Sequence[Any]], nothings: Sequence[int]) -> str:
    written = [
        [r"\N" if value is None else value for value in column] if nothing else column
        for column, nothing in zip(columns, nothings, strict=True)
    ]
    return "\n".join(map("\t".join, zip(*written, strict=True))) + "\n"
