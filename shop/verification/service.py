"""Checking every promise on a living shop; it reads, and holds nobody up."""

from __future__ import annotations

from sqlalchemy.orm import Session

from shop.verification.history import HISTORY
from shop.verification.money import MONEY
from shop.verification.promises import Breach, Invariant
from shop.verification.repeats import REPEATS
from shop.verification.stock import STOCK
from shop.verification.trail import TRAIL

#: I1 to I18.
INVARIANTS = tuple(sorted((*STOCK, *MONEY, *HISTORY, *REPEATS, *TRAIL), key=lambda each: int(each.id[1:])))


def verify_each(session: Session) -> list[tuple[Invariant, list[Breach]]]:
    """Check each promise; return it with its breaches.

    A shop at work moves between two statements: what looks broken is looked at again before it
    is told.
    """
    return [(invariant, _certain(session, invariant)) for invariant in INVARIANTS]


def verify(session: Session) -> list[Breach]:
    """Return every breach of a promise; empty when stock, orders and money agree."""
    return [breach for _, breaches in verify_each(session) for breach in breaches]


def _certain(session: Session, invariant: Invariant) -> list[Breach]:
    found = invariant.breaches(session)
    if not found:
        return []
    again = {(breach.object, breach.found) for breach in invariant.breaches(session)}
    return [breach for breach in found if (breach.object, breach.found) in again]
