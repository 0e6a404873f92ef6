"""Which variants' stock moved, for whoever remembers what it was: told by the ledger, nothing is written.

A counter of changes would be a row that every checkout waits for. The ledger has an entry for every
piece that moved, written in the same transaction, and nobody waits to add one. What it does not
tell are holds that end by the database's clock, or last longer after all; they are few, and read.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from sqlalchemy import BigInteger, Select, String, case, cast, func, literal, select
from sqlalchemy.orm import Session

from shop.inventory.models import Hold, Movement
from shop.kit.clock import database_now

Counts: TypeAlias = dict[int, int]

#: Entries that are counted. Where there are more since the last look, everything may have moved.
MOST_ENTRIES = 50_000


class StockWatch:
    """What one process knows of the ledger; not to be used by two threads at once.

    On PostgreSQL an entry may be committed after one with a higher number, so the highest number
    tells nothing. Entries are counted instead, above a number below which all is decided: every
    transaction that was under way when it was read has ended. One that writes the ledger has
    written stock before, and so has its own number before its entries have theirs.
    """

    def __init__(self) -> None:
        #: Every entry up to here is decided; None: not known yet.
        self._floor: int | None = None
        #: The next such number, and the transaction that is younger than all of its entries.
        self._next: tuple[int, int] | None = None
        self._entries: Counts = {}
        self._ended: Counts = {}

    def look(self, session: Session) -> set[int] | None:
        """Return the variants whose stock moved since the last look; None: any of them may have."""
        highest, oldest, own = session.execute(_head(session)).one()
        highest = highest or 0
        upcoming = self._next or (highest, own)
        decided = oldest >= upcoming[1]
        floor = self._floor
        if floor is None and decided:
            floor = upcoming[0]
        if floor is None or highest - floor > MOST_ENTRIES:
            self._floor, self._next = None, upcoming if floor is None else (highest, own)
            return None
        rows = [] if floor == highest and decided else session.execute(_counted(floor, upcoming[0])).all()
        ended = dict(session.execute(_ended_holds()).all())
        counts = {variant_id: count for variant_id, count, _ in rows}
        moved = None if self._floor is None else _different(counts, self._entries)
        if moved is not None:
            moved |= _different(ended, self._ended)
        if decided:
            counts = {variant_id: above for variant_id, _, above in rows if above}
            floor, upcoming = upcoming[0], (highest, own)
        self._floor, self._next, self._entries, self._ended = floor, upcoming, counts, ended
        return moved


def _different(now: Counts, then: Counts) -> set[int]:
    return {key for key in now.keys() | then.keys() if now.get(key) != then.get(key)}


def _head(session: Session) -> Select[*tuple[Any, ...]]:
    """Return the statement of the highest entry, the oldest transaction under way, and one of its own."""
    highest = select(func.max(Movement.id)).scalar_subquery()
    if session.get_bind().dialect.name != "postgresql":
        return select(highest, literal(0), literal(0))  # writers come one after the other
    oldest = cast(cast(func.pg_snapshot_xmin(func.pg_current_snapshot()), String), BigInteger)
    # Not the snapshot's upper bound: transactions that are under way may lie above it.
    own = cast(cast(func.pg_current_xact_id(), String), BigInteger)
    return select(highest, oldest, own)


def _counted(floor: int, upcoming: int) -> Select[*tuple[Any, ...]]:
    above = func.sum(case((Movement.id > upcoming, 1), else_=0))
    return (
        select(Movement.variant_id, func.count(), above)
        .where(Movement.id > floor)
        .group_by(Movement.variant_id)
    )


def _ended_holds() -> Select[*tuple[Any, ...]]:
    return (
        select(Hold.variant_id, func.sum(Hold.quantity))
        .where(Hold.status == "active", Hold.ends_at <= database_now())
        .group_by(Hold.variant_id)
    )
