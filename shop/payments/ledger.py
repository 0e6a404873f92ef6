"""The books of money: what came in and what went out, each movement once."""

from __future__ import annotations

from typing import Literal

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from shop.kit.clock import database_now
from shop.kit.db import insert_if_absent
from shop.payments.models import LedgerEntry, Payment

Kind = Literal["captured", "refunded", "refund_failed", "disputed", "dispute_won"]

#: What each kind does to the money that the shop has.
_EFFECTS: dict[Kind, str] = {
    "captured": "in",
    "refunded": "out",
    "refund_failed": "in",
    "disputed": "out",
    "dispute_won": "in",
}


def post(session: Session, kind: Kind, subject: object, payment: Payment, amount_minor: int) -> bool:
    """Book a movement of money, unless it is booked; return whether this call did it.

    Args:
        session: From ``transaction()``.
        kind: What happened.
        subject: Id of what it happened to; kind and subject together are booked once.
        payment: Whose money it is.
        amount_minor: Minor units, above 0.
    """
    return insert_if_absent(
        session,
        LedgerEntry,
        "reference",
        reference=f"{kind}-{subject}",
        payment_id=payment.id,
        kind=kind,
        effect=_EFFECTS[kind],
        amount_minor=amount_minor,
        currency=payment.currency,
        happened_at=database_now(),
    )


def booked(session: Session, kind: Kind, subject: object) -> bool:
    """Return whether a movement is in the books."""
    found = session.scalar(select(LedgerEntry.id).where(LedgerEntry.reference == f"{kind}-{subject}"))
    return found is not None


def signed_amount() -> ColumnElement[int]:
    """Return the SQL of an entry's amount with its sign, for sums."""
    return case(
        (LedgerEntry.effect == "in", LedgerEntry.amount_minor),
        else_=-LedgerEntry.amount_minor,
    )


def balance(session: Session, payment: Payment) -> int:
    """Return what the shop has of a payment. Minor units."""
    total = select(func.coalesce(func.sum(signed_amount()), 0)).where(LedgerEntry.payment_id == payment.id)
    return int(session.scalar(total) or 0)
