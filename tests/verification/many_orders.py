"""A shop with many paid orders, made by copying one that was bought: fast to make, and in agreement."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from shop.cart.models import Cart
from shop.checkout.models import Checkout
from shop.inventory.models import Hold, Movement
from shop.kit.db import Base
from shop.orders.models import Order, OrderEntry, OrderEvent, OrderLine
from shop.orders.service import new_number
from shop.outbox.models import OutboxMessage
from shop.payments.models import LedgerEntry, Payment

#: What belongs to an order, in an order in which it can be written.
MODELS: tuple[type[Base], ...] = (
    Cart,
    Checkout,
    Order,
    OrderLine,
    OrderEntry,
    OrderEvent,
    Payment,
    LedgerEntry,
    OutboxMessage,
    Hold,
    Movement,
)
#: Of these the database counts the ids.
NUMBERED = (OrderEvent, LedgerEntry, OutboxMessage, Movement)


def multiply(session: Session, count: int) -> None:
    """Copy the one paid order of a shop, with all that belongs to it.

    Args:
        session: From ``transaction()``.
        count: How many copies.
    """
    order = session.scalars(select(Order)).one()
    payment = session.scalars(select(Payment)).one()
    hold = session.scalars(select(Hold)).one()
    originals = {model: _rows(session, model) for model in MODELS}
    originals[Movement] = [row for row in originals[Movement] if row["reference"] == str(hold.id)]
    copies: dict[type[Base], list[dict[str, Any]]] = {model: [] for model in MODELS}
    for _ in range(count):
        # Ids stand alone and within references, as text.
        names: dict[Any, Any] = {order.number: new_number()}
        for each in (order.id, payment.id, hold.id, order.cart_id, order.checkout_id):
            names[each] = uuid4()
        names |= {
            f"captured-{payment.id}": f"captured-{names[payment.id]}",
            str(hold.id): str(names[hold.id]),
        }
        names |= {payment.session_id: f"cs_{names[payment.id]}", payment.intent_id: f"pi_{names[payment.id]}"}
        for model, rows in originals.items():
            copies[model] += [_copied(row, names) for row in rows]
    received = {**originals[Movement][0], "kind": "received", "on_hand_delta": count, "held_delta": 0}
    copies[Movement].append({**received, "reference": None})
    for model, rows in copies.items():
        session.execute(insert(model), rows)


def _rows(session: Session, model: type[Base]) -> list[dict[str, Any]]:
    columns = [each for each in model.__table__.columns if model not in NUMBERED or each.name != "id"]
    return [dict(row) for row in session.execute(select(*columns)).mappings()]


def _copied(row: dict[str, Any], names: dict[Any, Any]) -> dict[str, Any]:
    return {
        name: names.get(value, value) if isinstance(value, str | UUID) else value
        for name, value in row.items()
    }
