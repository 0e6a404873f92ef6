"""Webhooks: whether Stripe sent one, just now, to this shop, and what it is about."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

import stripe

from shop.kit.clock import now
from shop.payments.errors import BadSignature
from shop.payments.results import Notice

#: How far a webhook's timestamp may be from now, either way. Seconds.
TOLERANCE_SECONDS = 300


def read_notice(raw: bytes, header: str | None, secrets: Sequence[str]) -> Notice:
    """Verify a webhook and read what it is about; the signature comes before the parse.

    Args:
        raw: The body as it came.
        header: Its ``Stripe-Signature``.
        secrets: Any of which may have signed it: two while one is being rolled.

    Raises:
        BadSignature: It is not from Stripe, was changed, or is not of this moment.
    """
    text = _verified(raw, header, secrets)
    try:
        event = json.loads(text)
        about = event.get("related_object") or event["data"]["object"]
        return Notice(str(event["id"]), str(event["type"]), str(about["id"]), bool(event["livemode"]))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise BadSignature("The body is signed but is not an event.") from None


def _verified(raw: bytes, header: str | None, secrets: Sequence[str]) -> str:
    try:
        text = raw.decode("utf-8")
        # Exactly one: with two, the SDK could sign one and this check read the other.
        (stamp,) = (part for part in (header or "").split(",") if part.strip().startswith("t="))
        digits = re.fullmatch(r"t=(\d{1,12})", stamp.strip())
    except ValueError:
        raise BadSignature from None
    if digits is None:
        raise BadSignature
    sent_at = int(digits[1])
    # The SDK accepts timestamps of the future; neither yesterday's nor tomorrow's is now.
    if abs(now().timestamp() - sent_at) > TOLERANCE_SECONDS:
        raise BadSignature("The webhook's timestamp is too far from now.")
    for secret in secrets:
        try:
            stripe.WebhookSignature.verify_header(text, str(header), secret, tolerance=None)
        except (ValueError, stripe.SignatureVerificationError):
            continue
        return text
    raise BadSignature
