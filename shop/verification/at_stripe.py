"""The same books at Stripe: payments and refunds compared one by one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from shop.config import Settings
from shop.kit.stored_answers import database_moment
from shop.payments.gateway import StripeGateway
from shop.payments.models import COUNTING, Payment, Refund
from shop.payments.results import RefundState
from shop.verification.promises import Breach

#: What our status of a payment allows Stripe's to be.
_SAME = {
    "open": {"open"},
    "processing": {"processing"},
    "authorized": {"authorized"},
    "paid": {"paid"},
    "expired": {"expired"},
    "canceled": {"expired", "failed"},
    "failed": {"failed", "expired", "open"},
}


def verify_at_stripe(
    session: Session, settings: Settings, gateway: StripeGateway, *, days: int
) -> list[Breach]:
    """Compare the payments of some days and their refunds with Stripe's.

    Args:
        session: To read with.
        settings: Says whether money is real.
        gateway: To Stripe; one call for each payment, two where money came.
        days: How far back.

    Raises:
        PaymentProviderUnavailable: Stripe did not answer.
    """
    # Everything is read before Stripe is asked: the session ends there.
    since = database_moment(session) - timedelta(days=days)
    payments = session.execute(
        select(
            Payment.id,
            Payment.reference,
            Payment.status,
            Payment.session_id,
            Payment.intent_id,
            Payment.amount_minor,
            Payment.captured_minor,
            Payment.currency,
        )
        .where(Payment.created_at >= since, Payment.session_id.is_not(None))
        .order_by(Payment.created_at)
    ).all()
    refunds = _refunds(session, since)
    breaches: list[Breach] = []
    for payment in payments:
        state = gateway.read_payment(payment.session_id)
        ours = (payment.amount_minor, payment.currency, payment.captured_minor, settings.livemode)
        theirs = (state.amount, state.currency, state.received, state.livemode)
        where = f"order {payment.reference}"
        if state.status not in _SAME.get(payment.status, {state.status}):
            found = f"its payment is {payment.status}, at Stripe {state.status}"
            breaches.append(Breach("I6", where, found, "Run `shop reconcile`."))
        elif payment.status != "quarantined" and ours != theirs:
            found = f"amount, currency, received, livemode are {ours}, at Stripe {theirs}"
            breaches.append(Breach("I7", where, found, "Look it up in Stripe's dashboard."))
        if payment.captured_minor:
            breaches += _compared(refunds[payment.id], gateway.refunds_of(payment.intent_id), where)
    return breaches


def _refunds(session: Session, since: datetime) -> dict[UUID, dict[str | None, int]]:
    """Return the amounts of refunds that count, by payment and by their id at Stripe."""
    found: dict[UUID, dict[str | None, int]] = defaultdict(dict)
    rows = session.execute(
        select(Refund.payment_id, Refund.stripe_id, Refund.amount_minor)
        .join(Payment)
        .where(Payment.created_at >= since, Refund.status.in_(COUNTING), Refund.stripe_id.is_not(None))
    )
    for payment, stripe_id, amount in rows:
        found[payment][stripe_id] = amount
    return found


def _compared(ours: dict[str | None, int], at_stripe: list[RefundState], where: str) -> Iterator[Breach]:
    theirs = {each.refund_id: each.amount for each in at_stripe if each.status != "failed"}
    if ours != theirs:
        found = f"its refunds are {sum(ours.values())}, at Stripe {sum(theirs.values())} minor units"
        yield Breach("I11", where, found, "Run `shop reconcile`; it takes over what was made in Stripe.")
