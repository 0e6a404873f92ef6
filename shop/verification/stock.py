"""Promises about stock: I2, I3, I9."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Row, Select, func, select, union_all
from sqlalchemy.orm import Session

from shop.catalogue.models import Variant
from shop.inventory.models import Hold, Location, Movement, Stock
from shop.orders.models import Order
from shop.payments.models import PAYABLE, Payment
from shop.verification.promises import Finding, Invariant


def _place(row: Row[Any]) -> str:
    return f"variant {row.sku} at {row.location}"


def _named(rows: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """Add the names of the variant and the location to rows that have their ids."""
    found = rows.subquery()
    return (
        select(Variant.sku, Location.code.label("location"), *found.c)
        .join(Variant, Variant.id == found.c.variant_id)
        .join(Location, Location.id == found.c.location_id)
        .order_by(Variant.sku, Location.code)
    )


def _within_on_hand(session: Session) -> Iterator[Finding]:
    wrong = select(Stock.variant_id, Stock.location_id, Stock.on_hand, Stock.held).where(
        (Stock.held < 0) | (Stock.held > Stock.on_hand)
    )
    for row in session.execute(_named(wrong)):
        found = f"{row.held} held of {row.on_hand} on hand"
        yield _place(row), found, "Count the shelf; set held to the sum of its active holds."


def _held_by_holds(session: Session) -> Iterator[Finding]:
    """Compare what stock says is held with the active holds, both ways."""
    parts = union_all(
        select(
            Stock.variant_id, Stock.location_id, Stock.held.label("held"), (Stock.held * 0).label("promised")
        ),
        select(Hold.variant_id, Hold.location_id, Hold.quantity * 0, Hold.quantity).where(
            Hold.status == "active"
        ),
    ).subquery()
    held, promised = func.sum(parts.c.held).label("held"), func.sum(parts.c.promised).label("promised")
    wrong = (
        select(parts.c.variant_id, parts.c.location_id, held, promised)
        .group_by(parts.c.variant_id, parts.c.location_id)
        .having(func.sum(parts.c.held) != func.sum(parts.c.promised))
    )
    for row in session.execute(_named(wrong)):
        found = f"stock says {row.held} held, its active holds are {row.promised}"
        yield _place(row), found, f"Set held to {row.promised}, with a movement that says why."


def _equal_to_the_ledger(session: Session) -> Iterator[Finding]:
    """Compare stock with the sum of its movements, both ways."""
    parts = union_all(
        select(
            Stock.variant_id,
            Stock.location_id,
            Stock.on_hand.label("on_hand"),
            Stock.held.label("held"),
            (Stock.held * 0).label("moved"),
            (Stock.held * 0).label("moved_held"),
        ),
        select(
            Movement.variant_id,
            Movement.location_id,
            Movement.on_hand_delta * 0,
            Movement.on_hand_delta * 0,
            Movement.on_hand_delta,
            Movement.held_delta,
        ),
    ).subquery()
    sums = {name: func.sum(parts.c[name]) for name in ("on_hand", "held", "moved", "moved_held")}
    wrong = (
        select(parts.c.variant_id, parts.c.location_id, *(each.label(name) for name, each in sums.items()))
        .group_by(parts.c.variant_id, parts.c.location_id)
        .having((sums["on_hand"] != sums["moved"]) | (sums["held"] != sums["moved_held"]))
    )
    for row in session.execute(_named(wrong)):
        found = (
            f"stock says {row.on_hand} on hand and {row.held} held,"
            f" its movements add up to {row.moved} and {row.moved_held}"
        )
        yield _place(row), found, "Count the shelf, and book the difference as an adjustment."


def _held_equals_holds_and_ledger(session: Session) -> Iterator[Finding]:
    yield from _held_by_holds(session)
    yield from _equal_to_the_ledger(session)


def _outlives_its_payment(session: Session) -> Iterator[Finding]:
    wrong = session.execute(
        select(Order.number, func.min(Hold.ends_at).label("hold"), Payment.ends_at)
        .join(Payment, Payment.reference == Order.number)
        .join(Hold, Hold.owner == Order.id)
        .where(Payment.status.in_(PAYABLE), Hold.status == "active", Hold.ends_at < Payment.ends_at)
        .group_by(Order.number, Payment.ends_at)
        .order_by(Order.number)
    )
    for row in wrong:
        found = f"its hold ends at {row.hold:%H:%M:%S}, its payment at {row.ends_at:%H:%M:%S}"
        yield f"order {row.number}", found, "Cancel it, or let its holds last longer."


STOCK = (
    Invariant("I2", "Nothing is held that is not on hand.", _within_on_hand),
    Invariant("I3", "Held is the sum of holds, and stock of its movements.", _held_equals_holds_and_ledger),
    Invariant("I9", "A hold ends after the payment it waits for.", _outlives_its_payment),
)
