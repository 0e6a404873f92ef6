"""How each database engine is set up, and why.

SQLite (measured with 16 writers of one row): the driver's own transactions lost 93 % of
the updates, DEFERRED failed on 80-90 %, IMMEDIATE behind a gate lost and failed none.
PostgreSQL runs READ COMMITTED with conditional statements and bounded waits.
"""

from __future__ import annotations

import fcntl
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.pool import ConnectionPoolEntry

#: Execution option of a connection that only reads: no transaction is opened for it.
READING = "shop_reading"

OLDEST_SQLITE = (3, 37, 0)

#: How long a writer waits for another before it gives up. Seconds.
WRITE_WAIT_SECONDS = 5.0

POSTGRESQL_OPTIONS = " ".join(
    (
        "-c lock_timeout=2000",  # a queue behind one row shows as an error, not as a stall
        "-c statement_timeout=5000",
        "-c idle_in_transaction_session_timeout=10000",
        "-c timezone=UTC",
    )
)


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
            TimeoutError: Another writer kept the gate for ``WRITE_WAIT_SECONDS``.
        """
        if not self._thread_lock.acquire(timeout=WRITE_WAIT_SECONDS):
            raise TimeoutError("another writer of this process kept the database's write gate")
        try:
            if self._file is None:
                yield
                return
            with self._file.open("ab") as lock:
                _flock_within(lock.fileno(), WRITE_WAIT_SECONDS)
                yield
        finally:
            self._thread_lock.release()


def _flock_within(descriptor: int, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    pause = 0.0005
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise TimeoutError("another process kept the database's write gate") from None
            time.sleep(pause)
            pause = min(pause * 1.5, 0.01)
        else:
            return


def configure(engine: Engine) -> WriteGate | None:
    """Attach the engine's settings; return SQLite's write gate, None elsewhere.

    Raises:
        RuntimeError: This Python's SQLite is too old.
    """
    if engine.dialect.name != "sqlite":
        return None
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise RuntimeError(
            f"SQLite {'.'.join(map(str, OLDEST_SQLITE))} or newer is needed, for STRICT tables; "
            f"this Python has {sqlite3.sqlite_version}"
        )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    name = engine.url.database
    return WriteGate(Path(name) if name and name != ":memory:" else None)


def _prepare_sqlite(connection: Any, _record: ConnectionPoolEntry) -> None:
    # None hands BEGIN over to us: the driver would begin late, at the first write, with a
    # snapshot that may be stale by then.
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA busy_timeout = 5000")


def _begin_sqlite(connection: Connection) -> None:
    if not connection.get_execution_options().get(READING):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
