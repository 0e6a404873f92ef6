"""What a database holds, and whether it agrees with itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shop.inventory.models import Movement, Stock
from shop.kit.db import Base
from shop.orders.models import Order
from shop.payments.models import Payment
from shop.verification.service import verify


@dataclass(frozen=True, slots=True)
class Contents:
    """Counts for the eye, and faults: damage of the file, or invariants that do not hold."""

    orders: int
    payments: int
    stock_rows: int
    movements: int
    last_order_at: datetime | None
    faults: tuple[str, ...]


def examine(session: Session, damage: Sequence[str] = ()) -> Contents:
    """Count what a database holds and ask it for every invariant.

    Args:
        session: Sees one moment of the database.
        damage: What its engine found wrong with the file.
    """
    return Contents(
        orders=_count(session, Order),
        payments=_count(session, Payment),
        stock_rows=_count(session, Stock),
        movements=_count(session, Movement),
        last_order_at=session.scalar(select(func.max(Order.created_at))),
        faults=(*damage, *map(str, verify(session))),
    )


def _count(session: Session, model: type[Base]) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0
