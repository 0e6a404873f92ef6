"""Reads of an order as its owner sees it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from shop.kit.money import Money
from shop.orders.errors import UnknownOrder
from shop.orders.models import Order
from shop.orders.queries import OrderWithPayment, latest_payment
from shop.payments.models import Capture, LedgerEntry, PaymentDispute, Refund

Book = TypeVar("Book", Capture, Refund, PaymentDispute, LedgerEntry)


@dataclass(frozen=True, slots=True)
class OrderBooks:
    """An order with all that happened to its money."""

    found: OrderWithPayment
    captures: Sequence[Capture]
    refunds: Sequence[Refund]
    disputes: Sequence[PaymentDispute]
    ledger: Sequence[LedgerEntry]


def order_books(session: Session, number: str) -> OrderBooks:
    """Read an order and its books.

    Raises:
        UnknownOrder: There is no such order.
    """
    order = session.scalar(
        select(Order)
        .where(Order.number == number)
        .options(selectinload(Order.lines), selectinload(Order.entries), selectinload(Order.events))
        .execution_options(populate_existing=True)
    )
    if order is None:
        raise UnknownOrder(f"There is no order {number!r}.")
    payment = latest_payment(session, number)

    return OrderBooks(
        OrderWithPayment(order, payment),
        _of_payment(session, Capture, payment.id),
        _of_payment(session, Refund, payment.id),
        _of_payment(session, PaymentDispute, payment.id),
        _of_payment(session, LedgerEntry, payment.id),
    )


def _of_payment(session: Session, model: type[Book], payment_id: UUID) -> list[Book]:
    """Read what of a kind happened to a payment, oldest first."""
    moments = {Capture: "created_at", Refund: "created_at", PaymentDispute: "opened_at", LedgerEntry: "id"}
    rows = session.scalars(
        select(model)
        .where(model.payment_id == payment_id)
        .order_by(getattr(model, moments[model]))
        .execution_options(populate_existing=True)
    )
    return list(rows)


def order_summary(session: Session, number: str) -> list[str]:
    """Return an order's books as lines to read.

    Raises:
        UnknownOrder: There is no such order.
    """
    books = order_books(session, number)
    order, payment = books.found.order, books.found.payment

    def money(amount_minor: int) -> Money:
        return Money(amount_minor, order.currency)

    lines = [
        f"order {order.number}: {order.status}, {money(order.total_minor)}",
        f"payment: {payment.status}",
        f"captured: {money(payment.captured_minor)}, given back {money(payment.refunded_minor)}",
    ]
    lines += [f"decision: {money(each.amount_minor)}, {each.status}, {each.actor}" for each in books.captures]
    lines += [
        f"refund: {money(each.amount_minor)}, {each.status}, {each.reason}, {each.actor}"
        for each in books.refunds
    ]
    lines += [f"dispute: {money(each.amount_minor)}, {each.status}, {each.reason}" for each in books.disputes]
    lines += [f"ledger: {each.effect:>3} {money(each.amount_minor)}, {each.kind}" for each in books.ledger]
    return lines
