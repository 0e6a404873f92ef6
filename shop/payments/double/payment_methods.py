"""Payment methods: a ``pm_card_*`` test card becomes a saved method of its own when it is used.

Stripe's methods have no page in the contract document, so they are never read over the wire;
their ids travel in intents and come back for charges off session.
"""

from __future__ import annotations

from .cards import CARDS, Card, find_card
from .errors import invalid, missing
from .state import State
from .store import Record

#: The behaviour of cards whose history already holds a successful set-up.
_SET_UP = "set_up"


def resolve(state: State, given: str, customer: str | None, param: str = "payment_method") -> Record:
    """Find the payment method that a request names.

    Raises:
        StripeError: 400 for an unknown id, a method of another customer, or one already used up.
    """
    if find_card(given) is not None:
        return _issue(state, given)
    record = state.find("payment_method", given)
    if record is None:
        raise missing("PaymentMethod", given, param)
    owner = record.body["customer"]
    if owner is not None and owner != customer:
        text = "The payment method belongs to a customer: name that customer together with it."
        raise invalid(text, param)
    if owner is None and record.private.get("used"):
        text = "The payment method was used without being attached to a customer and may not be used again."
        raise invalid(text, param)
    return record


def _issue(state: State, test_card: str) -> Record:
    card = find_card(test_card) or CARDS["pm_card_visa"]
    body = {
        "id": state.ids.new("pm"),
        "object": "payment_method",
        "created": state.now(),
        "livemode": False,
        "type": "double_delayed" if card.delayed else "card",
        "customer": None,
        "metadata": {},
        "billing_details": {"address": None, "email": None, "name": None, "phone": None},
        "card": {
            "brand": card.brand,
            "exp_month": 12,
            "exp_year": 2040,
            "funding": "credit",
            "last4": "0000",
        },
    }
    record = Record(body, {"test_card": test_card})
    state.save(record)
    return record


def card_of(method: Record) -> Card:
    """Tell how a payment method behaves."""
    return find_card(str(method.private["test_card"])) or CARDS["pm_card_visa"]


def is_set_up(method: Record) -> bool:
    """Tell whether the shopper was authenticated when this method was saved."""
    return bool(method.private.get(_SET_UP))


def mark_used(state: State, method: Record, *, customer: str | None, kept: bool) -> None:
    """Record a success: a method kept for a customer is attached, any other is used up.

    Args:
        state: Where it is stored.
        method: The payment method that paid or was saved.
        customer: Whose purchase it was, or None for a guest.
        kept: Whether it is saved for later: ``setup_future_usage`` or a SetupIntent.
    """
    if kept:
        method.private[_SET_UP] = True
        method.body["customer"] = method.body["customer"] or customer
    method.private["used"] = True
    state.save(method)
