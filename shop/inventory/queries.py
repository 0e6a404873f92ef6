"""Reads of what can be bought now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, false, func, literal, select, true, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session

from shop.catalogue.models import Variant
from shop.inventory.errors import OutOfStock
from shop.inventory.models import Hold, Stock
from shop.kit.clock import database_now
from shop.kit.problems import Busy


def pieces_of(variant_id: InstrumentedAttribute[int] | ColumnElement[int]) -> ColumnElement[int]:
    """Return the pieces of one variant that can be bought now, as a column of another statement.

    Looked up for the rows asked for. Pieces of a hold whose end has passed count, though nobody
    swept it: an expired hold is buyable at once.
    """
    free = select(func.coalesce(func.sum(Stock.on_hand - Stock.held), 0)).where(
        Stock.variant_id == variant_id
    )
    ended = select(func.coalesce(func.sum(Hold.quantity), 0)).where(
        Hold.variant_id == variant_id, Hold.status == "active", Hold.ends_at <= database_now()
    )
    return free.scalar_subquery() + ended.scalar_subquery()


def exhausted(session: Session, locations: Sequence[int]) -> set[int]:
    """Read which of many variants have no piece that can be bought now, in one statement.

    :func:`pieces_of` is 0 for these, and for those that have no row of stock.

    Args:
        session: To read with.
        locations: How many rows of stock each variant has, by its id; one that is not in here is
            left out.
    """
    empty = select(Stock.variant_id, false().label("has_ended")).where(Stock.held >= Stock.on_hand)
    ended = select(Hold.variant_id, true().label("has_ended")).where(
        Hold.status == "active", Hold.ends_at <= database_now()
    )
    without, coming_free = Counter[int](), set[int]()
    for variant_id, has_ended in session.execute(union_all(empty, ended)):
        if has_ended:
            coming_free.add(variant_id)
        elif variant_id < len(locations):
            without[variant_id] += 1
    return {each for each, rows in without.items() if rows == locations[each]} - coming_free


def buyable_among(session: Session, variant_ids: Collection[int]) -> set[int]:
    """Read which of a few variants have a piece that can be bought now."""
    of_these = Variant.id.in_(variant_ids)
    return set(session.scalars(select(Variant.id).where(of_these, pieces_of(Variant.id) > 0)))


def available(session: Session, variant_id: int) -> int:
    """Read how many pieces of one variant can be bought now."""
    return int(session.scalar(select(pieces_of(literal(variant_id)))) or 0)


def next_hold_end(session: Session, variant_id: int) -> datetime | None:
    """Read when the next piece of a variant that is promised to someone may come free."""
    return session.scalar(
        select(func.min(Hold.ends_at)).where(
            Hold.variant_id == variant_id, Hold.status == "active", Hold.ends_at > database_now()
        )
    )


def shortage(session: Session, sku: str, variant_id: int, wanted: int) -> OutOfStock | Busy:
    """Return the refusal of pieces that could not be taken, with what is left and when to ask again.

    Where enough is left after all, another buyer is just putting ended holds back: that is no
    "sold out", and the same request will do in a moment.
    """
    left = available(session, variant_id)
    if left >= wanted:
        return Busy("Pieces are just coming free; ask again.", sku=sku)
    again = next_hold_end(session, variant_id)
    facts = {"retry_at": again.strftime("%Y-%m-%dT%H:%M:%SZ")} if again else {}
    detail = f"{left} left, {wanted} asked for."
    return OutOfStock(detail, sku=sku, requested=wanted, available=left, **facts)
