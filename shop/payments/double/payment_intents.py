"""PaymentIntents over the API: create, read, update, confirm, capture, cancel, list."""

from __future__ import annotations

from typing import Any

from . import attempts, customers, disputes, payment_methods
from .currencies import require_amount, require_step
from .errors import StripeError, invalid, refused, unexpected_state
from .parameters import list_objects, merge_metadata, require_url, unset_or
from .state import State
from .store import Record

_BEFORE_PAYMENT = {"requires_payment_method", "requires_confirmation", "requires_action"}
_CONFIRMABLE = {"requires_payment_method", "requires_confirmation"}
_CANCELABLE = _BEFORE_PAYMENT | {"requires_capture"}
_PLAIN = ("customer", "description", "receipt_email", "setup_future_usage", "shipping",
          "statement_descriptor", "statement_descriptor_suffix", "capture_method",
          "allowed_payment_method_types", "excluded_payment_method_types")  # fmt: skip
_FREE_IN_ANY_STATE = {"metadata", "description", "receipt_email", "expand"}
_NEEDS_STRIPE_JS = ("payment_method_data", "confirmation_token")


def create(state: State, params: dict[str, Any], _id: str) -> dict[str, Any]:
    """Create a PaymentIntent and, with ``confirm=true``, try to take the money at once."""
    intent = new(state, params["amount"], params["currency"])
    methods = params.get("automatic_payment_methods", {"enabled": True})
    intent.body["automatic_payment_methods"] = {"allow_redirects": "always", **methods}
    _apply(state, intent, params)
    confirm_now = params.get("confirm", False)
    for name in ("off_session", "error_on_requires_action", "return_url"):
        if name in params and not confirm_now:
            raise invalid(f"{name} may only be given with confirm=true.", name)
    if intent.body["payment_method"]:
        intent.body["status"] = "requires_confirmation"
    state.save(intent)
    state.emit("payment_intent.created", intent)
    if confirm_now:
        _confirm(state, intent, params)
    return intent.body


def new(state: State, amount_minor: int, currency: str) -> Record:
    """Make a fresh PaymentIntent, not yet saved.

    Raises:
        StripeError: 400 for a currency or an amount that Stripe would not charge.
    """
    require_amount(amount_minor, currency)
    intent = state.start(
        "payment_intent",
        "pi",
        amount=amount_minor,
        currency=currency,
        status="requires_payment_method",
        capture_method="automatic_async",
        confirmation_method="automatic",
        payment_method_types=["card"],
        automatic_payment_methods={"allow_redirects": "always", "enabled": True},
    )
    intent.body["client_secret"] = state.ids.secret(intent.id)
    return intent


def _apply(state: State, intent: Record, params: dict[str, Any]) -> None:
    """Copy parameters that only describe the intent, after checking what they name."""
    for name in _NEEDS_STRIPE_JS:
        if name in params:
            raise invalid(f"The double knows no {name}: name a pm_card_* payment method.", name)
    if params.get("customer"):
        customers.require(state, params["customer"], "customer")
    intent.body.update({name: unset_or(params[name]) for name in _PLAIN if name in params})
    intent.body["metadata"] = merge_metadata(intent.body["metadata"], params.get("metadata"))
    if "confirmation_method" in params:
        intent.body["confirmation_method"] = params["confirmation_method"]
    if params.get("payment_method"):
        method = payment_methods.resolve(state, params["payment_method"], intent.body["customer"])
        intent.body["payment_method"] = method.id


def retrieve(state: State, params: dict[str, Any], object_id: str) -> dict[str, Any]:
    """Read a PaymentIntent."""
    intent = state.require("payment_intent", object_id)
    if params.get("client_secret") not in {None, intent.body["client_secret"]}:
        raise invalid("The client_secret does not belong to this PaymentIntent.", "client_secret")
    return intent.body


def list_(state: State, params: dict[str, Any], _id: str) -> dict[str, Any]:
    """List PaymentIntents, newest first."""
    equal = {"customer": params.get("customer")}
    return list_objects(state, "payment_intent", "/v1/payment_intents", params, equal=equal)


def update(state: State, params: dict[str, Any], object_id: str) -> dict[str, Any]:
    """Change a PaymentIntent; amount and currency only before payment."""
    intent = state.require("payment_intent", object_id)
    if set(params) - _FREE_IN_ANY_STATE:
        _require_status(intent, _BEFORE_PAYMENT, "update")
        _require_own(intent, "update")
    amount, currency = (
        params.get("amount", intent.body["amount"]),
        params.get("currency", intent.body["currency"]),
    )
    require_amount(amount, currency)
    intent.body.update(amount=amount, currency=currency)
    _apply(state, intent, params)
    if params.get("payment_method"):
        intent.body.update(status="requires_confirmation", next_action=None)
    state.save(intent)
    return intent.body


