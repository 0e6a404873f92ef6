"""What a shopper does on a session's page: pay, authenticate, leave; and how late money ends."""

from __future__ import annotations

from . import attempts, checkout_amounts, customers, disputes, payment_intents, payment_methods, setup_intents
from .errors import refused
from .state import State
from .store import Record


def pay(state: State, session: Record, payment_method: str, shipping_rate: str | None = None) -> None:
    """Try to pay an open session, or to save the method in setup mode.

    The PaymentIntent is made at the first try and serves every further one. Afterwards the session
    is complete, or still open because the shopper has to authenticate.

    Args:
        state: Where everything is stored.
        session: An open session.
        payment_method: A ``pm_card_*`` id, or a method saved before.
        shipping_rate: The shipping option that the shopper chose, or None for the first.

    Raises:
        StripeError: 402 for a decline, the session stays open; 400 for a session that is not.
    """
    if session.body["status"] != "open":
        raise refused(f"This Checkout Session is {session.body['status']}.")
    if shipping_rate is not None and session.private["shipping"]:
        checkout_amounts.choose_shipping(session, shipping_rate)
        checkout_amounts.add_up(session)
        state.save(session)
    if session.body["mode"] == "payment" and session.body["amount_total"] == 0:
        complete(state, session)
        return
    method = payment_methods.resolve(state, payment_method, session.body["customer"])
    intent = intent_of(state, session) or _open_intent(state, session)
    if intent.kind == "setup_intent":
        setup_intents.attempt(state, intent, method)
    else:
        _renew(state, session, intent)
        attempts.attempt(state, intent, method)
    complete_if_done(state, session, intent)


def intent_of(state: State, session: Record) -> Record | None:
    """Find the intent behind a session, or None before the first try."""
    body = session.body
    if body["setup_intent"]:
        return state.require("setup_intent", body["setup_intent"])
    return state.find("payment_intent", body["payment_intent"] or "")


def _open_intent(state: State, session: Record) -> Record:
    body, data = session.body, session.private["payment_intent_data"]
    intent = payment_intents.new(state, body["amount_total"], body["currency"])
    intent.private["session"] = session.id
    intent.body["customer"] = body["customer"]
    # Only what was asked for the intent goes onto it: the session's own metadata stays there.
    intent.body.update({name: value for name, value in data.items() if name in intent.body})
    intent.body["capture_method"] = data.get("capture_method", "automatic_async")
    state.save(intent)
    body["payment_intent"] = intent.id
    state.save(session)
    state.emit("payment_intent.created", intent)
    return intent


def _renew(state: State, session: Record, intent: Record) -> None:
    """Bring the intent of an earlier try up to what the session says now."""
    data = session.private["payment_intent_data"]
    intent.body.update({name: value for name, value in data.items() if name in intent.body})
    intent.body["amount"] = session.body["amount_total"]
    state.save(intent)


def authenticate(state: State, session: Record, *, succeed: bool) -> None:
    """Tell how the shopper's authentication ended.

    Raises:
        StripeError: 402 when it failed or the bank declines; 400 when nothing waits for it.
    """
    intent = intent_of(state, session)
    if session.body["status"] != "open" or intent is None or intent.body["status"] != "requires_action":
        raise refused("Nothing waits for authentication here.")
    module = setup_intents if intent.kind == "setup_intent" else attempts
    module.authenticate(state, intent, succeed=succeed)
    complete_if_done(state, session, intent)


def complete_if_done(state: State, session: Record, intent: Record) -> None:
    """Complete the session once its intent succeeded, holds the money, or is on its way."""
    if intent.body["status"] in {"succeeded", "requires_capture", "processing"}:
        session = state.require("checkout.session", session.id)
        complete(state, session, intent)
    if intent.kind == "payment_intent":
        disputes.open_if_card_asks(state, intent)


def complete(state: State, session: Record, intent: Record | None = None) -> None:
    """Close a session as done.

    ``payment_status`` is ``paid`` only when the money is there: a hold and a delayed method leave
    it ``unpaid``, which is what a shop must look at before it ships.
    """
    body = session.body
    if body["mode"] == "payment" and body["customer"] is None and body["customer_creation"] == "always":
        params = {"email": body["customer_email"]} if body["customer_email"] else {}
        body["customer"] = customers.create(state, params, "")["id"]
    customer = state.find("customer", body["customer"] or "")
    email = body["customer_email"] or (customer.body.get("email") if customer else None)
    name = customer.body.get("name") if customer else None
    body["customer_details"] = {
        "address": None,
        "email": email,
        "name": name,
        "phone": None,
        "tax_exempt": "none",
    }
    body.update(status="complete", url=None)
    if intent is not None and intent.kind == "payment_intent" and intent.body["status"] == "succeeded":
        body["payment_status"] = "paid"
    session.due_at = None
    state.save(session)
    state.emit("checkout.session.completed", session)


def settle_delayed(state: State, intent: Record, *, succeed: bool) -> None:
    """Deliver the late answer of a delayed method.

    Raises:
        StripeError: 400 when the intent is not processing.
    """
    if intent.body["status"] != "processing":
        raise refused(f"This PaymentIntent is {intent.body['status']}, not processing.")
    attempts.settle_delayed(state, intent, succeed=succeed)
    session = state.find("checkout.session", intent.private.get("session", ""))
    if session is not None:
        outcome = "succeeded" if succeed else "failed"
        state.emit(f"checkout.session.async_payment_{outcome}", session)


def after_payment(session: Record) -> str | None:
    """Tell where the browser goes when the session is complete, or None for nowhere."""
    url = session.body["success_url"] or session.body["return_url"]
    return str(url).replace("{CHECKOUT_SESSION_ID}", session.id) if url else None
