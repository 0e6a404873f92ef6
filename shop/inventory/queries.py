"""Reads of what can be bought now."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Subquery, func, select, union_all
from sqlalchemy.orm import Session

from shop.inventory.errors import OutOfStock
from shop.inventory.models import Hold, Stock
from shop.kit.clock import database_now
from shop.kit.problems import Busy


def availability() -> Subquery:
    """Return the pieces of every stocked variant that can be bought now.

    Columns ``variant_id`` and ``pieces``. Pieces of a hold whose end has passed count, though
    nobody swept it: an expired hold is buyable at once.
    """
    free = select(Stock.variant_id, (Stock.on_hand - Stock.held).label("pieces"))
    ended = select(Hold.variant_id, Hold.quantity).where(
        Hold.status == "active", Hold.ends_at <= database_now()
    )
    parts = union_all(free, ended).subquery()
    return (
        select(parts.c.variant_id, func.sum(parts.c.pieces).label("pieces"))
        .group_by(parts.c.variant_id)
        .subquery("availability")
    )


def available(session: Session, variant_id: int) -> int:
    """Read how many pieces of one variant can be bought now."""
    now = availability()
    return int(session.scalar(select(now.c.pieces).where(now.c.variant_id == variant_id)) or 0)


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
