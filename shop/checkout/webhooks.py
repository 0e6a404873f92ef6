"""Stripe's webhooks: verified, kept in the inbox, answered, and then worked on."""

from __future__ import annotations

import logging

from flask import Flask, Response, current_app, request

from shop.checkout import inbox as meaning
from shop.config import Settings, current_settings
from shop.kit import access
from shop.kit.api import Blueprint
from shop.payments import inbox
from shop.payments.current import current_gateway
from shop.payments.errors import BadSignature, PaymentProviderUnavailable
from shop.payments.gateway import StripeGateway
from shop.payments.notices import read_notice

logger = logging.getLogger("shop.checkout")

webhooks = Blueprint("webhooks", __name__, url_prefix="/webhooks", description="What Stripe tells the shop.")

MAX_WEBHOOK_BYTES = 1024 * 1024


@webhooks.route("/stripe", methods=["POST"])
@webhooks.response(204)
@webhooks.refuses(BadSignature)
@access.signed("Stripe")
def receive_stripe_event() -> Response:
    """Take a signed event from Stripe.

    Answered 2xx once it is kept; its effect follows at once, and again on a timer where it
    could not be had.
    """
    settings = current_settings()
    gateway = current_gateway()
    request.max_content_length = MAX_WEBHOOK_BYTES
    signature = request.headers.get("Stripe-Signature")
    notice = read_notice(request.get_data(), signature, settings.stripe_webhook_secrets)
    if notice.livemode != settings.livemode:
        raise BadSignature("The event is of another mode than this shop.")
    inbox.receive([notice])
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    response = Response(status=204)
    # Stripe has its answer before Stripe is asked: a slow Stripe then costs no delivery.
    response.call_on_close(lambda: _work(app, notice.event_id, settings, gateway))
    return response


def _work(app: Flask, event_id: str, settings: Settings, gateway: StripeGateway) -> None:
    with app.app_context():
        try:
            meaning.work(event_id, settings, gateway)
        except PaymentProviderUnavailable:
            logger.warning("event %s waits until Stripe answers", event_id)
        except Exception:
            # The event is in the inbox, and the timer tries it again.
            logger.exception("event %s could not be worked on", event_id)
