"""How far that has moved which shoppers are shown: catalogue, prices, publication, stock.

So that a page is read again because it changed, and not because a second is over. One look, at most
once a second in each process and for all pages together, reads no table of the catalogue: the numbers
of the catalogue's revision and of the search index, the database's clock, the end of the stock ledger
and the holds that have ended. What the clock alone changes (a price, a publication) has a next moment,
which is looked up when it has passed or the catalogue has moved.

Measured on the house's catalogue, a look takes 1 to 2 ms and a list of 24 bags 10 to 20. Reading the
stock of a page's own variants instead would be a statement for each page and second, and could not
tell of pages that say what else is available.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from shop.catalogue.models import CatalogueRevision
from shop.catalogue.publishing import next_publication
from shop.inventory.watching import StockWatch
from shop.kit.clock import database_now
from shop.kit.db import db
from shop.kit.deadline import REQUEST_SECONDS, remaining
from shop.pricing.queries import next_price
from shop.search.models import SearchState
from shop.search.vocabulary import look_again

#: Variants that are remembered to have moved; beyond them, all are taken to have.
MOST_VARIANTS = 20_000


@dataclass(frozen=True, slots=True)
class Seen:
    """How far everything had moved at one look.

    Attributes:
        look: Number of the look.
        edition: Moves with the catalogue, with its index, and at each moment planned in it.
    """

    look: int
    edition: int


class Shown:
    """What one process knows of that; threads share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen = Seen(0, 0)
        self._of: tuple[int, int | None] | None = None
        #: Within these two moments of the database's clock the edition is the same.
        self._since: datetime | None = None
        self._until: datetime | None = None
        self._stock = StockWatch()
        #: By variant, the look that found its stock moved; and the last that found any, or lost count.
        self._moved: dict[int, int] = {}
        self._any_moved = self._all_moved = 0

    def look(self) -> Seen:
        """Look how far everything has moved by now.

        Raises:
            TimeoutError: Another thread has been looking for too long.
        """
        if not self._lock.acquire(timeout=max(0.0, min(remaining(), REQUEST_SECONDS))):
            raise TimeoutError("the database does not say what has moved")
        try:
            edition = self._edition()
            moved = self._stock.look(db.session())
            number = self._seen.look + 1
            self._note(moved, number)
            self._seen = Seen(number, edition)
            return self._seen
        finally:
            self._lock.release()

    def seen(self) -> Seen:
        """Return what was seen last: what moved since then will be found by the next look."""
        return self._seen if self._seen.look else self.look()

    def stands(self, since: Seen, variants: Iterable[int] | None) -> bool:
        """Return whether nothing moved since something was seen, as far as anybody has looked.

        Args:
            since: From before the answer was read.
            variants: Whose stock the answer shows; None: anything may follow from anybody's.
        """
        if since.edition != self._seen.edition or self._all_moved > since.look:
            return False
        if variants is None:
            return self._any_moved <= since.look
        moved = self._moved.get
        return all(moved(variant_id, 0) <= since.look for variant_id in variants)

    def _edition(self) -> int:
        """Return the edition that holds now; where it is a new one, until when."""
        session = db.session()
        index = select(SearchState.version).scalar_subquery()
        revision, version, moment = session.execute(
            select(CatalogueRevision.number, index, database_now())
        ).one()
        since, until = self._since, self._until
        is_within = since is not None and since <= moment and (until is None or moment < until)
        if is_within and self._of == (revision, version):
            return self._seen.edition
        moments = [next_publication(session, moment), next_price(session, moment)]
        # Words are held for a second in this process: not those of the edition before.
        look_again(session)
        self._until = min((each for each in moments if each is not None), default=None)
        self._since, self._of = moment, (revision, version)
        # The lock was held since the number was read; a look that fails from here on skips one.
        self._seen = Seen(self._seen.look, self._seen.edition + 1)
        return self._seen.edition

    def _note(self, moved: set[int] | None, number: int) -> None:
        if moved is None or len(self._moved) + len(moved) > MOST_VARIANTS:
            self._all_moved = self._any_moved = number
            self._moved = {}
        elif moved:
            self._any_moved = number
            self._moved.update(dict.fromkeys(moved, number))
