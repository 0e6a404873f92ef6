"""Refunds: a row before Stripe is asked, never above what was captured, and taken over from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from shop.kit.clock import database_now
from shop.kit.db import db
from shop.payments import disputes, ledger
from shop.payments.errors import NothingCaptured, PaymentDisputed, RefundTooLarge
from shop.payments.gateway import StripeGateway
from shop.payments.models import UNDECIDED, Payment, Refund
from shop.payments.results import RefundState

#: Stripe may forget a key after 24 hours; an older refund is looked up before it is asked for again.
KEY_HOURS = 23

#: New status: statuses it may be reached from. What succeeded may still fail at the bank.
_FROM = {
    "pending": ("requested",),
    "succeeded": ("requested", "pending"),
    "failed": ("requested", "pending", "succeeded"),
}


def reserve(session: Session, payment: Payment, amount_minor: int, *, reason: str, actor: str) -> Refund:
    """Write down money to give back, within what was captured and is not given back yet.

    Check and subtraction are one statement, so that refunds in parallel never exceed it.

    Args:
        session: From ``transaction()``, with the payment locked.
        payment: The payment.
        amount_minor: Minor units, above 0.
        reason: Why.
        actor: Who asked.

    Raises:
        NothingCaptured: The payment brought no money.
        PaymentDisputed: The bank holds the money until a dispute is decided.
        RefundTooLarge: Less is left; ``refundable`` says how much.
    """
    if payment.status != "paid":
        raise NothingCaptured(payment_status=payment.status)
    if disputes.is_open(session, payment.id):
        raise PaymentDisputed
    if not _count(session, payment.id, amount_minor):
        left = session.scalars(
            select(Payment.captured_minor - Payment.refunded_minor).where(Payment.id == payment.id)
        ).one()
        detail = f"{left} minor units are left to give back, {amount_minor} asked for."
        raise RefundTooLarge(detail, refundable=left, requested=amount_minor)
    return _add(session, payment.id, amount_minor, reason=reason, actor=actor)


def _count(session: Session, payment_id: UUID, amount_minor: int) -> bool:
    counted = session.execute(
        update(Payment)
        .where(Payment.id == payment_id, Payment.captured_minor - Payment.refunded_minor >= amount_minor)
        .values(refunded_minor=Payment.refunded_minor + amount_minor)
        .execution_options(synchronize_session=False)
    )
    return bool(counted.rowcount)  # type: ignore[attr-defined]


def _add(session: Session, payment_id: UUID, amount_minor: int, **values: str | None) -> Refund:
    refund = Refund(
        payment_id=payment_id,
        amount_minor=amount_minor,
        created_at=session.scalars(select(database_now())).one(),
        **values,
    )
    session.add(refund)
    session.flush()
    return refund


@dataclass(frozen=True, slots=True)
class Unsent:
    """A refund to ask about or to ask for."""

    id: UUID
    payment_id: UUID
    intent_id: str | None
    amount_minor: int
    stripe_id: str | None
    key_may_be_forgotten: bool


def undecided(payment_id: UUID) -> list[Unsent]:
    """Read the refunds of a payment that may still change, oldest first.

    None while a dispute is open: Stripe would refuse them, and they are owed still.
    """
    session = db.session()
    if disputes.is_open(session, payment_id):
        return []
    limit = session.scalars(select(database_now())).one() - timedelta(hours=KEY_HOURS)
    rows = session.execute(
        select(
            Refund.id,
            Refund.payment_id,
            Payment.intent_id,
            Refund.amount_minor,
            Refund.stripe_id,
            (Refund.created_at < limit).label("old"),
        )
        .join(Payment)
        .where(Refund.payment_id == payment_id, Refund.status.in_(UNDECIDED))
        .order_by(Refund.created_at)
    )
    return [Unsent(*row) for row in rows]


def ask(gateway: StripeGateway, refund: Unsent) -> RefundState:
    """Give back what is owed, or look how it went; asking again does not give it back twice.

    Raises:
        PaymentProviderUnavailable: Ask again; the row and its key stay.
    """
    if refund.stripe_id is not None:
        return gateway.read_refund(refund.stripe_id)
    assert refund.intent_id is not None
    if refund.key_may_be_forgotten:
        for found in gateway.refunds_of(refund.intent_id):
            if found.ours == refund.id:
                return found
    return gateway.refund(refund.intent_id, refund.amount_minor, refund_id=refund.id)


def record(session: Session, refund_id: UUID, state: RefundState) -> bool:
    """Note how a refund stands at Stripe, and book it; return whether anything changed.

    A refund that failed no longer counts against what was captured.

    Args:
        session: From ``transaction()``, with the payment locked.
        refund_id: The refund.
        state: As Stripe says.
    """
    refund = session.get_one(Refund, refund_id, populate_existing=True)
    payment = session.get_one(Payment, refund.payment_id)
    if refund.stripe_id is None:
        refund.stripe_id = state.refund_id
        session.flush()
    if state.status not in _FROM or refund.status not in _FROM[state.status]:
        return False
    refund.status = state.status
    session.flush()
    if state.status == "succeeded":
        ledger.post(session, "refunded", refund.id, payment, refund.amount_minor)
    if state.status == "failed":
        if ledger.booked(session, "refunded", refund.id):
            ledger.post(session, "refund_failed", refund.id, payment, refund.amount_minor)
        session.execute(
            update(Payment)
            .where(Payment.id == payment.id)
            .values(refunded_minor=Payment.refunded_minor - refund.amount_minor)
            .execution_options(synchronize_session=False)
        )
    return True


def of_stripe(session: Session, payment: Payment, state: RefundState) -> UUID | None:
    """Return our row of a refund that Stripe lists, taking it over where it was made elsewhere.

    Found by Stripe's id, else by the id of ours that it carries: of a refund whose answer is
    still on its way there is a row already.

    Returns:
        None where it cannot be counted now: a refund of ours that Stripe will refuse is in its
        place, and has to be asked for first.
    """
    known = session.scalar(select(Refund.id).where(Refund.stripe_id == state.refund_id))
    if known is not None:
        return known
    if state.ours is not None:
        ours = session.scalar(
            select(Refund.id).where(Refund.id == state.ours, Refund.payment_id == payment.id)
        )
        if ours is not None:
            return ours
    if state.status != "failed" and not _count(session, payment.id, state.amount):
        return None
    refund = _add(
        session,
        payment.id,
        state.amount,
        reason="dashboard",
        actor="stripe",
        stripe_id=state.refund_id,
        status="failed" if state.status == "failed" else "requested",
    )
    return refund.id
