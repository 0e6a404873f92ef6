"""Authorized money: taken, in part or whole, or let go. The decision is a row before Stripe is asked."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from shop.kit.clock import database_now
from shop.kit.db import db
from shop.payments.errors import CaptureDecided, CaptureTooLarge, NothingAuthorized
from shop.payments.gateway import StripeGateway
from shop.payments.models import Capture, Payment


def decide(session: Session, payment: Payment, amount_minor: int, *, actor: str) -> Capture:
    """Write down that authorized money is taken, or with 0 let go; the first decision stands.

    Args:
        session: From ``transaction()``, with the payment locked.
        payment: The payment.
        amount_minor: Minor units to take; 0 lets all of it go.
        actor: Who decided.

    Raises:
        NothingAuthorized: The payment holds no authorized money.
        CaptureTooLarge: More than was authorized.
        CaptureDecided: It was decided before.
    """
    if payment.status != "authorized":
        raise NothingAuthorized(payment_status=payment.status)
    if amount_minor > payment.amount_minor:
        detail = f"{payment.amount_minor} minor units are authorized, {amount_minor} asked for."
        raise CaptureTooLarge(detail, authorized=payment.amount_minor, requested=amount_minor)
    if amount_minor == 0:
        payment.cancel_asked = True
    capture = Capture(
        payment_id=payment.id,
        amount_minor=amount_minor,
        actor=actor,
        created_at=session.scalars(select(database_now())).one(),
    )
    try:
        with session.begin_nested():
            session.add(capture)
    except IntegrityError:
        raise CaptureDecided from None
    return capture


def standing(session: Session, payment_id: UUID) -> Capture | None:
    """Return the decision on a payment that stands, if any."""
    return session.scalar(
        select(Capture).where(
            Capture.payment_id == payment_id, Capture.status.in_(("requested", "succeeded"))
        )
    )


def to_send(payment_id: UUID) -> UUID | None:
    """Return the decision on a payment that Stripe has not confirmed, if any."""
    return db.session().scalar(
        select(Capture.id).where(Capture.payment_id == payment_id, Capture.status == "requested")
    )


def send(gateway: StripeGateway, capture_id: UUID) -> bool:
    """Tell Stripe a decision; return whether it took it. Telling it again does nothing more.

    Raises:
        PaymentProviderUnavailable: Tell it again.
    """
    row = (
        db.session()
        .execute(
            select(Capture.amount_minor, Payment.intent_id).join(Payment).where(Capture.id == capture_id)
        )
        .one()
    )
    assert row.intent_id is not None
    if row.amount_minor:
        return gateway.capture(row.intent_id, row.amount_minor, key=f"capture-{capture_id}")
    return gateway.void(row.intent_id, key=f"void-{capture_id}")


def finish(session: Session, payment_id: UUID, *, succeeded: bool) -> None:
    """Note how the standing decision on a payment ended, once Stripe has said so."""
    session.execute(
        update(Capture)
        .where(Capture.payment_id == payment_id, Capture.status == "requested")
        .values(status="succeeded" if succeeded else "failed")
        .execution_options(synchronize_session=False)
    )


def taken_over(session: Session, payment: Payment, amount_minor: int) -> None:
    """Note a decision that was made at Stripe: in its dashboard, or by the bank."""
    session.add(
        Capture(
            payment_id=payment.id,
            amount_minor=amount_minor,
            status="succeeded",
            actor="stripe",
            created_at=session.scalars(select(database_now())).one(),
        )
    )
    session.flush()
