"""Reads of an order as its owner sees it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, case, exists, func, literal, select
from sqlalchemy.orm import Session, aliased

from shop.kit.money import Money
from shop.kit.pages import Key, Page, fetch
from shop.orders.errors import UnknownOrder
from shop.orders.models import Order, OrderLine, RefundedLine, Shipment, ShippedLine
from shop.orders.queries import WHOLE, OrderWithPayment, latest_payment, pieces_refunded
from shop.orders.states import SENDABLE
from shop.payments.models import COUNTING, Capture, LedgerEntry, PaymentDispute, Refund

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
        select(Order).where(Order.number == number).options(*WHOLE).execution_options(populate_existing=True)
    )
    if order is None:
        raise UnknownOrder(f"There is no order {number!r}.")
    payment = latest_payment(session, number)

    return OrderBooks(
        OrderWithPayment(order, payment, pieces_refunded(session, order.id)),
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


def page_of_orders(
    session: Session,
    *,
    status: str | None = None,
    to_send: bool | None = None,
    email: str | None = None,
    market: str | None = None,
    sku: str | None = None,
    placed_from: datetime | None = None,
    placed_before: datetime | None = None,
    limit: int,
    cursor: str | None,
) -> Page[dict[str, object]]:
    """Read a page of all orders, newest first, with how much of each is still to be sent.

    Args:
        session: To read with.
        status: Only those of this status.
        to_send: Only those with pieces to send, or only those without.
        email: Only this shopper's, in whatever case.
        market: Only those of this market.
        sku: Only those that hold this variant.
        placed_from: Only those placed at this moment or later.
        placed_before: Only those placed earlier than this moment.
        limit: Orders in a page.
        cursor: From the page before, or None.

    Raises:
        BadCursor: The cursor is not one of this list's.
    """
    left = _pieces_to_send()
    asked = {
        "status": status,
        "to_send": to_send,
        "email": email.lower() if email else None,
        "market": market,
        "sku": sku,
        "placed_from": placed_from,
        "placed_before": placed_before,
    }
    conditions = _conditions(left)
    pieces = select(func.sum(OrderLine.quantity)).where(OrderLine.order_id == Order.id).scalar_subquery()
    query = select(Order, pieces, left, Order.created_at, Order.number).where(
        *(conditions[name](value) for name, value in asked.items() if value is not None)
    )
    keys = [
        Key(Order.created_at, descending=True, read=datetime.fromisoformat),
        Key(Order.number, descending=True),
    ]
    return fetch(session, query, keys, limit=limit, cursor=cursor, of=["orders", asked], row=_summary)


def _conditions(left: ColumnElement[int]) -> dict[str, Callable[[Any], ColumnElement[bool]]]:
    """Return what each filter asks of an order, given its value and the pieces still to be sent."""
    bought = aliased(OrderLine)
    return {
        "status": lambda value: Order.status == value,
        "to_send": lambda value: left > 0 if value else left == 0,
        "email": lambda value: func.lower(Order.email) == value,
        "market": lambda value: Order.market_code == value,
        "sku": lambda value: exists().where(bought.order_id == Order.id, bought.sku == value),
        "placed_from": lambda value: Order.created_at >= value,
        "placed_before": lambda value: Order.created_at < value,
    }


def number_like(session: Session, text: str) -> str | None:
    """Return the number of the order that a person means, however it was typed; None: there is none."""
    letters = "".join(letter for letter in text.upper() if letter.isalnum())
    return session.scalar(select(Order.number).where(Order.number == f"{letters[:5]}-{letters[5:]}"))


def _summary(row: tuple[Order, int, int, datetime, str]) -> dict[str, object]:
    order, pieces, left, created_at, number = row
    return {
        "number": number,
        "status": order.status,
        "market": order.market_code,
        "email": order.email,
        "total": Money(order.total_minor, order.currency),
        "pieces": pieces,
        "to_send": left,
        "created_at": created_at,
    }


def _pieces_to_send() -> ColumnElement[int]:
    """Return how many pieces of an order are still to be sent, as a column: what its own page counts."""
    again = aliased(Shipment)
    sent = (
        select(func.coalesce(func.sum(ShippedLine.quantity), 0))
        .join(Shipment, Shipment.id == ShippedLine.shipment_id)
        .where(
            Shipment.order_id == OrderLine.order_id,
            ShippedLine.line_position == OrderLine.position,
            ~exists().where(again.replaces_id == Shipment.id),
        )
        .correlate(OrderLine)
        .scalar_subquery()
    )
    refunded = (
        select(func.coalesce(func.sum(RefundedLine.quantity), 0))
        .join(Refund, Refund.id == RefundedLine.refund_id)
        .where(
            RefundedLine.order_id == OrderLine.order_id,
            RefundedLine.line_position == OrderLine.position,
            Refund.status.in_(COUNTING),
        )
        .correlate(OrderLine)
        .scalar_subquery()
    )
    left = OrderLine.quantity - sent - refunded
    whole = select(func.coalesce(func.sum(case((left > 0, left), else_=0)), 0)).where(
        OrderLine.order_id == Order.id
    )
    return case((Order.status.in_(SENDABLE), whole.scalar_subquery()), else_=literal(0))
