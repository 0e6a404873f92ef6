"""Which variants have no piece that can be bought, kept from look to look: most of it does not move.

In a large catalogue there are some hundred thousand of them, and reading them takes longer than
everything else about facets. So they are read once, and from then on only those whose stock moved
since (:mod:`shop.inventory.watching`). What is returned is right at the moment of the question.
"""

from __future__ import annotations

import threading
from itertools import islice

from sqlalchemy.orm import Session

from shop.discovery.bitmaps.catalogue import Places
from shop.discovery.bitmaps.variant_sets import VariantSet
from shop.inventory.queries import buyable_among, exhausted
from shop.inventory.watching import StockWatch
from shop.kit.deadline import REQUEST_SECONDS, remaining

#: Variants that are read again in one statement.
BATCH = 1_000


class SoldOut:
    """What one process knows of the stock of one catalogue; threads share it."""

    def __init__(self, places: Places) -> None:
        """Know nothing yet, but which variants have no row of stock."""
        self._places = places
        self._unstocked = places.among(at for at, rows in enumerate(places.locations) if rows == 0)
        self._watch = StockWatch()
        self._known: VariantSet | None = None
        self._lock = threading.Lock()

    def now(self, session: Session) -> VariantSet:
        """Return the variants without a piece that can be bought at this very moment.

        Args:
            session: To read with: two statements, and one for every ``BATCH`` variants that moved.

        Raises:
            TimeoutError: Another thread has been reading for too long.
        """
        if not self._lock.acquire(timeout=max(0.0, min(remaining(), REQUEST_SECONDS))):
            raise TimeoutError("the database does not say what is sold out")
        try:
            # Looked at first: what moves while the rest is read is found again by the next look.
            moved = self._watch.look(session)
            known = self._known
            if known is None or moved is None:
                self._known = None  # what is read now may fail
                sold_out = exhausted(session, self._places.locations)
                known = self._places.among(sold_out) | self._unstocked
            elif moved:
                self._known = None
                known = self._read_again(session, known, moved)
            self._known = known
            return known
        finally:
            self._lock.release()

    def _read_again(self, session: Session, known: VariantSet, moved: set[int]) -> VariantSet:
        buyable: set[int] = set()
        rest = iter(moved)
        while some := tuple(islice(rest, BATCH)):
            buyable |= buyable_among(session, some)
        return (known - self._places.among(buyable)) | self._places.among(moved - buyable)
