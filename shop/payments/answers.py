"""What Stripe answers, in our words: pure functions from its objects to our results."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

import stripe

from shop.kit.types import uuid_or_none
from shop.payments.results import DisputeState, PaymentState, RefundState, Status


def refund_state(refund: stripe.Refund) -> RefundState:
    """Return a refund in our words."""
    known = {"succeeded": "succeeded", "failed": "failed", "canceled": "failed"}
    named = plain_of(refund).get("metadata") or {}
    return RefundState(
        refund_id=refund.id,
        status=cast(Any, known.get(str(refund.status), "pending")),
        amount=refund.amount,
        ours=uuid_or_none(named.get("refund")),
    )


def id_of(found: Any) -> str | None:
    """Return the id of what may have been expanded to an object."""
    return found if found is None or isinstance(found, str) else str(found.id)


def _moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def payment_state(session: stripe.checkout.Session) -> PaymentState:
    """Return a payment in our words, from a session with its intent and charge expanded."""
    plain = plain_of(session)
    intent = plain.get("payment_intent") or {}
    charge = intent.get("latest_charge") or {}
    card = (charge.get("payment_method_details") or {}).get("card") or {}
    return PaymentState(
        session_id=session.id,
        status=_status(plain, intent),
        amount=int(plain.get("amount_total") or 0),
        received=int(intent.get("amount_received") or 0),
        currency=str(plain.get("currency") or "").upper(),
        reference=plain.get("client_reference_id"),
        livemode=bool(session.livemode),
        intent_id=intent.get("id"),
        capture_before=_moment(card.get("capture_before")),
    )


def _status(session: dict[str, Any], intent: dict[str, Any]) -> Status:
    if session["status"] == "open":
        return "open"
    if session["status"] == "expired":
        return "expired"
    if session["payment_status"] == "paid":
        return "paid"
    if intent.get("status") == "requires_capture":
        return "authorized"
    # A delayed method, or a voucher to be paid at a till, completes the session long before
    # the money: never act on "complete". Only an intent that needs a new card has failed.
    return "failed" if intent.get("status") in ("requires_payment_method", "canceled") else "processing"


def plain_of(found: Any) -> dict[str, Any]:
    """Return an object as a dictionary: Stripe's own are none."""
    return dict(found.to_dict())


def dispute_state(dispute: stripe.Dispute) -> DisputeState:
    """Return a dispute in our words."""
    decided = {"won": "won", "warning_closed": "won", "lost": "lost"}
    return DisputeState(
        dispute_id=dispute.id,
        intent_id=id_of(dispute.payment_intent),
        status=cast(Any, decided.get(dispute.status, "open")),
        amount=dispute.amount,
        reason=dispute.reason[:64],
        withdrawn=not dispute.status.startswith("warning_"),
    )
