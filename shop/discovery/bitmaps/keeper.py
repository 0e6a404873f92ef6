"""Which index is held in this process, and when it is built anew.

A thread of its own builds it; requests only look whether it is right for this very moment, and ask
SQL when it is not. So nothing is ever answered from a catalogue that is not published any more.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from flask import Flask, current_app
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shop.catalogue.models import CatalogueRevision, Variant
from shop.discovery.bitmaps.building import read_catalogue
from shop.discovery.bitmaps.catalogue import Catalogue
from shop.discovery.bitmaps.found import View
from shop.discovery.bitmaps.prices import Prices, read_prices
from shop.discovery.bitmaps.stock import SoldOut
from shop.kit.clock import database_now
from shop.kit.db import db
from shop.pricing.models import Market

logger = logging.getLogger("shop.index")

#: Fewer variants than this are counted by SQL in some milliseconds.
WORTH_VARIANTS = 2_000

#: How often it is looked whether the index is right. Seconds.
PAUSE_SECONDS = 0.5

#: How long before prices change the next ones are read, so that they are there in time.
AHEAD = timedelta(seconds=60)

_EXTENSION = "shop.discovery.bitmaps"
_NAME = "shop-index"


@dataclass(frozen=True, slots=True)
class _Held:
    """A catalogue with what is sold out of it, and its prices by market, earlier ones first."""

    catalogue: Catalogue
    sold_out: SoldOut
    prices: dict[str, tuple[Prices, ...]] = field(default_factory=dict)

    def prices_at(self, market: str, moment: datetime) -> Prices | None:
        return next((each for each in self.prices.get(market, ()) if each.hold_at(moment)), None)


class Keeper:
    """Holds the index of one application."""

    def __init__(self, *, worth: int = WORTH_VARIANTS) -> None:
        """Hold nothing yet.

        Args:
            worth: Variants from which on an index is built.
        """
        self._worth = worth
        self._held: _Held | None = None
        #: The revision whose catalogue is not worth an index.
        self._small: int | None = None
        #: Markets that were asked for.
        self._markets: set[str] = set()
        #: Whether a thread was started and has not yet looked for the first time.
        self.is_starting = False

    def expect(self, markets: Iterable[str]) -> None:
        """Read the prices of some markets before anyone asks for them."""
        self._markets.update(markets)

    def view(self, session: Session, market: Market, *, priced: bool) -> View | None:
        """Return the index as it is published now, in one statement; None: ask SQL.

        Args:
            session: To read with.
            market: Where the shopper is.
            priced: Whether the question is about prices or availability.
        """
        held = self._held
        if held is None:
            return None
        self._markets.add(market.code)
        revision, moment = _standing(session)
        if held.catalogue.revision != revision:
            return None
        prices = held.prices_at(market.code, moment)
        return (
            None
            if priced and prices is None
            else View(session, held.catalogue, moment, prices, held.sold_out)
        )

    def keep_up(self, session: Session) -> None:
        """Build what is missing or not right any more, if the catalogue is large enough."""
        revision, moment = _standing(session)
        held = self._held
        if held is None or held.catalogue.revision != revision:
            if self._small == revision or self._is_small(session, revision):
                self._held = None
                return
            catalogue = read_catalogue(session)
            if catalogue is None:  # changed meanwhile
                return
            held = _Held(catalogue, SoldOut(catalogue.places))
            held.sold_out.now(session)  # read whole, before anyone asks
            self._held = held
        for code in tuple(self._markets):
            self._keep_prices(session, held, code, moment)

    def _is_small(self, session: Session, revision: int) -> bool:
        if (session.scalar(select(func.count()).select_from(Variant)) or 0) < self._worth:
            self._small = revision
        return self._small == revision

    def _keep_prices(self, session: Session, held: _Held, code: str, moment: datetime) -> None:
        """Read the prices of now, and soon before they change those of then."""
        market = session.get(Market, code)
        if market is None:
            return
        kept = tuple(each for each in held.prices.get(code, ()) if each.until is None or each.until > moment)
        if not any(each.hold_at(moment) for each in kept):
            kept = (read_prices(session, held.catalogue, market, moment),)
        ends = kept[-1].until
        if ends is not None and ends - moment < AHEAD:
            kept = (*kept, read_prices(session, held.catalogue, market, ends))
        held.prices[code] = kept


def _standing(session: Session) -> tuple[int, datetime]:
    """Read which revision is published, and the database's moment."""
    return session.execute(select(CatalogueRevision.number, database_now())).one()


def keep_with(app: Flask, keeper: Keeper) -> Keeper:
    """Give the application a keeper, which holds nothing until it is told to keep up."""
    app.extensions[_EXTENSION] = keeper
    return keeper


def keeper_of(app: Flask) -> Keeper:
    """Return the keeper of an application."""
    keeper: Keeper = app.extensions[_EXTENSION]
    return keeper


def view(session: Session, market: Market, *, priced: bool) -> View | None:
    """Return the index of this application as it is published now: see :meth:`Keeper.view`."""
    return keeper_of(current_app).view(session, market, priced=priced)


def start(app: Flask, markets: Iterable[str]) -> None:
    """Start the thread that builds the index; it ends with the process.

    Args:
        app: A shop that serves.
        markets: Whose prices are read before anyone asks for them.
    """
    keeper = keeper_of(app)
    keeper.expect(markets)
    keeper.is_starting = True

    def run() -> None:
        while True:
            started = time.monotonic()
            try:
                with app.app_context():
                    keeper.keep_up(db.session())
            except Exception:
                # The database may be away; SQL answers meanwhile, or nothing does.
                logger.exception("the index could not be built and is tried again")
            keeper.is_starting = False  # also where it failed: SQL answers, slowly
            # At most half of a processor, however often the catalogue changes.
            time.sleep(max(PAUSE_SECONDS, time.monotonic() - started))

    threading.Thread(target=run, name=_NAME, daemon=True).start()
