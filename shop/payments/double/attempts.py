"""One try at taking money for a PaymentIntent: success, hold, decline, authentication, delay."""

from __future__ import annotations

from typing import Any

from . import payment_methods
from .cards import AUTHENTICATION_FAILED, AUTHENTICATION_REQUIRED, Card, Decline
from .clock import DAY, HOUR
from .errors import StripeError, card_error
from .state import State
from .store import Record

#: How long banks keep a hold when the shopper is present, and when the shop acts alone (Visa).
HOLD_SECONDS = 7 * DAY
HOLD_OFF_SESSION_SECONDS = 4 * DAY + 18 * HOUR


def attempt(
    state: State, intent: Record, method: Record, *, off_session: bool = False, refuse_action: bool = False
) -> None:
    """Try to take the money with a payment method and move the intent accordingly.

    Args:
        state: Where everything is stored.
        intent: In a status from which it may be confirmed.
        method: The payment method to use.
        off_session: Whether the shop acts alone, with no shopper to authenticate.
        refuse_action: ``error_on_requires_action``: fail rather than wait for the shopper.

    Raises:
        StripeError: 402 for a decline; the intent awaits another payment method.
    """
    body = intent.body
    body["payment_method"], body["last_payment_error"], body["next_action"] = method.id, None, None
    intent.private["off_session"] = off_session
    card = payment_methods.card_of(method)
    if card.wants_shopper(off_session=off_session, set_up=payment_methods.is_set_up(method)):
        if off_session or refuse_action:
            raise decline(state, intent, method, AUTHENTICATION_REQUIRED)
        _await_shopper(state, intent)
        return
    _take(state, intent, method, card)


def authenticate(state: State, intent: Record, *, succeed: bool) -> None:
    """Tell how the shopper's authentication ended.

    Raises:
        StripeError: 402 when it failed, or when the bank declines after it.
    """
    method = state.require("payment_method", intent.body["payment_method"])
    intent.body["next_action"] = None
    if not succeed:
        raise decline(state, intent, method, AUTHENTICATION_FAILED)
    _take(state, intent, method, payment_methods.card_of(method))


def settle_delayed(state: State, intent: Record, *, succeed: bool) -> None:
    """End a ``processing`` intent as the bank's late answer does."""
    method = state.require("payment_method", intent.body["payment_method"])
    charge = state.require("charge", intent.body["latest_charge"])
    intent.due_at = None
    if succeed:
        charge.body.update(
            status="succeeded", paid=True, captured=True, amount_captured=charge.body["amount"]
        )
        state.save(charge)
        _succeed(state, intent, method, charge)
        return
    failure = Decline(
        "payment_intent_payment_attempt_failed", "generic_decline", "The bank refused the payment."
    )
    charge.body.update(status="failed", failure_code=failure.code, failure_message=failure.message)
    state.save(charge)
    _fail(state, intent, method, failure, charge)


def decline(state: State, intent: Record, method: Record, reason: Decline) -> StripeError:
    """Record a declined try and make the error that reports it; the caller raises it."""
    charge = None
    if reason is not AUTHENTICATION_FAILED:
        charge = _charge(state, intent, method, status="failed")
        charge.body.update(failure_code=reason.code, failure_message=reason.message)
        state.save(charge)
    _fail(state, intent, method, reason, charge)
    return card_error(reason.message, reason.code, reason.decline_code, intent.body)


def _take(state: State, intent: Record, method: Record, card: Card) -> None:
    if card.decline is not None:
        raise decline(state, intent, method, card.decline)
    if card.delayed:
        charge = _charge(state, intent, method, status="pending")
        state.save(charge)
        intent.body.update(status="processing", latest_charge=charge.id)
        if state.delayed_settles_after is not None:
            intent.due_at = state.clock.now() + state.delayed_settles_after
        state.save(intent)
        state.emit("payment_intent.processing", intent)
        return
    charge = _charge(state, intent, method, status="succeeded")
    charge.body.update(paid=True)
    if intent.body["capture_method"] == "manual":
        _hold(state, intent, method, charge)
        return
    charge.body.update(captured=True, amount_captured=charge.body["amount"])
    state.save(charge)
    _succeed(state, intent, method, charge)


