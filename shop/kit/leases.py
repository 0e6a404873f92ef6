"""Leases: of several workers, one does what is due, and none waits for another."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import String, select, update
from sqlalchemy.orm import Mapped, mapped_column

from shop.kit.clock import database_now
from shop.kit.db import Base, db, insert_if_absent, retries_conflicts, transaction
from shop.kit.types import UtcDateTime


class Lease(Base):
    """Until when a piece of regular work is taken."""

    __tablename__ = "lease"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    until: Mapped[datetime] = mapped_column(UtcDateTime)


def take_lease(name: str, seconds: float) -> bool:
    """Take a lease that is free; return whether this call got it.

    It ends by itself, by the database's clock: whoever dies with it holds nobody up for longer.

    Args:
        name: The work.
        seconds: How long nobody else shall begin it.
    """
    return not _is_taken(name) and _take(name, seconds)


@retries_conflicts
def _take(name: str, seconds: float) -> bool:
    with transaction() as session:
        now = session.scalars(select(database_now())).one()
        until = now + timedelta(seconds=seconds)
        if insert_if_absent(session, Lease, "name", name=name, until=until):
            return True
        taken = session.execute(
            update(Lease)
            .where(Lease.name == name, Lease.until <= now)
            .values(until=until)
            .execution_options(synchronize_session=False)
        )
        return bool(taken.rowcount)  # type: ignore[attr-defined]


def _is_taken(name: str) -> bool:
    """Read whether somebody has it: most who ask find so, and need no write."""
    until = db.session().scalar(select(Lease.until).where(Lease.name == name, Lease.until > database_now()))
    return until is not None
