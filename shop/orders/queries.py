"""Reads of an order with its payment."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import case, select
from sqlalchemy.orm import Session, selectinload

from shop.orders.errors import UnknownOrder
from shop.orders.models import Order
from shop.payments.models import LIVE, Payment


@dataclass(frozen=True, slots=True)
class OrderWithPayment:
    """An order and its latest payment."""

    order: Order
    payment: Payment


def order(session: Session, number: str, token_hash: str) -> OrderWithPayment:
    """Read an order for whoever holds its token.

    Raises:
        UnknownOrder: No order of that number opens with that token.
    """
    found = session.scalar(
        select(Order)
        .where(Order.number == number, Order.token_hash == token_hash)
        .options(selectinload(Order.lines), selectinload(Order.entries), selectinload(Order.events))
    )
    if found is None:
        raise UnknownOrder
    return OrderWithPayment(found, latest_payment(session, number))


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
