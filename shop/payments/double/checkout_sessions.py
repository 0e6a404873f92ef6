"""Checkout Sessions over the API: create, read, update, expire."""

from __future__ import annotations

from typing import Any

from . import checkout_amounts, customers, payment_intents, setup_intents
from .clock import DAY, MINUTE
from .currencies import require_amount, require_currency
from .errors import invalid, refused
from .parameters import merge_metadata, require_url, unset_or
from .state import State
from .store import Record

MIN_LIFE_SECONDS = 30 * MINUTE
MAX_LIFE_SECONDS = DAY
_PLAIN = (
    "allow_promotion_codes", "allowed_payment_method_types", "billing_address_collection",
    "client_reference_id", "customer_creation", "customer_email", "excluded_payment_method_types",
    "integration_identifier", "name_collection", "origin_context", "payment_method_collection",
    "phone_number_collection", "redirect_on_completion", "saved_payment_method_options",
    "shipping_address_collection", "submit_type", "wallet_options",
)  # fmt: skip
_NOT_PLAYED = {
    "discounts": "coupons", "automatic_tax": "Stripe Tax", "payment_method_data": "payment_method_data",
    "after_expiration": "recovery of expired sessions",
}  # fmt: skip


def create(state: State, params: dict[str, Any], _id: str) -> dict[str, Any]:
    """Open a Checkout Session: a page, or a client secret for a form on the shop's own page."""
    mode = params.get("mode", "payment")
    _refuse_what_is_not_played(mode, params)
    session = state.start(
        "checkout.session",
        "cs_test",
        mode=mode,
        status="open",
        payment_status="unpaid" if mode == "payment" else "no_payment_required",
        ui_mode=params.get("ui_mode", "hosted_page"),
        metadata=merge_metadata({}, params.get("metadata")),
        payment_method_types=["card"],
        automatic_tax={"enabled": False, "liability": None, "provider": None, "status": None},
        custom_fields=[],
        custom_text={},
        shipping_options=[],
    )
    session.body.update({name: params[name] for name in _PLAIN if name in params})
    _place(state, session, params)
    _set_expiry(state, session, params.get("expires_at"))
    if "customer" in params:
        if "customer_email" in params:
            raise invalid("Give customer or customer_email, not both.", "customer_email")
        session.body["customer"] = customers.require(state, params["customer"], "customer").id
    if mode == "payment":
        _prepare_payment(state, session, params)
    else:
        _prepare_setup(state, session, params)
    state.save(session)
    return session.body


def _refuse_what_is_not_played(mode: str, params: dict[str, Any]) -> None:
    """Refuse what would change the amount or the flow and is not played, rather than ignore it."""
    if mode == "subscription":
        raise invalid("The double plays payment and setup mode only.", "mode")
    for name, what in _NOT_PLAYED.items():
        if params.get(name) and params[name] != {"enabled": False}:
            raise invalid(f"The double does not play {what}.", name)
    other = "setup_intent_data" if mode == "payment" else "payment_intent_data"
    if other in params:
        raise invalid(f"{other} may not be used in {mode} mode.", other)


def _place(state: State, session: Record, params: dict[str, Any]) -> None:
    """Decide where the shopper pays and where the browser goes afterwards."""
    body = session.body
    if body["ui_mode"] == "hosted_page":
        body["success_url"] = require_url(params, "success_url")
        if "return_url" in params:
            raise invalid("return_url may not be used with hosted_page: give success_url.", "return_url")
        if "cancel_url" in params:
            body["cancel_url"] = require_url(params, "cancel_url")
        body["url"] = f"/pay/{session.id}"
        return
    for name in ("success_url", "cancel_url"):
        if name in params:
            raise invalid(f"{name} may only be used with ui_mode=hosted_page: give return_url.", name)
    if body["redirect_on_completion"] != "never":
        body["return_url"] = require_url(params, "return_url")
    elif "return_url" in params:
        raise invalid("return_url may not be used with redirect_on_completion=never.", "return_url")
    body["client_secret"] = state.ids.secret(session.id)


