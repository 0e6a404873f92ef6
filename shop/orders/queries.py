"""Reads of an order with its payment."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from shop.kit.money import allocate
from shop.orders.errors import UnknownOrder
from shop.orders.models import Order, OrderEntry, OrderLine, RefundedLine, Shipment
from shop.payments.models import COUNTING, LIVE, Payment, Refund
from shop.pricing.breakdown import Kind


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


@dataclass(frozen=True, slots=True)
class RefundableLine:
    """What of a line can still be given back.

    Attributes:
        pieces: Whole pieces whose money was not given back yet.
        parts_minor: What each of those gives back, in the order in which they would go. Minor units.
    """

    line: OrderLine
    pieces: int
    parts_minor: Sequence[int]


def refundable_lines(session: Session, order: Order) -> list[RefundableLine]:
    """Read what of each line of an order can still be given back; its lines must be loaded."""
    gone, totals = pieces_refunded(session, order.id), line_totals(session, order.id)
    found = []
    for line in order.lines:
        first = gone.get(line.position, 0)
        parts = allocate(totals[line.position], [1] * line.quantity)[first:]
        found.append(RefundableLine(line, len(parts), parts))
    return found


def line_totals(session: Session, order_id: UUID) -> dict[int, int]:
    """Read what each line of an order came to, tax included, by its position. Minor units."""
    rows = session.execute(
        select(OrderEntry.line_position, OrderEntry.amount_minor).where(
            OrderEntry.order_id == order_id,
            OrderEntry.kind == Kind.TOTAL.value,
            OrderEntry.line_position.is_not(None),
        )
    )
    return {position: amount for position, amount in rows if position is not None}


def shipping_minor(session: Session, order: Order) -> int:
    """Read what of an order no line holds: shipping, with its tax. Minor units."""
    return order.total_minor - sum(line_totals(session, order.id).values())


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
