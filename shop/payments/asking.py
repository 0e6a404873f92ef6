"""What Stripe is asked for a payment: one pure function from an order's amounts to parameters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

Ui = Literal["hosted", "elements"]
#: ``manual``: the bank holds the money until the shop captures it.
CaptureMethod = Literal["automatic", "manual"]


@dataclass(frozen=True, slots=True)
class Item:
    """A line on Stripe's page.

    Attributes:
        name: As the shopper knows it.
        amount: Minor units of one piece.
        quantity: Pieces.
    """

    name: str
    amount: int
    quantity: int = 1


@dataclass(frozen=True, slots=True)
class Ask:
    """A payment to ask for.

    Attributes:
        payment_id: Row that asks.
        reference: What is paid for.
        total: Minor units; the items must add up to it.
        return_url: Where Stripe sends the shopper afterwards; ``{CHECKOUT_SESSION_ID}`` is
            replaced by Stripe.
        leave_url: Where a shopper who turns back is sent.
        ends_at: When it can no longer be paid.
        capture: Whether the money is taken at once or held for the shop to capture.
    """

    payment_id: UUID
    reference: str
    items: Sequence[Item]
    total: int
    currency: str
    email: str
    ui: Ui
    return_url: str
    leave_url: str
    ends_at: datetime
    capture: CaptureMethod = "automatic"


def session_params(ask: Ask) -> dict[str, Any]:
    """Return the parameters of the Checkout Session that asks for a payment.

    Zero amounts are left out: they would only be noise on the page.

    Raises:
        ValueError: The items do not add up to the total; nothing may be charged then.
    """
    if sum(item.amount * item.quantity for item in ask.items) != ask.total:
        raise ValueError(f"the items of {ask.reference} do not add up to its total of {ask.total}")
    # A session's metadata is not copied to its intent, which must name the order too.
    metadata = {"order": ask.reference, "payment": str(ask.payment_id)}
    params: dict[str, Any] = {
        "mode": "payment",
        "client_reference_id": ask.reference,
        "customer_email": ask.email,
        "expires_at": int(ask.ends_at.timestamp()),
        "line_items": [_line_item(item, ask.currency) for item in ask.items if item.amount],
        "metadata": metadata,
        "payment_intent_data": {"metadata": metadata, "description": f"Order {ask.reference}"},
    }
    if ask.capture == "manual":
        params["payment_intent_data"]["capture_method"] = "manual"
    if ask.ui == "elements":
        return params | {"ui_mode": "elements", "return_url": ask.return_url}
    return params | {"ui_mode": "hosted_page", "success_url": ask.return_url, "cancel_url": ask.leave_url}


def _line_item(item: Item, currency: str) -> dict[str, Any]:
    return {
        "quantity": item.quantity,
        "price_data": {
            "currency": currency.lower(),
            "unit_amount": item.amount,
            "product_data": {"name": item.name},
        },
    }
