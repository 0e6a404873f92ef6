"""SetupIntents: saving a payment method for later, with the shopper authenticated now."""

from __future__ import annotations

from typing import Any

from . import customers, payment_methods
from .cards import AUTHENTICATION_FAILED, Card, Decline
from .errors import card_error, invalid, unexpected_state
from .parameters import merge_metadata, require_url
from .state import State
from .store import Record

_CONFIRMABLE = {"requires_payment_method", "requires_confirmation"}
_CANCELABLE = _CONFIRMABLE | {"requires_action"}
_NEEDS_STRIPE_JS = ("payment_method_data", "confirmation_token")


def create(state: State, params: dict[str, Any], _id: str) -> dict[str, Any]:
    """Create a SetupIntent and, with ``confirm=true``, save the payment method at once."""
    methods = params.get("automatic_payment_methods", {"enabled": True})
    intent = new(state, params.get("customer"), params)
    intent.body["automatic_payment_methods"] = {"allow_redirects": "always", **methods}
    if "return_url" in params and not params.get("confirm"):
        raise invalid("return_url may only be given with confirm=true.", "return_url")
    _take_method(state, intent, params)
    state.save(intent)
    if params.get("confirm", False):
        _confirm(state, intent, params)
    return intent.body


def new(state: State, customer: str | None, params: dict[str, Any]) -> Record:
    """Make a fresh SetupIntent, not yet saved."""
    if customer is not None:
        customers.require(state, customer, "customer")
    intent = state.start(
        "setup_intent",
        "seti",
        status="requires_payment_method",
        usage=params.get("usage", "off_session"),
        customer=customer,
        description=params.get("description"),
        metadata=merge_metadata({}, params.get("metadata")),
        payment_method_types=["card"],
        automatic_payment_methods={"allow_redirects": "always", "enabled": True},
    )
    intent.body["client_secret"] = state.ids.secret(intent.id)
    return intent


def _take_method(state: State, intent: Record, params: dict[str, Any]) -> None:
    for name in _NEEDS_STRIPE_JS:
        if name in params:
            raise invalid(f"The double knows no {name}: name a pm_card_* payment method.", name)
    if params.get("payment_method"):
        method = payment_methods.resolve(state, params["payment_method"], intent.body["customer"])
        intent.body.update(payment_method=method.id, status="requires_confirmation")


def retrieve(state: State, params: dict[str, Any], object_id: str) -> dict[str, Any]:
    """Read a SetupIntent."""
    intent = state.require("setup_intent", object_id)
    if params.get("client_secret") not in {None, intent.body["client_secret"]}:
        raise invalid("The client_secret does not belong to this SetupIntent.", "client_secret")
    return intent.body


def confirm(state: State, params: dict[str, Any], object_id: str) -> dict[str, Any]:
    """Save the payment method, or ask for the shopper first."""
    intent = state.require("setup_intent", object_id)
    _require_status(intent, _CONFIRMABLE, "confirm")
    _take_method(state, intent, params)
    _confirm(state, intent, params)
    return intent.body


def _confirm(state: State, intent: Record, params: dict[str, Any]) -> None:
    if not intent.body["payment_method"]:
        text = "Confirming needs a payment method and the intent has none."
        raise invalid(text, "payment_method", "setup_intent_unexpected_state")
    methods = intent.body["automatic_payment_methods"]
    if "return_url" in params:
        intent.private["return_url"] = require_url(params, "return_url")
    elif methods["enabled"] and methods["allow_redirects"] == "always":
        text = (
            "Some payment methods redirect the shopper: give a return_url, or set"
            " automatic_payment_methods[allow_redirects]=never."
        )
        raise invalid(text, "return_url", "parameter_missing")
    attempt(state, intent, state.require("payment_method", intent.body["payment_method"]))


def attempt(state: State, intent: Record, method: Record) -> None:
    """Try to save a payment method.

    Raises:
        StripeError: 402 when the bank refuses.
    """
    intent.body.update(payment_method=method.id, last_setup_error=None, next_action=None)
    card = payment_methods.card_of(method)
    if card.wants_shopper(off_session=False, set_up=False):
        _await_shopper(state, intent)
        return
    _finish(state, intent, method, card)


def _await_shopper(state: State, intent: Record) -> None:
    session = intent.private.get("session")
    page = f"/pay/{session}/authenticate" if session else f"/authenticate/{intent.id}"
    secret = "" if session else f"?client_secret={intent.body['client_secret']}"
    link = {"url": page + secret, "return_url": intent.private.get("return_url")}
    intent.body.update(
        status="requires_action", next_action={"type": "redirect_to_url", "redirect_to_url": link}
    )
    state.save(intent)


def authenticate(state: State, intent: Record, *, succeed: bool) -> None:
    """Tell how the shopper's authentication ended.

    Raises:
        StripeError: 402 when it failed, or when the bank refuses after it.
    """
    method = state.require("payment_method", intent.body["payment_method"])
    intent.body["next_action"] = None
    if not succeed:
        _refuse(state, intent, method, AUTHENTICATION_FAILED, "setup_intent_authentication_failure")
    _finish(state, intent, method, payment_methods.card_of(method))


def _finish(state: State, intent: Record, method: Record, card: Card) -> None:
    if card.setup_decline is not None:
        _refuse(state, intent, method, card.setup_decline, card.setup_decline.code)
    intent.body["status"] = "succeeded"
    state.save(intent)
    payment_methods.mark_used(state, method, customer=intent.body["customer"], kept=True)
    state.emit("setup_intent.succeeded", intent)


def _refuse(state: State, intent: Record, method: Record, reason: Decline, code: str) -> None:
    error = {
        "type": "card_error",
        "code": code,
        "decline_code": reason.decline_code,
        "message": reason.message,
        "payment_method": method.body,
    }
    intent.body.update(status="requires_payment_method", payment_method=None, last_setup_error=error)
    state.save(intent)
    raise card_error(reason.message, code, reason.decline_code, intent.body)


def cancel(state: State, params: dict[str, Any], object_id: str) -> dict[str, Any]:
    """End a SetupIntent that saved nothing."""
    intent = state.require("setup_intent", object_id)
    _require_status(intent, _CANCELABLE, "cancel")
    if intent.private.get("session"):
        raise unexpected_state(
            "SetupIntent of a Checkout Session", "cancel", intent.body["status"], intent.body
        )
    close(state, intent, params.get("cancellation_reason"))
    return intent.body


def close(state: State, intent: Record, reason: str | None) -> None:
    """Cancel a SetupIntent, by request or because its session is over."""
    intent.body.update(status="canceled", cancellation_reason=reason, next_action=None)
    state.save(intent)


def _require_status(intent: Record, allowed: set[str], verb: str) -> None:
    if intent.body["status"] not in allowed:
        raise unexpected_state("SetupIntent", verb, intent.body["status"], intent.body)
