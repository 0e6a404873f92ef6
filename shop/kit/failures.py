"""What a failure of the database means: try again at once, come back later, or our mistake.

Decided by the engine's own codes, never by the words of a message and never by the class
alone: psycopg calls a read-only server an *internal* error, and SQLite calls a table that does
not exist an *operational* one.
"""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError


class DatabaseUnavailableError(TimeoutError):
    """The database cannot be had right now: its gate, its file or its answer."""


#: Primary result codes of SQLite: somebody else is at it, or its files cannot be used.
_SQLITE_OUTAGES = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
}

#: Classes of SQLSTATE: connection, resources (disk full, too many connections), operator
#: (shutting down, starting up, cancelled by a time-out), the system under the server.
_SQLSTATE_OUTAGES = ("08", "53", "57", "58")

#: Serialisation failure and deadlock: the transaction was rolled back and may well succeed now.
_CONFLICTS = {"40001", "40P01"}

#: Somebody else had what was waited for, for as long as may be waited.
_LOCK_TIMEOUT = "55P03"

#: A read-only server, a lock or a transaction that took too long.
_OTHER_OUTAGES = {"25006", "25P03", "25P04", _LOCK_TIMEOUT} | _CONFLICTS


def is_conflict(error: DBAPIError) -> bool:
    """Return whether the whole transaction may be tried again at once."""
    return _sqlstate(error) in _CONFLICTS


def is_lock_timeout(error: DBAPIError) -> bool:
    """Return whether somebody else's transaction kept a row for longer than may be waited."""
    return _sqlstate(error) == _LOCK_TIMEOUT


def is_outage(error: BaseException) -> bool:
    """Return whether the database is the trouble and the caller should come back later."""
    if isinstance(error, DatabaseUnavailableError | PoolTimeoutError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if isinstance(error.orig, sqlite3.Error):
        # The low byte is the primary code; the rest tells which kind of it.
        return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF in _SQLITE_OUTAGES
    state = _sqlstate(error)
    if state is None:
        # The server did not say anything: it was not reached, or it hung up.
        return error.connection_invalidated or isinstance(error, OperationalError)
    return state.startswith(_SQLSTATE_OUTAGES) or state in _OTHER_OUTAGES


def _sqlstate(error: DBAPIError) -> str | None:
    state: str | None = getattr(error.orig, "sqlstate", None)
    return state
