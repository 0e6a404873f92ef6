"""How entries hang together, and where they do not any more.

An entry's hash is SHA-256 over the hash of the entry before it and its own canonical JSON. Who can
write to the database and knows this can forge the whole chain from some entry on; the hash of a
later entry, noted somewhere else, shows that as well (``shop verify audit --noted``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from shop.audit.models import AuditEntry, AuditHead

#: What the first entry stands on.
NOTHING = "0" * 64

#: What an entry says, beside its hashes.
SAID = ("number", "happened_at", "actor", "action", "object", "before", "after")

_BATCH = 2_000

#: An object, what was found, and what can be done.
Finding = tuple[str, str, str]

#: What to do about it.
REPAIR = "Compare with a backup of before (`shop restore` reads one); see who may write to the database."


def hash_of(previous_hash: str, said: dict[str, Any]) -> str:
    """Return the hash of an entry.

    Args:
        previous_hash: Of the entry before.
        said: The entry's values of ``SAID``; moments in UTC.
    """
    canonical = orjson.dumps(said, option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z)
    return hashlib.sha256(previous_hash.encode() + canonical).hexdigest()


def findings(session: Session) -> Iterator[Finding]:
    """Yield every place where the log is not what was written.

    Safe beside writers: entries that come while it reads are no finding.
    """
    known = _head(session)
    last_number, last_hash = 0, NOTHING
    for entry in _entries(session):
        if entry.number < 1:
            yield _named(entry.number, "was put in: numbers begin with 1")
            continue
        if entry.number != last_number + 1:
            yield _gone(last_number + 1, entry.number - 1)
        elif entry.previous_hash != last_hash:
            yield _named(last_number or 1, "was rewritten: the next one was chained to another")
        if hash_of(entry.previous_hash, {name: getattr(entry, name) for name in SAID}) != entry.hash:
            yield _named(entry.number, "was changed: it is not what its hash was made of")
        if entry.number == known.number and entry.hash != known.hash:
            yield _named(entry.number, "was rewritten: the head of the chain knows another")
        last_number, last_hash = entry.number, entry.hash
    end = _head(session).number
    if last_number < known.number:
        yield _gone(last_number + 1, known.number)
    if last_number > end:
        yield _named(last_number, f"was put in: the chain ends with {end}")


def head(session: Session) -> tuple[int, str]:
    """Read the last entry's number and hash."""
    found = _head(session)
    return found.number, found.hash


def hash_at(session: Session, number: int) -> str | None:
    """Read the hash of one entry; None where there is none."""
    return session.scalar(select(AuditEntry.hash).where(AuditEntry.number == number))


def _head(session: Session) -> AuditHead:
    return session.scalars(select(AuditHead).execution_options(populate_existing=True)).one()


def _entries(session: Session) -> Iterator[Any]:
    """Yield every entry, a batch at a time: a log is longer than the memory."""
    columns = [getattr(AuditEntry, name) for name in (*SAID, "previous_hash", "hash")]
    last = None
    while True:
        query = select(*columns).order_by(AuditEntry.number).limit(_BATCH)
        rows = session.execute(query if last is None else query.where(AuditEntry.number > last)).all()
        yield from rows
        if len(rows) < _BATCH:
            return
        last = rows[-1].number


def _named(number: int, what: str) -> Finding:
    return f"audit entry {number}", f"it {what}", REPAIR


def _gone(first: int, last: int) -> Finding:
    if first == last:
        return _named(first, "is gone")
    return f"audit entries {first} to {last}", "they are gone", REPAIR
