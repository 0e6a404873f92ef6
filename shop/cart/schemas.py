"""How a cart looks on the wire."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from shop.cart.messages import MessageView
from shop.cart.queries import Line, PricedCart
from shop.catalogue.schemas import ColourReference, text
from shop.kit.fields import Int, Moment, MoneyView, Reference, Str, StrictSchema
from shop.pricing.schemas import EntryView, totals_of

#: Far above every limit, so that the limit is refused with its facts and not as a form error.
LARGEST_QUANTITY = 1_000_000


class NewCart(StrictSchema):
    """Where the shopper buys."""

    market = Str(maximum=32, required=True, metadata={"example": "US"})


class LineQuantity(StrictSchema):
    """How many pieces."""

    quantity = Int(minimum=1, maximum=LARGEST_QUANTITY, required=True)


class CartVariantView(Schema):
    """The variant of a line."""

    sku = fields.String(required=True)
    style_code = fields.String(required=True)
    label = text()
    product = fields.Nested(Reference, required=True)
    family = fields.Nested(Reference, required=True, attribute="product.family")
    material = fields.Nested(Reference, required=True, allow_none=True)
    colour = fields.Nested(ColourReference, required=True, allow_none=True)
    hardware = fields.Nested(Reference, required=True, allow_none=True)


class CartLineView(Schema):
    """How many pieces of a variant, and what they cost."""

    sku = fields.String(required=True)
    quantity = fields.Integer(required=True)
    variant = fields.Nested(CartVariantView, required=True)
    unit_price = fields.Nested(MoneyView, required=True, allow_none=True)
    list_unit_price = fields.Nested(
        MoneyView,
        required=True,
        allow_none=True,
        metadata={"description": "Above `unit_price` while on sale."},
    )
    available = fields.Integer(
        required=True, metadata={"description": "Whole pieces that can be bought now."}
    )
    totals = fields.List(fields.Nested(EntryView), required=True)


class CartView(Schema):
    """A cart at today's prices."""

    id = fields.UUID(required=True)
    market = fields.String(required=True)
    currency = fields.String(required=True)
    status = fields.String(required=True, metadata={"enum": ["open", "paying", "ordered"]})
    version = fields.Integer(required=True)
    lines = fields.List(fields.Nested(CartLineView), required=True)
    totals = fields.List(fields.Nested(EntryView), required=True)
    messages = fields.List(fields.Nested(MessageView), required=True)
    updated_at = Moment(required=True)


class NewCartView(CartView):
    """A cart just opened, with the token that opens it."""

    token = fields.String(
        required=True, metadata={"description": "Shown once. Send it as `Authorization: Bearer <token>`."}
    )


def cart_document(priced: PricedCart) -> dict[str, Any]:
    """Return what :class:`CartView` shows of a cart."""
    cart, currency = priced.cart, priced.market.currency
    return {
        "id": cart.id,
        "market": cart.market_code,
        "currency": currency,
        "status": cart.status,
        "version": cart.version,
        "lines": [line_document(line, currency) for line in priced.lines],
        "totals": totals_of(priced.breakdown.entries, currency),
        "messages": priced.messages,
        "updated_at": cart.updated_at,
    }


def line_document(line: Line, currency: str) -> dict[str, Any]:
    """Return what :class:`CartLineView` shows of a line."""
    return {
        "sku": line.offer.variant.sku,
        "quantity": line.quantity,
        "variant": line.offer.variant,
        "unit_price": line.offer.price,
        "list_unit_price": line.offer.list_price,
        "available": line.offer.available,
        "totals": totals_of(line.priced.entries, currency) if line.priced else [],
    }
