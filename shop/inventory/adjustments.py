"""Putting a count right: so many more or fewer pieces than somebody saw there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from shop.audit import service as audit
from shop.inventory.deliveries import found_place
from shop.inventory.errors import PiecesHeld, StockDiffers
from shop.inventory.models import Movement, Stock
from shop.kit.clock import database_now


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A count that is to be put right.

    Attributes:
        sku: The variant.
        delta: Whole pieces more, or with a minus fewer.
        expected: Pieces on hand that whoever decided saw there; with others nothing is done.
        reason: For the ledger and the audit log.
        location: Code of the location; None is the first that the shop draws from.
    """

    sku: str
    delta: int
    expected: int
    reason: str
    location: str | None = None


@dataclass(frozen=True, slots=True)
class Adjusted:
    """What became of an adjustment.

    Attributes:
        is_first: Whether the variant was never counted there before; the caller publishes then.
        change: For the audit log; the caller records it.
    """

    sku: str
    location: str
    on_hand: int
    held: int
    is_first: bool
    change: audit.Change


def adjust(session: Session, ask: Adjustment) -> Adjusted:
    """Put a count right in the caller's transaction, with its entry in the ledger.

    Of two who saw the same number only the first is followed.

    Args:
        session: From ``transaction()``.
        ask: What is to be put right. Several are made in the order of their SKUs.

    Raises:
        UnknownPlace: There is no such variant or location.
        StockDiffers: Another number of pieces is on hand.
        PiecesHeld: Fewer pieces would remain than are promised.
    """
    variant_id, location_id, location = found_place(session, ask.sku, ask.location)
    place = {"variant_id": variant_id, "location_id": location_id}
    is_here = (Stock.variant_id == variant_id, Stock.location_id == location_id)
    row = session.execute(select(Stock.on_hand, Stock.held).where(*is_here).with_for_update()).one_or_none()
    before, held = (row.on_hand, row.held) if row else (0, 0)
    facts = {"sku": ask.sku, "location": location, "on_hand": before}
    if before != ask.expected:
        raise StockDiffers(f"{before} are on hand, {ask.expected} expected.", expected=ask.expected, **facts)
    after = before + ask.delta
    if after < held:
        raise PiecesHeld(f"{held} of {before} pieces are promised.", held=held, **facts)
    if row is None:
        _count_first(session, place, after, ask, facts)
    else:
        session.execute(
            update(Stock).where(*is_here).values(on_hand=after).execution_options(synchronize_session=False)
        )
    entry = {**place, "kind": "adjusted", "on_hand_delta": ask.delta, "held_delta": 0, "reason": ask.reason}
    session.execute(insert(Movement).values(**entry, happened_at=database_now()))
    change = audit.Change(
        "stock.adjust",
        f"variant:{ask.sku}",
        {"location": location, "on_hand": before},
        {"location": location, "on_hand": after, "reason": ask.reason},
    )
    return Adjusted(ask.sku, location, after, held, row is None, change)


def _count_first(
    session: Session, place: Mapping[str, int], pieces: int, ask: Adjustment, facts: Mapping[str, Any]
) -> None:
    """Count a variant where it never was; whoever comes second is told so."""
    try:
        with session.begin_nested():
            session.execute(insert(Stock).values(**place, on_hand=pieces, held=0))
    except IntegrityError:
        raise StockDiffers("It was counted just now.", expected=ask.expected, **facts) from None
