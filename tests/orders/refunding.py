"""What both files on refunds ask: an order's number, and what Stripe gave back."""

from __future__ import annotations

import stripe

from shop.payments.double import DOUBLE_API_KEY, InProcessHTTPClient, StripeDouble
from tests.shopper import Shopper


def number_of(shopper: Shopper) -> str:
    return str(shopper.placed["order"]["number"])


def at_stripe(double: StripeDouble) -> list[int]:
    """Return the amounts of the refunds that Stripe made."""
    client = stripe.StripeClient(DOUBLE_API_KEY, http_client=InProcessHTTPClient(double))
    return [each.amount for each in client.v1.refunds.list().data if each.status != "failed"]
