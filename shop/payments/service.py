"""Payments as rows: written before Stripe is asked, completed with what it answered."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import case, insert, or_, select, update
from sqlalchemy.orm import Session

from shop.kit.clock import database_now
from shop.kit.db import db
from shop.payments.asking import Ask, session_params
from shop.payments.errors import PaymentNotOpened
from shop.payments.gateway import StripeGateway
from shop.payments.models import LIVE, PAYABLE, UNDECIDED, Payment, PaymentDispute, Refund
from shop.payments.results import OpenedCheckout


def request(session: Session, ask: Ask) -> dict[str, Any]:
    """Write down a payment to ask for; return exactly what Stripe will be asked, as it was stored."""
    written: dict[str, Any] = session.execute(
        insert(Payment)
        .values(
            id=ask.payment_id,
            reference=ask.reference,
            status="opening",
            amount_minor=ask.total,
            currency=ask.currency,
            ui=ask.ui,
            capture=ask.capture,
            params=session_params(ask),
            ends_at=ask.ends_at,
            created_at=database_now(),
        )
        .returning(Payment.params)
    ).scalar_one()
    return written


def ask_stripe(
    gateway: StripeGateway, payment_id: UUID, written: dict[str, Any] | None = None
) -> OpenedCheckout:
    """Ask Stripe for a stored payment; asking again gives the same payment.

    Args:
        gateway: To Stripe.
        payment_id: The payment.
        written: What :func:`request` returned, once it is committed; None: the row is read, which
            may have been opened or given up since.

    Raises:
        PaymentNotOpened: It was given up before it was opened, or Stripe will never open it.
        PaymentProviderUnavailable: Whether Stripe heard us is unknown; ask again.
    """
    key = f"checkout-{payment_id}"
    if written is not None:
        return gateway.open_checkout(written, key=key)
    row = (
        db.session()
        .execute(
            select(
                Payment.status,
                Payment.params,
                Payment.session_id,
                Payment.url,
                Payment.client_secret,
                Payment.ends_at,
            ).where(Payment.id == payment_id)
        )
        .one()
    )
    if row.session_id is None and row.status != "opening":
        raise PaymentNotOpened
    if row.session_id is not None:
        return OpenedCheckout(row.session_id, row.url, row.client_secret, row.ends_at)
    return gateway.open_checkout(row.params, key=key)


def record_opened(session: Session, payment_id: UUID, opened: OpenedCheckout) -> Payment:
    """Store Stripe's id of a payment unless one is stored; return the stored row.

    The recorded id wins: of two requests that asked at once, both go on with one payment.
    """
    recorded = session.scalar(
        update(Payment)
        .where(Payment.id == payment_id, Payment.session_id.is_(None))
        .values(
            # Given up meanwhile it stays so, but its id is known should money come.
            status=case((Payment.status == "opening", "open"), else_=Payment.status),
            session_id=opened.session_id,
            url=opened.url,
            client_secret=opened.client_secret,
            ends_at=opened.ends_at,
        )
        .returning(Payment)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    return recorded or session.get_one(Payment, payment_id, populate_existing=True)


def lock_payment(session: Session, payment_id: UUID) -> Payment:
    """Lock a payment. Whoever needs its order too locks it after this, never before."""
    return session.get_one(Payment, payment_id, with_for_update=True, populate_existing=True)


def move(
    session: Session, payment_id: UUID, status: str, *, from_: Iterable[str], reason: str | None = None
) -> bool:
    """Move a payment to a status, once; return whether this call did it."""
    closed_at = None if status in LIVE else database_now()
    moved = session.execute(
        update(Payment)
        .where(Payment.id == payment_id, Payment.status.in_(sorted(from_)))
        .values(status=status, closed_at=closed_at, reason=reason)
        .execution_options(synchronize_session=False)
    )
    return bool(moved.rowcount)  # type: ignore[attr-defined]


def payment_of(session: Session, *, session_id: str) -> UUID | None:
    """Return the payment that a Checkout Session was opened for, None for a stranger's."""
    return session.scalar(select(Payment.id).where(Payment.session_id == session_id))


def quarantined(session: Session) -> list[str]:
    """Return what the quarantined payments were for: a person must look at each."""
    return list(session.scalars(select(Payment.reference).where(Payment.status == "quarantined")))


def unsettled(session: Session) -> list[UUID]:
    """Return the payments that may have changed unheard, owe a refund or are disputed, oldest first."""
    owing = select(Refund.payment_id).where(Refund.status.in_(UNDECIDED))
    disputed = select(PaymentDispute.payment_id).where(PaymentDispute.status == "open")
    return list(
        session.scalars(
            select(Payment.id)
            .where(or_(Payment.status.in_(LIVE), Payment.id.in_(owing), Payment.id.in_(disputed)))
            .order_by(Payment.created_at)
        )
    )


def is_to_be_closed(session: Session, payment_id: UUID) -> bool:
    """Return whether a payment can still be made though its order is to be canceled."""
    asked = select(Payment.id).where(
        Payment.id == payment_id, Payment.cancel_asked, Payment.status.in_(PAYABLE)
    )
    return session.scalar(asked) is not None


def opening_payment(session: Session, reference: str | None) -> UUID | None:
    """Return the payment for this that was asked for and whose id is not stored yet."""
    waiting = select(Payment.id).where(
        Payment.reference == reference, Payment.session_id.is_(None), Payment.status == "opening"
    )
    return session.scalar(waiting)
