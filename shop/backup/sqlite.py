"""Copies of an SQLite database."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, ClassVar

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool, StaticPool

from shop.backup.errors import NotDone, Tell
from shop.backup.unfinished import Unfinished
from shop.kit.engines import READING, WRITE_WAIT_SECONDS

#: Pages put back at a time; between them a stop is noticed.
PAGES = 1_000

#: Lines of an integrity check that a person will read.
MOST_LINES = 20


class SqliteStore:
    """The file of an SQLite database."""

    kind: ClassVar[str] = "an SQLite database"
    magic: ClassVar[bytes] = b"SQLite format 3\0"
    anew: ClassVar[str] = "move the file away, with the -wal and -shm beside it"

    def __init__(self, engine: Engine) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT", **{READING: True})

    def require_ready(self) -> None:
        """Nothing is needed but this Python."""

    def copy_into(self, part: Unfinished) -> None:
        """Write one moment of the database into a file.

        ``VACUUM INTO`` reads from one snapshot and keeps no writer waiting. The incremental
        backup API would start anew at each write: measured, it never ended.
        """
        with self._engine.connect() as connection:
            connection.exec_driver_sql("VACUUM INTO ?", (str(part.path),))

    @contextmanager
    def opened(self, file: Path) -> Iterator[Engine]:
        """Open a copy for reading."""
        for journal in ("-wal", "-journal"):
            # It holds what the file is to become: the newest orders, or their undoing.
            if file.with_name(file.name + journal).exists():
                raise NotDone(f"{file} has a {journal} file beside it: it is a database in use, no backup")
        engine = create_engine("sqlite://", creator=lambda: _open(file), poolclass=NullPool)
        try:
            yield engine
        finally:
            engine.dispose()

    def damage(self, connection: Connection) -> list[str]:
        """Return what is wrong with pages, indexes, constraints and references."""
        lines: list[str] = []
        for (line,) in connection.exec_driver_sql(f"PRAGMA integrity_check({MOST_LINES})"):
            if line != "ok":
                lines.append(f"integrity check: {line}")
        for table, row, parent, _ in connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(
            MOST_LINES
        ):
            lines.append(f"foreign key check: row {row} of {table} points at no row of {parent}")
        return lines

    def put_back(self, copy: Engine, note: Callable[[Session], None], tell: Tell) -> None:
        """Replace the database's pages by those of a copy with a note in it, in one transaction.

        Not by a rename: a server that has the old file open would go on selling into a file
        without a name. This way its next statement sees the copy, and a kill rolls back.
        The caller holds the write gate.
        """

        def look(status: int, remaining: int, total: int) -> None:
            if status not in (sqlite3.SQLITE_OK, sqlite3.SQLITE_DONE):
                # SQLite has waited for its busy_timeout; the driver would go on for ever.
                raise NotDone("another program is writing to the database; stop it, then try again")
            tell(f"Putting it in the database's place: {total - remaining:,} of {total:,} pages")

        pooled = self._engine.raw_connection()
        try:
            target: Any = pooled.driver_connection
            target.execute(f"PRAGMA busy_timeout = {int(WRITE_WAIT_SECONDS * 1000)}")
            with _noted(copy, note) as source:
                source.backup(target, pages=PAGES, progress=look)
            # The journal has become as large as the database.
            target.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            pooled.close()


@contextmanager
def _noted(copy: Engine, note: Callable[[Session], None]) -> Iterator[sqlite3.Connection]:
    """Lend a copy of a copy in which a note is written.

    It has no name: SQLite keeps it in a file that is gone with this process, however that ends.
    """
    with closing(sqlite3.connect("", isolation_level=None)) as noted:
        pooled = copy.raw_connection()
        try:
            opened: Any = pooled.driver_connection
            opened.backup(noted)
        finally:
            pooled.close()
        engine = create_engine("sqlite://", creator=lambda: noted, poolclass=StaticPool)
        with Session(engine) as session, session.begin():
            note(session)
        yield noted


def _open(file: Path) -> sqlite3.Connection:
    """Open a copy that is only read.

    Not by ``mode=ro``: there an integrity check leaves out the CHECK constraints (tried with
    SQLite 3.40).
    """
    connection = sqlite3.connect(f"{file.resolve().as_uri()}?mode=rw", uri=True, isolation_level=None)
    connection.execute("PRAGMA query_only = ON")
    return connection
