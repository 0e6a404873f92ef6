"""What Stripe's events mean here: each names a payment, and the payment is read afresh."""

from __future__ import annotations

import logging
from uuid import UUID

from shop.checkout import settlement
from shop.config import Settings
from shop.kit.db import db
from shop.kit.types import uuid_or_none
from shop.orders import refunds
from shop.payments import inbox
from shop.payments import service as payments
from shop.payments.errors import PaymentProviderUnavailable
from shop.payments.gateway import StripeGateway
from shop.payments.models import Payment
from shop.payments.results import Notice

logger = logging.getLogger("shop.checkout")

#: What a shop has to hear of; a webhook endpoint at Stripe sends these.
TYPES = (
    "checkout.session.completed",
    "checkout.session.expired",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "payment_intent.amount_capturable_updated",
    "payment_intent.canceled",
    "charge.refunded",
    "charge.dispute.created",
    "charge.dispute.closed",
    "refund.created",
    "refund.updated",
    "refund.failed",
)


def work(event_id: str, settings: Settings, gateway: StripeGateway) -> None:
    """Let an event of the inbox have its effect, unless it had it. Safe to repeat.

    Raises:
        PaymentProviderUnavailable: It stays in the inbox; try again.
    """
    event = inbox.try_again(event_id)
    if event is None:
        return
    notice = Notice(event.id, event.type, event.object_id, settings.livemode)
    payment_id = _payment_of(notice, gateway)
    if payment_id is not None:
        settlement.settle(payment_id, settings, gateway)
        if notice.type.startswith("charge.dispute."):
            settlement.record_dispute(payment_id, notice.object_id, gateway)
        elif notice.type.startswith(("refund.", "charge.refunded")):
            refunds.take_over(payment_id, gateway)
    inbox.handled(event_id)


def drain(settings: Settings, gateway: StripeGateway, *, seconds: float = 0) -> int:
    """Work on what waits in the inbox; return how many events still wait.

    Args:
        settings: Says whether money is real.
        gateway: To Stripe.
        seconds: Leave events younger than this to whoever received them.
    """
    left = 0
    for event_id in inbox.waiting(db.session(), seconds=seconds):
        try:
            work(event_id, settings, gateway)
        except PaymentProviderUnavailable:
            left += 1
            logger.warning("event %s waits until Stripe answers", event_id)
        except Exception:
            # One that cannot be worked on must not keep the others from it.
            left += 1
            logger.exception("event %s could not be worked on", event_id)
    return left


def _payment_of(notice: Notice, gateway: StripeGateway) -> UUID | None:
    """Return the payment an event is about; None for what does not concern a payment of ours."""
    if notice.type.startswith("checkout.session."):
        found = payments.payment_of(db.session(), session_id=notice.object_id)
        if found is not None:
            return found
        # The answer that named the session may be on its way, or lost: settling asks for it again.
        reference = gateway.reference_of(notice.object_id)
        return payments.opening_payment(db.session(), reference)
    intent_id = gateway.intent_behind(notice)
    named = uuid_or_none(gateway.payment_named_by(intent_id)) if intent_id else None
    if named is None or db.session().get(Payment, named) is None:
        return None
    return named
