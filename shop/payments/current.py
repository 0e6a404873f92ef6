"""The gateway of the application at work."""

from __future__ import annotations

from flask import current_app

from shop.payments.gateway import StripeGateway


def current_gateway() -> StripeGateway:
    """Return the way to Stripe that ``create_app`` built."""
    found: StripeGateway = current_app.extensions["shop.gateway"]
    return found
