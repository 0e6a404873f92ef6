"""Payments that a bank takes back, until it is decided whose the money is."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from shop.kit.clock import database_now
from shop.kit.db import insert_if_absent
from shop.payments import ledger
from shop.payments.models import Payment, PaymentDispute
from shop.payments.results import DisputeState


def is_open(session: Session, payment_id: UUID) -> bool:
    """Return whether a dispute of a payment is undecided: nothing is shipped or given back then."""
    found = session.scalar(
        select(PaymentDispute.id)
        .where(PaymentDispute.payment_id == payment_id, PaymentDispute.status == "open")
        .limit(1)
    )
    return found is not None


def record(session: Session, payment: Payment, state: DisputeState) -> bool:
    """Note how a dispute stands, and book the money that it moved; return whether it is news.

    Args:
        session: From ``transaction()``, with the payment locked.
        payment: What is disputed.
        state: As Stripe says.
    """
    news = insert_if_absent(
        session,
        PaymentDispute,
        "id",
        id=state.dispute_id,
        payment_id=payment.id,
        amount_minor=state.amount,
        status=state.status,
        reason=state.reason,
        opened_at=database_now(),
    )
    dispute = session.get_one(PaymentDispute, state.dispute_id)
    if dispute.status == "open" and state.status != "open":
        dispute.status = state.status
        session.flush()
        news = True
    if state.withdrawn:
        ledger.post(session, "disputed", dispute.id, payment, dispute.amount_minor)
    if dispute.status == "won" and ledger.booked(session, "disputed", dispute.id):
        ledger.post(session, "dispute_won", dispute.id, payment, dispute.amount_minor)
    return news
