"""What the shop asks of Stripe, by names that people know."""

from __future__ import annotations

import re

CALLS = (
    ("POST", r"/v1/checkout/sessions", "open checkout"),
    ("GET", r"/v1/checkout/sessions/[^/]+", "read checkout"),
    ("POST", r"/v1/checkout/sessions/[^/]+/expire", "close checkout"),
    ("POST", r"/v1/refunds", "refund"),
    ("GET", r"/v1/refunds", "list refunds"),
    ("GET", r"/v1/refunds/[^/]+", "read refund"),
    ("GET", r"/v1/payment_intents/[^/]+", "read intent"),
    ("POST", r"/v1/payment_intents/[^/]+/capture", "capture"),
    ("POST", r"/v1/payment_intents/[^/]+/cancel", "void"),
    ("GET", r"/v1/events", "list events"),
    ("GET", r"/v1/charges/[^/]+", "read charge"),
    ("GET", r"/v1/disputes/[^/]+", "read dispute"),
)


def name(method: str, path: str) -> str:
    """Return the name of a call; its method and path where it has none yet."""
    for known, pattern, called in CALLS:
        if method.upper() == known and re.fullmatch(pattern, path):
            return called
    return f"{method.upper()} {path}"