def _set_expiry(state: State, session: Record, expires_at: int | None) -> None:
    now = state.clock.now()
    if expires_at is None:
        expires_at = int(now) + MAX_LIFE_SECONDS
    # A second of grace for callers whose clock or rounding differs by less than that.
    elif not now + MIN_LIFE_SECONDS - 1 <= expires_at <= now + MAX_LIFE_SECONDS + 1:
        raise invalid("expires_at must lie between 30 minutes and 24 hours from now.", "expires_at")
    session.body["expires_at"] = expires_at
    session.due_at = float(expires_at)


def _prepare_payment(state: State, session: Record, params: dict[str, Any]) -> None:
    checkout_amounts.price_session(state, session, params)
    if session.body["amount_total"] == 0:
        session.body["payment_status"] = "no_payment_required"
    else:
        require_amount(session.body["amount_total"], session.body["currency"], "line_items")
    data = params.get("payment_intent_data", {})
    session.private["payment_intent_data"] = data
    session.body["payment_method_options"] = params.get("payment_method_options", {})


def _prepare_setup(state: State, session: Record, params: dict[str, Any]) -> None:
    if "line_items" in params or "shipping_options" in params:
        raise invalid("line_items may not be used in setup mode.", "line_items")
    if "currency" in params:
        require_currency(params["currency"])
        session.body["currency"] = params["currency"]
    session.private.update(line_items=[], shipping=[])
    data = params.get("setup_intent_data", {})
    intent = setup_intents.new(state, session.body["customer"], {**data, "usage": "off_session"})
    intent.private["session"] = session.id
    state.save(intent)
    session.body["setup_intent"] = intent.id


def retrieve(state: State, _params: dict[str, Any], object_id: str) -> dict[str, Any]:
    """Read a session."""
    return state.require("checkout.session", object_id).body


def update(state: State, params: dict[str, Any], object_id: str) -> dict[str, Any]:
    """Change a session; anything but its metadata only while it is open."""
    session = state.require("checkout.session", object_id)
    if set(params) - {"metadata", "expand"}:
        _require_open(session, "updated")
    if "line_items" in params:
        text = "The double replaces no line items: expire the session and open another."
        raise invalid(text, "line_items")
    session.body["metadata"] = merge_metadata(session.body["metadata"], params.get("metadata"))
    if "collected_information" in params:
        session.body["collected_information"] = params["collected_information"]
    if "shipping_options" in params:
        options = unset_or(params["shipping_options"]) or []
        checkout_amounts.set_shipping_options(state, session, options, session.body["currency"])
        checkout_amounts.add_up(session)
    if "payment_intent_data" in params:
        _update_intent_data(session, params["payment_intent_data"])
    state.save(session)
    return session.body


def _update_intent_data(session: Record, given: dict[str, Any]) -> None:
    data = session.private["payment_intent_data"]
    for name, value in given.items():
        if name == "metadata":
            data["metadata"] = merge_metadata(data.get("metadata", {}), value)
        else:
            data[name] = unset_or(value)


def expire(state: State, _params: dict[str, Any], object_id: str) -> dict[str, Any]:
    """Close an open session by request; a second time, or after payment, is refused."""
    session = state.require("checkout.session", object_id)
    _require_open(session, "expired")
    close(state, session)
    return session.body


def close(state: State, session: Record) -> None:
    """Expire an open session; the intent behind it can no longer take money."""
    session.body.update(status="expired", url=None)
    session.due_at = None
    state.save(session)
    intent = state.find("payment_intent", session.body["payment_intent"] or "")
    if intent is not None and intent.body["status"] != "canceled":
        payment_intents.close(state, intent, "expired")
    setup = state.find("setup_intent", session.body["setup_intent"] or "")
    if setup is not None:
        setup_intents.close(state, setup, "abandoned")
    state.emit("checkout.session.expired", session)


def _require_open(session: Record, verb: str) -> None:
    if session.body["status"] != "open":
        raise refused(f"Only open Checkout Sessions can be {verb}; this one is {session.body['status']}.")
