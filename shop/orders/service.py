"""Placing an order and moving it forward. Every function joins its caller's transaction."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any, cast
from uuid import UUID, uuid4

import orjson
from sqlalchemy import String, Table, insert, literal, select, update
from sqlalchemy.orm import Session

from shop.kit.clock import database_now
from shop.orders.models import Order, OrderEntry, OrderEvent, OrderLine
from shop.orders.states import ENDED, SETTLED, TRANSITIONS, Status, settled_status
from shop.pricing.breakdown import Breakdown, Entry

#: What of a line and of an entry is sealed.
SEALED_LINE = (
    "position",
    "variant_id",
    "sku",
    "style_code",
    "description",
    "quantity",
    "list_minor",
    "charged_minor",
)
SEALED_ENTRY = ("position", "line_position", "kind", "effect", "amount_minor", "tax_included", "tax_rate_ppm")

#: Crockford's base 32: no letter that is read as a digit.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass(frozen=True, slots=True)
class FrozenLine:
    """A variant as it is sold, in words and minor units of today."""

    variant_id: int
    sku: str
    style_code: str
    description: dict[str, Any]
    quantity: int
    list_minor: int
    charged_minor: int


@dataclass(frozen=True, slots=True)
class Draft:
    """What an order freezes, beside its lines and amounts.

    Attributes:
        held_until: Until when its pieces are held, UTC.
    """

    token_hash: str
    cart_id: UUID
    checkout_id: UUID
    market_code: str
    currency: str
    email: str
    shipping_address: dict[str, Any]
    billing_address: dict[str, Any]
    shipping_option: dict[str, Any]
    held_until: datetime
    created_at: datetime


def new_number() -> str:
    """Return a number to quote: ten random letters, which tell nothing of what is sold."""
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(10))
    return f"{letters[:5]}-{letters[5:]}"


def place(session: Session, draft: Draft, lines: Sequence[FrozenLine], breakdown: Breakdown) -> Order:
    """Freeze an order; from here on only its status moves.

    Args:
        session: From ``transaction()``.
        draft: Who, where, how.
        lines: What, in the order of ``breakdown.lines``.
        breakdown: For how much.
    """
    order_id = uuid4()
    frozen = [
        {"order_id": order_id, "position": position, **{name: getattr(line, name) for name in line.__slots__}}
        for position, line in enumerate(lines, start=1)
    ]
    entries = _entries(order_id, breakdown)
    order = Order(
        id=order_id,
        number=new_number(),
        total_minor=breakdown.total,
        seal=seal(map(itemgetter(*SEALED_LINE), frozen), map(itemgetter(*SEALED_ENTRY), entries)),
        **{name: getattr(draft, name) for name in draft.__slots__},
    )
    session.add(order)
    session.flush()
    session.execute(insert(OrderLine), frozen)
    # The table and not the model, which would make a statement for each set of columns that are not null.
    session.execute(insert(cast(Table, OrderEntry.__table__)), entries)
    record(session, order.id, "placed")
    return order


def _entries(order_id: UUID, breakdown: Breakdown) -> list[dict[str, Any]]:
    entries = [_entry(order_id, None, entry) for entry in breakdown.entries]
    for position, priced in enumerate(breakdown.lines, start=1):
        entries += [_entry(order_id, position, entry) for entry in priced.entries]
    return [{**row, "position": number} for number, row in enumerate(entries, start=1)]


def seal(lines: Iterable[Sequence[Any]], entries: Iterable[Sequence[Any]]) -> str:
    """Return the SHA-256 of frozen lines and entries, in the order of their positions.

    Kept with the order, so that a change of what was sold shows, whoever made it and however.

    Args:
        lines: The values of ``SEALED_LINE`` of each line.
        entries: The values of ``SEALED_ENTRY`` of each entry.
    """
    frozen = orjson.dumps([[*lines], [*entries]], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(frozen).hexdigest()


def _entry(order_id: UUID, line_position: int | None, entry: Entry) -> dict[str, Any]:
    return {
        "order_id": order_id,
        "line_position": line_position,
        "kind": entry.kind.value,
        "effect": entry.effect.value,
        "amount_minor": entry.amount,
        "tax_included": entry.tax_included,
        "tax_rate_ppm": entry.tax_rate_ppm,
    }


def move(session: Session, order_id: UUID, to: Status, *, detail: str | None = None) -> bool:
    """Move an order forward, once; return whether this call did it.

    One conditional statement decides, so that of a webhook and a return page only one acts.
    """
    moved = session.execute(
        update(Order)
        .where(Order.id == order_id, Order.status.in_(sorted(TRANSITIONS[to])))
        .values(status=to)
        .execution_options(synchronize_session=False)
    )
    if not moved.rowcount:  # type: ignore[attr-defined]
        return False
    record(session, order_id, to, detail=detail)
    return True


def follow_refunds(session: Session, order_id: UUID, *, captured_minor: int, refunded_minor: int) -> bool:
    """Bring a paid order's status in line with what went back; return whether it moved.

    Args:
        session: From ``transaction()``, with the order locked.
        order_id: The order; one that never was paid is left alone.
        captured_minor: Minor units received.
        refunded_minor: Minor units that have gone back.
    """
    to = settled_status(captured_minor, refunded_minor)
    moved = session.execute(
        update(Order)
        .where(Order.id == order_id, Order.status.in_(set(SETTLED) - {to}))
        .values(status=to)
        .execution_options(synchronize_session=False)
    )
    if not moved.rowcount:  # type: ignore[attr-defined]
        return False
    record(session, order_id, to)
    return True


def record(session: Session, order_id: UUID, kind: str, *, detail: str | None = None) -> None:
    """Add an event to an order's log."""
    session.execute(
        insert(OrderEvent).values(order_id=order_id, kind=kind, detail=detail, happened_at=database_now())
    )


def record_unless_ended(session: Session, number: str, kind: str) -> str | None:
    """Add an event to the log of an order that has not ended, and return its status; else None.

    One statement looks and writes, so that no end comes between.
    """
    status = select(Order.status).where(Order.number == number)
    found: str | None = session.scalar(
        insert(OrderEvent)
        .from_select(
            ["order_id", "kind", "happened_at"],
            select(Order.id, literal(kind, String), database_now()).where(
                Order.number == number, Order.status.not_in(ENDED)
            ),
        )
        .returning(status.scalar_subquery())
    )
    return found
