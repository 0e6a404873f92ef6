"""The double's own small SQLite file, or memory: objects, events, deliveries, keys, settings."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
    created INTEGER NOT NULL, due_at REAL, body TEXT NOT NULL, private TEXT NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS objects_by_kind ON objects (kind, seq);
CREATE INDEX IF NOT EXISTS objects_by_age ON objects (kind, created);
CREATE INDEX IF NOT EXISTS objects_due ON objects (due_at) WHERE due_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS deliveries (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, event_id TEXT NOT NULL, rank REAL NOT NULL,
    due_at REAL NOT NULL, attempts INTEGER NOT NULL, state TEXT NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS deliveries_by_event ON deliveries (event_id);
CREATE INDEX IF NOT EXISTS deliveries_pending ON deliveries (state, rank);
CREATE TABLE IF NOT EXISTS idempotency_keys (
    key TEXT PRIMARY KEY, endpoint TEXT NOT NULL, fingerprint TEXT NOT NULL, created REAL NOT NULL,
    request_id TEXT NOT NULL, status INTEGER NOT NULL, headers TEXT NOT NULL, body TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
"""


@dataclass
class Record:
    """One object as Stripe shows it, with what Stripe knows and never shows."""

    body: dict[str, Any]
    private: dict[str, Any] = field(default_factory=dict)
    #: When the passing of time changes the object, by the double's clock; None for never.
    due_at: float | None = None

    @property
    def id(self) -> str:
        """The object's id."""
        return str(self.body["id"])

    @property
    def kind(self) -> str:
        """The object's type, such as ``payment_intent``."""
        return str(self.body["object"])


class StateInUseError(RuntimeError):
    """Another process holds the state file: one double has one process."""


class Store:
    """Rows and transactions, nothing about payments.

    One connection serves all threads under one lock. SQLite commits with ``synchronous=FULL``,
    so what was answered survives ``kill -9`` and what was not leaves no trace.
    """

    def __init__(self, path: Path | None) -> None:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self.lock = threading.RLock()
        self._depth = 0
        # The time-out is how long a process that is just ending may take to let go of the file.
        self._db = sqlite3.connect(
            path or ":memory:", isolation_level=None, check_same_thread=False, timeout=0.5
        )
        try:
            self._db.execute("PRAGMA locking_mode=EXCLUSIVE")
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.executescript(_SCHEMA)
        except sqlite3.OperationalError as error:
            self._db.close()
            if "locked" not in str(error):
                raise
            raise StateInUseError(f"another process holds {path}; a double has one process") from error

    def close(self) -> None:
        """Give the file back; a second call does nothing."""
        with self.lock:
            self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Hold the lock and commit at the end; an inner block joins the outer one."""
        with self.lock:
            if self._depth:
                yield
                return
            self._db.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            finally:
                self._depth -= 1

    def run(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Run one statement with its values and give back all rows."""
        with self.lock:
            return self._db.execute(statement, values).fetchall()

    def get(self, object_id: str) -> Record | None:
        """Read one object, or None."""
        rows = self.run("SELECT body, private, due_at FROM objects WHERE id = ?", object_id)
        return self.records(rows)[0] if rows else None

    def put(self, record: Record) -> None:
        """Write one object, new or changed."""
        self.run(
            "INSERT INTO objects (id, kind, created, due_at, body, private) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET due_at = excluded.due_at, body = excluded.body,"
            " private = excluded.private",
            record.id,
            record.kind,
            record.body["created"],
            record.due_at,
            json.dumps(record.body),
            json.dumps(record.private),
        )

    def due(self, now: float) -> list[Record]:
        """List the objects that time has something to do with, the earliest first."""
        return self.records(
            self.run("SELECT body, private, due_at FROM objects WHERE due_at <= ? ORDER BY due_at, seq", now)
        )

    @staticmethod
    def records(rows: list[tuple[Any, ...]]) -> list[Record]:
        """Read rows of (body, private, due_at)."""
        return [Record(json.loads(body), json.loads(private), due_at) for body, private, due_at in rows]

    def setting(self, name: str) -> str | None:
        """Read a named value, or None."""
        rows = self.run("SELECT value FROM settings WHERE name = ?", name)
        return str(rows[0][0]) if rows else None

    def set_setting(self, name: str, value: str) -> None:
        """Write a named value."""
        self.run("INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)", name, value)
