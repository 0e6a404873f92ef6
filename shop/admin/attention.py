"""Reads of what waits for a person: disputes, money, parcels, shelves that run low."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from shop.admin.listing import LOW_PIECES, for_sale
from shop.admin.queries import page_of_orders
from shop.catalogue.models import Product, Variant
from shop.inventory.models import Stock
from shop.kit.money import Money
from shop.payments.models import Capture, Payment, PaymentDispute, Refund

#: So many of a kind are listed; the rest is counted.
MOST_LISTED = 8


@dataclass(frozen=True, slots=True)
class Matter:
    """One thing that waits.

    Attributes:
        object: Number of the order, or SKU.
        amount_minor: Minor units of ``currency``; None where it is not about money.
        pieces: Free pieces; None where it is not about stock.
        since: Since when, or until when it can be done. UTC.
    """

    object: str
    detail: str
    amount_minor: int | None = None
    currency: str | None = None
    pieces: int | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """Things of one kind that wait.

    Attributes:
        kind: ``disputes``, ``quarantined``, ``refunds``, ``captures``, ``low_stock``.
        count: All of them, or as many as were looked for; ``listed`` are the first.
        is_more: Whether there are more than were counted.
    """

    kind: str
    count: int
    listed: Sequence[Matter]
    is_more: bool = False


def orders_waiting(session: Session) -> list[Waiting]:
    """Read which orders wait for a person, the most pressing kind first."""
    payment = (Payment.reference, Payment.currency)
    standing = select(Capture.payment_id).where(Capture.status.in_(("requested", "succeeded")))
    kinds: dict[str, Select[*tuple[Any, ...]]] = {
        "disputes": select(
            *payment, PaymentDispute.amount_minor, PaymentDispute.opened_at, PaymentDispute.reason
        )
        .join(Payment, Payment.id == PaymentDispute.payment_id)
        .where(PaymentDispute.status == "open")
        .order_by(PaymentDispute.opened_at),
        "quarantined": select(*payment, Payment.amount_minor, Payment.created_at, Payment.reason)
        .where(Payment.status == "quarantined")
        .order_by(Payment.created_at),
        "captures": select(*payment, Payment.amount_minor, Payment.capture_before, Payment.status)
        .where(Payment.status == "authorized", Payment.id.not_in(standing))
        .order_by(Payment.capture_before),
        "refunds": select(*payment, Refund.amount_minor, Refund.created_at, Refund.status)
        .join(Payment, Payment.id == Refund.payment_id)
        .where(Refund.status.in_(("requested", "pending", "failed")))
        .order_by(Refund.created_at),
    }
    return [_waiting(session, kind, query) for kind, query in kinds.items()]


def to_send(session: Session) -> Waiting:
    """Read which orders are paid and not sent, or not all of them; as many as are listed are looked for."""
    found = page_of_orders(session, to_send=True, limit=MOST_LISTED, cursor=None)
    listed = []
    for row in found.items:
        total = cast(Money, row["total"])
        detail = f"{row['to_send']} of {row['pieces']} pieces"
        moment = cast(datetime, row["created_at"])
        listed.append(Matter(str(row["number"]), detail, total.amount, total.currency, None, moment))
    return Waiting("fulfil", len(listed), listed, found.next is not None)


def _waiting(session: Session, kind: str, query: Select[*tuple[Any, ...]]) -> Waiting:
    count = session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    rows = session.execute(query.limit(MOST_LISTED)).all() if count else []
    listed = [Matter(row[0], row[4] or "", row[2], row[1], None, row[3]) for row in rows]
    return Waiting(kind, count, listed)


def low_stock(session: Session) -> Waiting:
    """Read which variants run low, the emptiest shelf first; those never counted are left out.

    Pieces of holds that have just ended count once they were put back. Every shelf is looked at, once:
    an index of free pieces would have each sale write to it, and cost PostgreSQL its HOT updates there.
    """
    free = func.sum(Stock.on_hand - Stock.held)
    of_variant = (
        select(Stock.variant_id, free.label("free")).group_by(Stock.variant_id).having(free <= LOW_PIECES)
    ).subquery()
    query = (
        select(Variant.sku, Product.name, of_variant.c.free, func.count().over())
        .join(of_variant, of_variant.c.variant_id == Variant.id)
        .join(Product, Product.id == Variant.product_id)
        .where(for_sale())
        .order_by(of_variant.c.free, Variant.sku)
        .limit(MOST_LISTED)
    )
    rows = session.execute(query).all()
    return Waiting(
        "low_stock", rows[0][3] if rows else 0, [Matter(row[0], row[1], pieces=int(row[2])) for row in rows]
    )
