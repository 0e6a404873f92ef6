"""How a checkout looks on the wire."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from shop.cart.messages import MessageView
from shop.cart.schemas import CartLineView, line_document
from shop.checkout.queries import CheckoutNow
from shop.kit.fields import Email, FreeText, Moment, Str, StrictSchema
from shop.kit.money import Money
from shop.orders.schemas import AddressView, PaymentView, payment_document
from shop.payments.models import Payment
from shop.pricing.schemas import EntryView, ShippingOptionView, totals_of

STATUSES = ["open", "ready", "completing", "completed", "canceled", "expired"]


class NewCheckout(StrictSchema):
    """Which cart is bought."""

    cart_id = fields.UUID(required=True)


class AddressInput(StrictSchema):
    """A postal address; which fields a country needs is checked by its rules."""

    name = FreeText(maximum=120, required=True)
    line1 = FreeText(maximum=200, required=True)
    line2 = FreeText(maximum=200, minimum=0, allow_none=True, load_default=None)
    city = FreeText(maximum=120, minimum=0, allow_none=True, load_default=None)
    region = FreeText(maximum=120, minimum=0, allow_none=True, load_default=None)
    postal_code = Str(maximum=32, minimum=0, allow_none=True, load_default=None)
    country = Str(maximum=2, minimum=2, pattern=r"^[A-Z]{2}$", required=True, metadata={"example": "US"})


class CheckoutChanges(StrictSchema):
    """What to fill in; an empty document accepts today's prices and total."""

    email = Email()
    shipping_address = fields.Nested(AddressInput)
    billing_address = fields.Nested(
        AddressInput, allow_none=True, metadata={"description": "Null: the same as the shipping address."}
    )
    shipping_option = Str(maximum=32, metadata={"description": "`id` of one of `shipping_options`."})


class CompletionInput(StrictSchema):
    """How to pay."""

    ui = Str(
        maximum=16,
        load_default="hosted",
        choices=("hosted", "elements"),
        metadata={
            "description": "`hosted`: Stripe's page. `elements`: a `client_secret` for a page of your own."
        },
    )
    return_url = fields.Url(
        load_default=None,
        schemes={"https", "http"},
        require_tld=False,
        validate=validate.Length(max=500),
        metadata={"description": "Your page to send the shopper back to; its origin must be allowed."},
    )


class OrderReference(Schema):
    """The order a checkout became."""

    number = fields.String(required=True)
    status = fields.String(required=True)


class NewOrderView(OrderReference):
    """An order just placed, with the token that opens it."""

    token = fields.String(
        required=True,
        metadata={"description": "Shown once. Send it as `Authorization: Bearer <token>` to read the order."},
    )


class CompletedView(Schema):
    """An order that waits for its payment, and where to pay."""

    order = fields.Nested(NewOrderView, required=True)
    payment = fields.Nested(PaymentView, required=True)


class CheckoutView(Schema):
    """A checkout as it stands now."""

    id = fields.UUID(required=True)
    cart_id = fields.UUID(required=True)
    status = fields.String(required=True, metadata={"enum": STATUSES})
    version = fields.Integer(required=True)
    market = fields.String(required=True)
    currency = fields.String(required=True)
    email = fields.String(required=True, allow_none=True)
    shipping_address = fields.Nested(AddressView, required=True, allow_none=True)
    billing_address = fields.Nested(AddressView, required=True, allow_none=True)
    shipping_option = fields.String(required=True, allow_none=True)
    shipping_options = fields.List(fields.Nested(ShippingOptionView), required=True)
    lines = fields.List(fields.Nested(CartLineView), required=True)
    totals = fields.List(fields.Nested(EntryView), required=True)
    messages = fields.List(fields.Nested(MessageView), required=True)
    order = fields.Nested(OrderReference, required=True, allow_none=True)
    payment = fields.Nested(PaymentView, required=True, allow_none=True)
    updated_at = Moment(required=True)


def checkout_document(now: CheckoutNow) -> dict[str, Any]:
    """Return what :class:`CheckoutView` shows of a checkout."""
    found, market = now.checkout, now.priced.market
    return {
        "id": found.id,
        "cart_id": found.cart_id,
        "status": now.status,
        "version": found.version,
        "market": market.code,
        "currency": market.currency,
        "email": found.email,
        "shipping_address": found.shipping_address,
        "billing_address": found.billing_address,
        "shipping_option": found.shipping_option,
        "shipping_options": [
            {
                "slug": option.slug,
                "name": option.name,
                "price": Money(option.amount_minor, market.currency),
                "min_days": option.min_days,
                "max_days": option.max_days,
            }
            for option in now.options
        ],
        "lines": [line_document(line, market.currency) for line in now.priced.lines],
        "totals": totals_of(now.priced.breakdown.entries, market.currency),
        "messages": now.messages,
        "order": now.placed.order if now.placed else None,
        "payment": payment_document(now.placed.payment, now.placed.order.status) if now.placed else None,
        "updated_at": found.updated_at,
    }


def completed_document(payment: Payment, order_status: str, token: str) -> dict[str, Any]:
    """Return what :class:`CompletedView` shows of an order just placed, by its payment."""
    return {
        "order": {"number": payment.reference, "status": order_status, "token": token},
        "payment": payment_document(payment, order_status),
    }
