"""How each database engine is set up, and why.

SQLite (measured with 16 writers of one row): the driver's own transactions lost 93 % of
the updates, DEFERRED failed on 80-90 %, IMMEDIATE behind a gate lost and failed none.
PostgreSQL runs READ COMMITTED with conditional statements and bounded waits; its settings
are in :mod:`shop.kit.postgresql`.
"""

from __future__ import annotations

import fcntl
import logging
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import URL, Connection, Engine, event
from sqlalchemy.pool import ConnectionPoolEntry

from shop.kit import deadline, postgresql
from shop.kit.failures import DatabaseUnavailableError
from shop.kit.file_systems import network_file_system

logger = logging.getLogger("shop")

#: Execution option of a connection that only reads: no transaction is opened for it.
READING = "shop_reading"

OLDEST_SQLITE = (3, 37, 0)

#: How long a writer waits for others before it gives up: for its own process, for another one
#: and for a foreign program at the file together. Seconds.
WRITE_WAIT_SECONDS = 5.0

#: How long a request waits for a connection of the pool. Seconds.
POOL_WAIT_SECONDS = 2

_writer_gives_up_at: ContextVar[float | None] = ContextVar("writer_gives_up_at", default=None)


class UnsuitableDatabaseError(ValueError):
    """The shop must not run on this database; the message says why and what to do."""


class WriteGate:
    """One writer at a time, in this process and across processes on one machine.

    SQLite has one writer anyway. Waiting here is fair and cheap, while waiting inside
    SQLite polls with growing pauses. The kernel frees the file lock when a process is
    killed. Commits, and so WAL checkpoints, happen inside the gate.
    """

    def __init__(self, database: Path | None) -> None:
        self._thread_lock = threading.Lock()
        self._file = database.with_name(database.name + ".lock") if database else None

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the gate for the block.

        Raises:
            DatabaseUnavailableError: Others kept the gate for ``WRITE_WAIT_SECONDS``, or its
                file cannot be written.
        """
        seconds = min(WRITE_WAIT_SECONDS, deadline.remaining())
        gives_up_at = time.monotonic() + seconds
        if not self._thread_lock.acquire(timeout=max(seconds, 0)):
            raise DatabaseUnavailableError("another writer of this process kept the database's write gate")
        token = _writer_gives_up_at.set(gives_up_at)
        try:
            if self._file is None:
                yield
                return
            with _locked(self._file, gives_up_at):
                yield
        finally:
            _writer_gives_up_at.reset(token)
            self._thread_lock.release()


@contextmanager
def _locked(path: Path, gives_up_at: float) -> Iterator[None]:
    """Hold the lock of a file, which is made where there is none."""
    try:
        file = path.open("ab")
    except OSError as error:  # a full or read-only disk, too many open files
        raise DatabaseUnavailableError(f"the database's write gate cannot be opened: {error}") from error
    with file:
        _flock_until(file.fileno(), gives_up_at)
        yield


def _flock_until(descriptor: int, gives_up_at: float) -> None:
    pause = 0.0005
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > gives_up_at:
                text = "another process kept the database's write gate"
                raise DatabaseUnavailableError(text) from None
            time.sleep(pause)
            pause = min(pause * 1.5, 0.01)
        except OSError as error:
            raise DatabaseUnavailableError(f"the database's write gate cannot be locked: {error}") from error
        else:
            return


def options(url: URL) -> dict[str, Any]:
    """Return what an engine for a database is made with."""
    # The standard library takes seven times as long to read a JSON column.
    json: dict[str, Any] = {
        "json_serializer": lambda value: orjson.dumps(value).decode(),
        "json_deserializer": orjson.loads,
        # What a statement was sent with may be somebody's e-mail address or name; no log needs it.
        "hide_parameters": True,
    }
    if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
        return json
    pool: dict[str, Any] = {
        **json,
        # A request that reads and writes holds two for a moment.
        "pool_size": 10,
        "max_overflow": 10,
        # Whoever gets none in this time is told to come back; the default is half a minute.
        "pool_timeout": POOL_WAIT_SECONDS,
    }
    if url.get_backend_name() == "postgresql":
        return {**pool, "connect_args": postgresql.CONNECT_ARGUMENTS}
    return pool


def configure(engine: Engine) -> WriteGate | None:
    """Attach the engine's settings; return SQLite's write gate, None elsewhere.

    Raises:
        UnsuitableDatabaseError: This Python's SQLite is too old, or the file lies on a network
            file system.
    """
    if engine.dialect.name == "postgresql":
        postgresql.configure(engine)
    if engine.dialect.name != "sqlite":
        return None
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise UnsuitableDatabaseError(
            f"SQLite {'.'.join(map(str, OLDEST_SQLITE))} or newer is needed, for STRICT tables; "
            f"this Python has {sqlite3.sqlite_version}"
        )
    name = engine.url.database
    file = Path(name) if name and name != ":memory:" else None
    if file is not None and (kind := network_file_system(file)):
        raise UnsuitableDatabaseError(
            f"{file} lies on a network file system ({kind}), where SQLite loses data: its locks and its "
            "shared memory work on one machine's own disk only. Use such a disk, or PostgreSQL"
        )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return WriteGate(file)


def has_wal_reset_bug(version: tuple[int, int, int]) -> bool:
    """Return whether a version of SQLite may corrupt a WAL that two connections write at once.

    3.7.0 to 3.51.2, but for the backports 3.44.6 and 3.50.7.

    Source: https://sqlite.org/wal.html, "The WAL-Reset Bug" (second-hand).
    """
    mended = version[:2] in ((3, 44), (3, 50)) and version >= {44: (3, 44, 6), 50: (3, 50, 7)}[version[1]]
    return (3, 7, 0) <= version <= (3, 51, 2) and not mended


def tell_version(engine: Engine) -> None:
    """Log SQLite's version at start-up, as a warning where it is one with a known fault."""
    if engine.dialect.name != "sqlite":
        return
    version = sqlite3.sqlite_version
    if has_wal_reset_bug(sqlite3.sqlite_version_info[:3]):
        logger.warning(
            "SQLite %s has the WAL-reset bug, fixed in 3.51.3, 3.50.7 and 3.44.6. The shop's own writers "
            "cannot meet it, since they commit one at a time; no other program may write to the file",
            version,
        )
    else:
        logger.info("SQLite %s", version)


def _prepare_sqlite(connection: Any, _record: ConnectionPoolEntry) -> None:
    # None hands BEGIN over to us: the driver would begin late, at the first write, with a
    # snapshot that may be stale by then.
    connection.isolation_level = None
    # Before anything that may have to wait; a writer's is set anew when it begins.
    connection.execute(f"PRAGMA busy_timeout = {int(WRITE_WAIT_SECONDS * 1000)}")
    # Readers never wait for the writer, nor the writer for them.
    connection.execute("PRAGMA journal_mode = WAL")
    # An answered order survives a power cut: NORMAL may lose the last commits.
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    # Through a memory map, an I/O error kills the process and a stray pointer writes the file.
    connection.execute("PRAGMA mmap_size = 0")


def _begin_sqlite(connection: Connection) -> None:
    if connection.get_execution_options().get(READING):
        return
    gives_up_at = _writer_gives_up_at.get()
    if gives_up_at is not None:
        # Only a foreign program can be in the way now, for what is left of the one wait.
        left = max(int((gives_up_at - time.monotonic()) * 1000), 1)
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {left}")
    connection.exec_driver_sql("BEGIN IMMEDIATE")
