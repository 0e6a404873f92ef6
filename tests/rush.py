"""A flash sale over HTTP: everybody reaches for the same few bags at once, and the books are judged.

Nothing here hopes for a race: whatever order the requests are served in, exactly what there is
must be sold, to as many buyers, and nobody may be told "sold out" while a piece is free.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from uuid import uuid4

from flask import Flask
from sqlalchemy import select, update

from shop.inventory.models import Hold
from shop.kit.clock import database_now
from shop.kit.db import transaction
from shop.orders.models import Order
from shop.payments.models import Payment
from tests.books import disagreements
from tests.crowd import crowd, leave_in_stock, owner_of
from tests.races import all_at_once
from tests.served import ServedShop, ServedShopper
from tests.shopper import BAG
from tests.wire import WireAnswer

#: Tries of a tap that meets its twin at work.
IN_PROGRESS_TRIES = 200
#: How often a winner looks whether he has paid.
PAGE_LOADS = 5


@dataclass(frozen=True)
class Sale:
    """Who wants what.

    Attributes:
        buyers: How many people.
        pieces: How many of each bag there are.
        carts: Bags in a buyer's cart, in the order they were put there; buyers take turns.
        taps: One buyer in so many taps twice, with the same key.
        again: How many of the refused try once more when holds have ended.
    """

    buyers: int
    pieces: int
    carts: tuple[tuple[str, ...], ...] = ((BAG,),)
    taps: int = 10
    again: int = 300

    @property
    def bags(self) -> set[str]:
        return {sku for cart in self.carts for sku in cart}


@dataclass
class Tap:
    """One press of the button, until it was answered for good."""

    sent: float = 0.0
    answered: float = 0.0
    answer: WireAnswer | None = None

    @property
    def status(self) -> int:
        return self.answer.status_code if self.answer else 0

    @property
    def code(self) -> str:
        return self.answer.json["code"] if self.answer and self.status >= 400 else ""


@dataclass
class Buyer:
    """A shopper with a key, and how often the button was pressed under it."""

    shopper: ServedShopper
    taps: list[Tap]
    key: str = field(default_factory=lambda: str(uuid4()))

    @property
    def won(self) -> bool:
        return any(tap.status == 201 for tap in self.taps)

    def presses(self, tap: Tap) -> None:
        """Complete, and while the twin is at work ask again for its answer."""
        tap.sent = time.monotonic()
        for _ in range(IN_PROGRESS_TRIES):
            tap.answer = self.shopper.completes(self.key)
            if tap.code != "request_in_progress":
                break
            time.sleep(0.05)
        tap.answered = time.monotonic()

    def presses_again(self) -> None:
        """Press once more, when all has been decided."""
        self.taps.append(Tap())
        self.presses(self.taps[-1])


@dataclass
class Outcome:
    """What a sale came to.

    Attributes:
        sold: Buyers who got what they wanted, first and after holds ended.
        requests: Answers that were judged.
        slowest: Seconds the most patient buyer waited for an answer.
        seconds: How long the rush took.
        faults: A sentence for each thing that may not be.
    """

    sold: int = 0
    requests: int = 0
    slowest: float = 0.0
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)


def hold_sale(shop: ServedShop, sale: Sale) -> Outcome:
    """Sell out, let some holds end, sell those pieces again, and have everyone pay."""
    outcome = Outcome()
    with owner_of(shop.database_url) as app:
        with app.app_context(), transaction() as session:
            leave_in_stock(session, dict.fromkeys(sale.bags, sale.pieces))
        buyers = crowd(shop, app, sale.carts, sale.buyers)
        winners, losers = _rush(outcome, buyers, sale.pieces, taps=sale.taps)
        late = winners[: max(1, len(winners) // 2)]
        _end_holds(app, late)
        again, _ = _rush(outcome, losers[: sale.again], len(late), taps=sale.taps)
        paying = winners[len(late) :] + again
        _pay(outcome, paying)
        outcome.sold = len(winners)
        free = {sku: buyers[0].sees_available(sku) for sku in sale.bags}
        if set(free.values()) != {sale.pieces - len(paying)}:
            outcome.faults.append(f"{len(paying)} of {sale.pieces} sold, but there are {free}")
        outcome.faults += disagreements(shop)
    return outcome


def _rush(
    outcome: Outcome, shoppers: Sequence[ServedShopper], pieces: int, *, taps: int
) -> tuple[list[ServedShopper], list[ServedShopper]]:
    """Let everybody complete at once; return who got it and who did not."""
    buyers = [
        Buyer(shopper, [Tap() for _ in range(2 if number % taps == 0 else 1)])
        for number, shopper in enumerate(shoppers)
    ]
    started = time.monotonic()
    all_at_once([partial(buyer.presses, tap) for buyer in buyers for tap in buyer.taps])
    outcome.seconds += time.monotonic() - started
    # Now that the shelf is empty, a repeat must still meet its own answer.
    all_at_once([buyer.presses_again for buyer in buyers if len(buyer.taps) > 1 and buyer.won])
    every = [tap for buyer in buyers for tap in buyer.taps]
    outcome.requests += len(every)
    outcome.slowest = max(outcome.slowest, *(tap.answered - tap.sent for tap in every))
    outcome.faults += _faults(buyers, pieces)
    return (
        [buyer.shopper for buyer in buyers if buyer.won],
        [buyer.shopper for buyer in buyers if not buyer.won],
    )


def _faults(buyers: Sequence[Buyer], pieces: int) -> list[str]:
    """Return what may not be, whatever order the requests were served in."""
    every = [tap for buyer in buyers for tap in buyer.taps]
    found = [
        f"{tap.status}: {tap.answer.text if tap.answer else 'nothing'}"
        for tap in every
        if tap.status != 201 and tap.code != "out_of_stock"
    ]
    winners = [buyer for buyer in buyers if buyer.won]
    if len(winners) != min(pieces, len(buyers)):
        found.append(f"{pieces} pieces, {len(winners)} sold")
    found += [
        "taps with one key were answered differently"
        for buyer in winners
        if len({(tap.status, tap.answer.data) for tap in buyer.taps if tap.answer}) > 1
    ]
    # Every piece that is not free belongs to someone who asked for it before.
    sent = [min(tap.sent for tap in buyer.taps) for buyer in winners]
    found += [
        "sold out was said while a piece was free"
        for tap in every
        if tap.code == "out_of_stock" and sum(moment < tap.answered for moment in sent) < pieces
    ]
    return found


def _end_holds(app: Flask, whose: Sequence[ServedShopper]) -> None:
    """Move the end of some buyers' time to pay, and of their holds, into the past."""
    numbers = [buyer.placed["order"]["number"] for buyer in whose]
    with app.app_context(), transaction() as session:
        ended = session.scalars(select(database_now())).one() - timedelta(minutes=1)
        theirs = select(Order.id).where(Order.number.in_(numbers))
        session.execute(update(Hold).where(Hold.owner.in_(theirs)).values(ends_at=ended))
        session.execute(update(Order).where(Order.number.in_(numbers)).values(held_until=ended))
        session.execute(
            update(Payment)
            .where(Payment.reference.in_(numbers))
            .values(ends_at=ended - timedelta(minutes=10))
        )


def _pay(outcome: Outcome, buyers: Sequence[ServedShopper]) -> None:
    """Have everyone pay at Stripe and come back."""

    def pay(buyer: ServedShopper) -> None:
        buyer.pays()
        for _ in range(PAGE_LOADS):
            buyer.comes_back()
            if (status := buyer.order()["status"]) == "paid":
                return
        outcome.faults.append(f"a winner who paid has an order that is {status}")

    all_at_once([partial(pay, buyer) for buyer in buyers])
