"""Reads of many orders, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shop.kit.pages import Key, Page, fetch
from shop.orders.models import Order, OrderEvent


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order as a list shows it."""

    number: str
    status: str
    total_minor: int
    currency: str
    market_code: str
    email: str
    created_at: datetime


_COLUMNS = tuple(getattr(Order, name) for name in OrderRow.__slots__)


def page_of_orders(
    session: Session, *, status: str | None = None, q: str | None = None, limit: int, cursor: str | None
) -> Page[OrderRow]:
    """Read a page of orders, newest first.

    Args:
        session: To read with.
        status: Only orders in this status.
        q: The beginning of a number, or a whole e-mail address.
        limit: Orders in a page.
        cursor: From the page before, or None.

    Raises:
        BadCursor: The cursor is not one of this list's.
    """
    # Numbers are random; what orders stand in order by is the event of their placing.
    query = select(*_COLUMNS, OrderEvent.id).join(
        OrderEvent, (OrderEvent.order_id == Order.id) & (OrderEvent.kind == "placed")
    )
    if status:
        query = query.where(Order.status == status)
    if q and "@" in q:
        query = query.where(func.lower(Order.email) == q.lower())
    elif q:
        query = query.where(Order.number.startswith(q.upper(), autoescape=True))
    return fetch(
        session,
        query,
        [Key(OrderEvent.id, descending=True)],
        limit=limit,
        cursor=cursor,
        of=["orders", status, q],
        row=lambda row: OrderRow(*row[: len(_COLUMNS)]),
    )