def confirm(state: State, params: dict[str, Any], object_id: str) -> dict[str, Any]:
    """Try to take the money."""
    intent = state.require("payment_intent", object_id)
    _require_status(intent, _CONFIRMABLE, "confirm")
    _require_own(intent, "confirm")
    if params.get("amount_to_confirm", intent.body["amount"]) != intent.body["amount"]:
        raise invalid("amount_to_confirm differs from the intent's amount.", "amount_to_confirm")
    _apply(state, intent, params)
    _confirm(state, intent, params)
    return intent.body


def _confirm(state: State, intent: Record, params: dict[str, Any]) -> None:
    if not intent.body["payment_method"]:
        text = "Confirming needs a payment method and the intent has none."
        raise invalid(text, "payment_method", "payment_intent_unexpected_state")
    methods = intent.body["automatic_payment_methods"]
    if "return_url" in params:
        intent.private["return_url"] = require_url(params, "return_url")
    elif methods["enabled"] and methods["allow_redirects"] == "always":
        text = (
            "Some payment methods redirect the shopper: give a return_url, or set"
            " automatic_payment_methods[allow_redirects]=never."
        )
        raise invalid(text, "return_url", "parameter_missing")
    method = state.require("payment_method", intent.body["payment_method"])
    attempts.attempt(
        state,
        intent,
        method,
        off_session=params.get("off_session", False) is not False,
        refuse_action=params.get("error_on_requires_action", False),
    )
    disputes.open_if_card_asks(state, intent)


def capture(state: State, params: dict[str, Any], object_id: str) -> dict[str, Any]:
    """Take all or a part of a hold; the part not taken is released for good."""
    intent = state.require("payment_intent", object_id)
    _require_status(intent, {"requires_capture"}, "capture")
    held = intent.body["amount_capturable"]
    amount = params.get("amount_to_capture", held)
    if not params.get("final_capture", True):
        raise invalid("Capturing several times is not enabled for this account.", "final_capture")
    if amount < 1:
        raise invalid("The amount must be at least 1.", "amount_to_capture", "parameter_invalid_integer")
    require_step(amount, intent.body["currency"], "amount_to_capture")
    if amount > held:
        text = f"The hold is {held}: {amount} cannot be captured."
        raise refused(text, "amount_too_large", "amount_to_capture")
    charge = state.require("charge", intent.body["latest_charge"])
    # What is not taken goes back to the shopper, and the charge shows it as refunded.
    charge.body.update(captured=True, amount_captured=amount, amount_refunded=held - amount)
    state.save(charge)
    intent.body.update(status="succeeded", amount_capturable=0, amount_received=amount)
    intent.body["metadata"] = merge_metadata(intent.body["metadata"], params.get("metadata"))
    for name in ("statement_descriptor", "statement_descriptor_suffix"):
        intent.body[name] = params.get(name, intent.body[name])
    intent.due_at = None
    state.save(intent)
    attempts.mark_session_paid(state, intent)
    state.emit("payment_intent.succeeded", intent)
    if amount < held:
        state.emit("charge.refunded", charge)
    disputes.open_if_card_asks(state, intent)
    return intent.body


def cancel(state: State, params: dict[str, Any], object_id: str) -> dict[str, Any]:
    """End a PaymentIntent that took no money; a hold is released."""
    intent = state.require("payment_intent", object_id)
    _require_status(intent, _CANCELABLE, "cancel")
    if intent.body["status"] != "requires_capture":
        _require_own(intent, "cancel")
    close(state, intent, params.get("cancellation_reason"))
    return intent.body


def close(state: State, intent: Record, reason: str | None) -> None:
    """Cancel an intent, by request or because its time is over."""
    held = intent.body["status"] == "requires_capture"
    intent.body.update(
        status="canceled",
        canceled_at=state.now(),
        cancellation_reason=reason,
        amount_capturable=0,
        next_action=None,
    )
    intent.due_at = None
    state.save(intent)
    state.emit("payment_intent.canceled", intent)
    if held:
        charge = state.require("charge", intent.body["latest_charge"])
        charge.body.update(refunded=True, amount_refunded=charge.body["amount"])
        state.save(charge)
        state.emit("charge.refunded", charge)


def _require_status(intent: Record, allowed: set[str], verb: str) -> None:
    if intent.body["status"] not in allowed:
        raise unexpected_state("PaymentIntent", verb, intent.body["status"], intent.body)


def _require_own(intent: Record, verb: str) -> None:
    """Refuse to touch an intent that a Checkout Session drives.

    Raises:
        StripeError: 400; the session is what to change or to expire.
    """
    if intent.private.get("session"):
        raise StripeError(
            f"You cannot {verb} a PaymentIntent of a Checkout Session: use the session.",
            code="payment_intent_unexpected_state",
            stored=True,
            subject=intent.body,
        )
