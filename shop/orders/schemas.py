"""How an order looks on the wire."""

from __future__ import annotations

from collections import Counter
from typing import Any, get_args

from marshmallow import Schema, fields

from shop.kit.fields import Moment, MoneyView, Reference
from shop.kit.money import Money
from shop.orders.models import Order, OrderLine
from shop.orders.queries import OrderWithPayment, standing
from shop.orders.states import Fulfilment, Status, fulfilment_of
from shop.payments.models import Payment
from shop.pricing.breakdown import Effect, Entry, Kind
from shop.pricing.schemas import EntryView, totals_of


class AddressView(Schema):
    """A postal address."""

    name = fields.String(required=True)
    line1 = fields.String(required=True)
    line2 = fields.String(required=True, allow_none=True)
    city = fields.String(required=True, allow_none=True)
    region = fields.String(required=True, allow_none=True)
    postal_code = fields.String(required=True, allow_none=True)
    country = fields.String(required=True)


class SoldVariantView(Schema):
    """A variant in the words of the day it was sold."""

    sku = fields.String(required=True)
    style_code = fields.String(required=True)
    product = fields.Nested(Reference, required=True)
    family = fields.Nested(Reference, required=True)
    material = fields.Nested(Reference, required=True, allow_none=True)
    colour = fields.Nested(Reference, required=True, allow_none=True)
    hardware = fields.Nested(Reference, required=True, allow_none=True)
    label = fields.String(required=True, allow_none=True)


class OrderLineView(Schema):
    """What was bought of a variant."""

    sku = fields.String(required=True)
    quantity = fields.Integer(required=True)
    variant = fields.Nested(SoldVariantView, required=True)
    unit_price = fields.Nested(MoneyView, required=True)
    list_unit_price = fields.Nested(MoneyView, required=True)
    totals = fields.List(fields.Nested(EntryView), required=True)


class ChosenShippingView(Schema):
    """How the parcel goes."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    min_days = fields.Integer(required=True)
    max_days = fields.Integer(required=True)


class PaymentView(Schema):
    """The payment of an order."""

    provider = fields.String(required=True, metadata={"enum": ["stripe"]})
    status = fields.String(
        required=True,
        metadata={
            "enum": [
                "opening",
                "open",
                "processing",
                "authorized",
                "paid",
                "expired",
                "canceled",
                "failed",
                "quarantined",
            ]
        },
    )
    ui = fields.String(required=True, metadata={"enum": ["hosted", "elements"]})
    amount = fields.Nested(MoneyView, required=True)
    url = fields.String(
        required=True, allow_none=True, metadata={"description": "Where to pay, while it can be paid."}
    )
    client_secret = fields.String(required=True, allow_none=True)
    expires_at = Moment(required=True)


class OrderEventView(Schema):
    """Something that happened to the order."""

    kind = fields.String(required=True)
    at = Moment(required=True, attribute="happened_at")


class ShippedPiecesView(Schema):
    """Pieces of a line in a parcel."""

    sku = fields.String(required=True)
    quantity = fields.Integer(required=True)


class ShipmentView(Schema):
    """A parcel on its way to the shopper."""

    id = fields.UUID(required=True)
    carrier = fields.String(required=True, metadata={"example": "DHL Express"})
    tracking_number = fields.String(required=True)
    tracking_url = fields.String(required=True, allow_none=True)
    shipped_at = Moment(required=True)
    lines = fields.List(fields.Nested(ShippedPiecesView), required=True)


class OrderView(Schema):
    """An order: frozen lines and amounts, its payment, and what happened."""

    number = fields.String(required=True)
    status = fields.String(required=True, metadata={"enum": list(get_args(Status))})
    market = fields.String(required=True)
    currency = fields.String(required=True)
    email = fields.String(required=True)
    lines = fields.List(fields.Nested(OrderLineView), required=True)
    totals = fields.List(fields.Nested(EntryView), required=True)
    shipping_address = fields.Nested(AddressView, required=True)
    billing_address = fields.Nested(AddressView, required=True)
    shipping_option = fields.Nested(ChosenShippingView, required=True)
    payment = fields.Nested(PaymentView, required=True)
    events = fields.List(fields.Nested(OrderEventView), required=True)
    fulfilment = fields.String(required=True, metadata={"enum": list(get_args(Fulfilment))})
    shipments = fields.List(fields.Nested(ShipmentView), required=True)
    held_until = Moment(
        required=True,
        allow_none=True,
        metadata={"description": "Until when its bags are held; null once settled."},
    )
    created_at = Moment(required=True)


def order_document(found: OrderWithPayment) -> dict[str, Any]:
    """Return what :class:`OrderView` shows of an order."""
    order = found.order
    held = order.status in ("pending_payment", "authorized")
    return {
        "number": order.number,
        "status": order.status,
        "market": order.market_code,
        "currency": order.currency,
        "email": order.email,
        "lines": [_line(order, line) for line in order.lines],
        "totals": _totals(order, None),
        "shipping_address": order.shipping_address,
        "billing_address": order.billing_address,
        "shipping_option": order.shipping_option,
        "payment": payment_document(found.payment, order.status),
        "events": order.events,
        **_sending(found),
        "held_until": order.held_until if held else None,
        "created_at": order.created_at,
    }


def _sending(found: OrderWithPayment) -> dict[str, Any]:
    """Return how far an order was sent, and in which parcels."""
    order = found.order
    parcels = standing(order.shipments)
    sent = Counter({line.position: 0 for line in order.lines})
    for parcel in parcels:
        sent.update({each.line_position: each.quantity for each in parcel.lines})
    left = [
        line.quantity - sent[line.position] - found.refunded.get(line.position, 0) for line in order.lines
    ]
    skus = {line.position: line.sku for line in order.lines}
    shown = [
        {
            **{name: getattr(parcel, name) for name in ("id", "carrier", "tracking_number", "tracking_url")},
            "shipped_at": parcel.shipped_at,
            "lines": [{"sku": skus[each.line_position], "quantity": each.quantity} for each in parcel.lines],
        }
        for parcel in parcels
    ]
    pieces = sum(max(count, 0) for count in left)
    return {"fulfilment": fulfilment_of(sent.total(), pieces), "shipments": shown}


def payment_document(payment: Payment, order_status: str) -> dict[str, Any]:
    """Return what :class:`PaymentView` shows of the payment of an order in some status."""
    payable = payment.status in ("opening", "open") and order_status == "pending_payment"
    return {
        "provider": "stripe",
        "status": payment.status,
        "ui": payment.ui,
        "amount": Money(payment.amount_minor, payment.currency),
        "url": payment.url if payable else None,
        "client_secret": payment.client_secret if payable else None,
        "expires_at": payment.ends_at,
    }


def _line(order: Order, line: OrderLine) -> dict[str, Any]:
    return {
        "sku": line.sku,
        "quantity": line.quantity,
        "variant": {"sku": line.sku, "style_code": line.style_code, **line.description},
        "unit_price": Money(line.charged_minor, order.currency),
        "list_unit_price": Money(line.list_minor, order.currency),
        "totals": _totals(order, line.position),
    }


def _totals(order: Order, line_position: int | None) -> list[dict[str, Any]]:
    """Return the entries of a line, or with None of the order itself."""
    entries = (
        Entry(Kind(e.kind), Effect(e.effect), e.amount_minor, e.tax_included, e.tax_rate_ppm)
        for e in order.entries
        if e.line_position == line_position
    )
    return totals_of(entries, order.currency)
