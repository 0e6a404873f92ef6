"""What variants cost in one market, for the time in which no price there begins or ends."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from shop.discovery.bitmaps.amounts import Amounts
from shop.discovery.bitmaps.catalogue import NO_SLOT, Catalogue
from shop.discovery.bitmaps.variant_sets import Gathered, gathering
from shop.kit.money import MAX_MINOR
from shop.pricing.models import Market
from shop.pricing.queries import charged_at, next_change_of_prices

#: The key of a product that has no price in the market: last in both directions.
MISSING = {False: MAX_MINOR + 1, True: -1}

#: Variants whose prices are read at a time.
BATCH = 20_000


@dataclass(frozen=True, slots=True)
class Order:
    """Products by their cheapest variant, equally cheap ones in the merchandiser's order.

    Attributes:
        keys: Ascending; of a descending order, the amounts with their signs changed.
        numbers: Of the products, along the keys.
    """

    keys: array[int]
    numbers: array[int]
    descending: bool

    def after(self, place: Sequence[int] | None, positions: Sequence[int]) -> Iterator[tuple[int, int]]:
        """Walk the order from behind a place: the number and the key of each product.

        Args:
            place: Key and position of the product to go on behind, None: from the start.
            positions: Of the products, by number.
        """
        sign = -1 if self.descending else 1
        start = 0
        if place is not None:
            key, position = place
            start = bisect_right(
                range(len(self.keys)),
                (sign * key, position),
                key=lambda at: (self.keys[at], positions[self.numbers[at]]),
            )
        for at in range(start, len(self.keys)):
            yield self.numbers[at], sign * self.keys[at]


@dataclass(frozen=True, slots=True)
class Prices:
    """What variants cost in a market.

    Attributes:
        since: From when it is right, in UTC.
        until: Until when; None: for good.
        amounts: Of variants that may be sold.
        orders: Ascending and, by True, descending.
    """

    since: datetime
    until: datetime | None
    amounts: Amounts
    orders: dict[bool, Order]

    def hold_at(self, moment: datetime) -> bool:
        """Whether they are right at a moment."""
        return self.since <= moment and (self.until is None or moment < self.until)


def read_prices(session: Session, catalogue: Catalogue, market: Market, moment: datetime) -> Prices:
    """Read the prices that hold at a moment.

    Args:
        session: To read with, a statement for every ``BATCH`` variants.
        catalogue: What the variants are.
        market: Where.
        moment: In UTC.
    """
    until = session.scalar(next_change_of_prices(market, moment))
    charged = array("q", bytes(8 * len(catalogue.places.slot)))
    for first in range(0, len(charged), BATCH):
        rows = session.execute(charged_at(market, moment, first, first + BATCH))
        for variant_id, amount in rows:
            if variant_id < len(charged):
                charged[variant_id] = amount
    by_amount: dict[int, Gathered] = defaultdict(gathering)
    cheapest = array("q", [MISSING[False]]) * len(catalogue.ids)
    for number, slot, amount in zip(catalogue.places.number, catalogue.places.slot, charged, strict=True):
        if amount and slot != NO_SLOT and number in catalogue.for_sale.slots[slot]:
            by_amount[amount][slot].append(number)
            cheapest[number] = min(cheapest[number], amount)
    orders = {descending: _order(cheapest, descending=descending) for descending in (False, True)}
    return Prices(moment, until, Amounts(by_amount), orders)


def _order(cheapest: array[int], *, descending: bool) -> Order:
    if descending:
        cheapest = array("q", [-MISSING[True] if key == MISSING[False] else -key for key in cheapest])
    numbers = array("I", sorted(range(len(cheapest)), key=cheapest.__getitem__))
    return Order(array("q", map(cheapest.__getitem__, numbers)), numbers, descending)
