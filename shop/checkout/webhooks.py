"""Stripe's webhooks: verified, put into the inbox, and then the payment is read afresh."""

from __future__ import annotations

from uuid import UUID

from flask import Response, request

from shop.checkout import settlement
from shop.config import current_settings
from shop.kit.api import Blueprint
from shop.kit.db import db
from shop.payments import service as payments
from shop.payments.current import current_gateway
from shop.payments.errors import BadSignature, PaymentProviderUnavailable
from shop.payments.gateway import StripeGateway
from shop.payments.models import Payment
from shop.payments.results import Notice

webhooks = Blueprint("webhooks", __name__, url_prefix="/webhooks", description="What Stripe tells the shop.")

MAX_WEBHOOK_BYTES = 1024 * 1024


@webhooks.route("/stripe", methods=["POST"])
@webhooks.response(200)
@webhooks.refuses(BadSignature, PaymentProviderUnavailable)
def receive_stripe_event() -> Response:
    """Take a signed event from Stripe.

    Answered 2xx only once its effect is committed; anything else makes Stripe send it again.
    """
    settings = current_settings()
    gateway = current_gateway()
    request.max_content_length = MAX_WEBHOOK_BYTES
    notice = gateway.read_notice(request.get_data(), request.headers.get("Stripe-Signature"))
    if notice.livemode != settings.livemode:
        raise BadSignature("The event is of another mode than this shop.")
    if payments.receive(notice):
        payment_id = _payment_of(notice, gateway)
        if payment_id is not None:
            settlement.settle(payment_id, settings, gateway)
        payments.handled(notice.event_id)
    return Response(status=204)


def _payment_of(notice: Notice, gateway: StripeGateway) -> UUID | None:
    """Return the payment an event is about; None for what does not concern a payment of ours."""
    if notice.type.startswith("checkout.session."):
        found = payments.payment_of(db.session(), session_id=notice.object_id)
        if found is not None:
            return found
        # The answer that named the session may be on its way, or lost: settling asks for it again.
        reference = gateway.reference_of(notice.object_id)
        return payments.opening_payment(db.session(), reference)
    if notice.type.startswith("refund."):
        return payments.payment_refunded_by(db.session(), notice.object_id)
    if notice.type.startswith("payment_intent."):
        named = gateway.payment_named_by(notice.object_id)
        return _ours(named)
    return None


def _ours(named: str | None) -> UUID | None:
    try:
        payment_id = UUID(str(named))
    except ValueError:
        return None
    return payment_id if db.session().get(Payment, payment_id) is not None else None
