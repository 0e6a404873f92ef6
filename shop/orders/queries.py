"""Reads of an order with its payment."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from shop.orders.errors import UnknownOrder
from shop.orders.models import Order, RefundedLine, Shipment
from shop.payments.models import COUNTING, LIVE, Payment, Refund


@dataclass(frozen=True, slots=True)
class OrderWithPayment:
    """An order and its latest payment.

    Attributes:
        refunded: Pieces whose money went back, by the position of their line.
    """

    order: Order
    payment: Payment
    refunded: Mapping[int, int] = field(default_factory=dict)


#: All that is shown of an order.
WHOLE: tuple[ORMOption, ...] = (
    selectinload(Order.lines),
    selectinload(Order.entries),
    selectinload(Order.events),
    selectinload(Order.shipments).selectinload(Shipment.lines),
)


def order(session: Session, number: str, token_hash: str) -> OrderWithPayment:
    """Read an order for whoever holds its token.

    Raises:
        UnknownOrder: No order of that number opens with that token.
    """
    found = session.scalar(
        select(Order).where(Order.number == number, Order.token_hash == token_hash).options(*WHOLE)
    )
    if found is None:
        raise UnknownOrder
    return OrderWithPayment(found, latest_payment(session, number), pieces_refunded(session, found.id))


def pieces_refunded(session: Session, order_id: UUID) -> dict[int, int]:
    """Read how many pieces of each line of an order have their money back, or on its way."""
    rows = session.execute(
        select(RefundedLine.line_position, func.sum(RefundedLine.quantity))
        .join(Refund, Refund.id == RefundedLine.refund_id)
        .where(RefundedLine.order_id == order_id, Refund.status.in_(COUNTING))
        .group_by(RefundedLine.line_position)
    )
    return {position: int(pieces) for position, pieces in rows}


def number_of(session: Session, checkout_id: UUID, token_hashes: Collection[str]) -> str | None:
    """Return the number of the latest order of a checkout, for whoever holds its token."""
    return session.scalar(
        select(Order.number)
        .where(Order.checkout_id == checkout_id, Order.token_hash.in_(token_hashes))
        .order_by(Order.created_at.desc())
        .limit(1)
    )


def latest_payment(session: Session, number: str) -> Payment:
    """Read the payment of an order that counts: the live or paid one, else the latest."""
    live_first = case((Payment.status.in_((*LIVE, "paid")), 0), else_=1)
    return session.scalars(
        select(Payment)
        .where(Payment.reference == number)
        .order_by(live_first, Payment.created_at.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    ).one()


def standing(shipments: Iterable[Shipment]) -> list[Shipment]:
    """Return the parcels whose facts stand, those that were put right left out."""
    found = list(shipments)
    replaced = {each.replaces_id for each in found}
    return [each for each in found if each.id not in replaced]