def _hold(state: State, intent: Record, method: Record, charge: Record) -> None:
    off_session = intent.private.get("off_session", False)
    ends = state.now() + (HOLD_OFF_SESSION_SECONDS if off_session else HOLD_SECONDS)
    charge.body["payment_method_details"]["card"]["capture_before"] = ends
    state.save(charge)
    intent.body.update(
        status="requires_capture", amount_capturable=intent.body["amount"], latest_charge=charge.id
    )
    intent.due_at = float(ends)
    state.save(intent)
    _use_up(state, intent, method)
    state.emit("payment_intent.amount_capturable_updated", intent)


def _succeed(state: State, intent: Record, method: Record, charge: Record) -> None:
    received = charge.body["amount_captured"]
    intent.body.update(status="succeeded", amount_received=received, latest_charge=charge.id)
    state.save(intent)
    _use_up(state, intent, method)
    mark_session_paid(state, intent)
    state.emit("payment_intent.succeeded", intent)


def _use_up(state: State, intent: Record, method: Record) -> None:
    body = intent.body
    kept = body["setup_future_usage"] is not None and body["customer"] is not None
    payment_methods.mark_used(state, method, customer=body["customer"], kept=kept)


def mark_session_paid(state: State, intent: Record) -> None:
    """Carry a success over to the Checkout Session that the intent belongs to, if any."""
    session = state.find("checkout.session", intent.private.get("session", ""))
    if session is not None and session.body["payment_status"] == "unpaid":
        session.body["payment_status"] = "paid"
        state.save(session)


def _fail(state: State, intent: Record, method: Record, reason: Decline, charge: Record | None) -> None:
    error: dict[str, Any] = {
        "type": "card_error" if method.body["type"] == "card" else "invalid_request_error",
        "code": reason.code,
        "message": reason.message,
        "payment_method": method.body,
    }
    if reason.decline_code is not None:
        error["decline_code"] = reason.decline_code
    if charge is not None:
        error["charge"] = charge.id
        intent.body["latest_charge"] = charge.id
    # Stripe takes the failed method off the intent: the next try names its own.
    intent.body.update(status="requires_payment_method", payment_method=None, last_payment_error=error)
    state.save(intent)
    state.emit("payment_intent.payment_failed", intent)


def _await_shopper(state: State, intent: Record) -> None:
    session = intent.private.get("session")
    page = f"/pay/{session}/authenticate" if session else f"/authenticate/{intent.id}"
    secret = "" if session else f"?client_secret={intent.body['client_secret']}"
    link = {"url": page + secret, "return_url": intent.private.get("return_url")}
    intent.body.update(
        status="requires_action", next_action={"type": "redirect_to_url", "redirect_to_url": link}
    )
    state.save(intent)
    state.emit("payment_intent.requires_action", intent)


def _charge(state: State, intent: Record, method: Record, *, status: str) -> Record:
    """Make the charge of one try; Stripe copies the intent's description and metadata onto it."""
    charge = state.start("charge", "ch", payment_intent=intent.id, payment_method=method.id, status=status)
    copied = (
        "amount", "currency", "customer", "description", "metadata", "receipt_email", "shipping",
        "statement_descriptor", "statement_descriptor_suffix",
    )  # fmt: skip
    charge.body.update({name: intent.body[name] for name in copied})
    charge.body["billing_details"] = dict.fromkeys(charge.body["billing_details"])
    charge.body["payment_method_details"] = {"type": method.body["type"], "card": {**method.body["card"]}}
    charge.body["outcome"] = {
        "network_status": "declined_by_network" if status == "failed" else "approved_by_network"
    }
    charge.private["aftermath"] = payment_methods.card_of(method).aftermath
    return charge
