"""How markets and sums look on the wire."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from marshmallow import Schema, fields

from shop.catalogue.schemas import EvidenceView, text
from shop.kit.fields import MoneyView
from shop.pricing.breakdown import Entry


class DutyView(EvidenceView):
    """A customs duty, for information; it is not part of any total."""

    hs = fields.String(required=True)
    applies_to = fields.String(required=True)
    rate_ppm = fields.Integer(required=True)


class MarketView(EvidenceView):
    """Where a shopper buys."""

    slug = fields.String(required=True, attribute="code", metadata={"example": "US"})
    name = fields.String(required=True)
    currency = fields.String(required=True, metadata={"description": "ISO 4217."})
    exponent = fields.Integer(required=True, metadata={"description": "Decimal places of the currency."})
    locale = fields.String(required=True, metadata={"description": "BCP 47."})
    countries = fields.List(fields.String(), required=True, metadata={"description": "Where parcels may go."})
    prices_include_tax = fields.Boolean(required=True)
    tax_rate_ppm = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "Parts per million: 200000 is 20 %. Null: no single rate."},
    )
    tax_model = text()
    customs_note = text()
    duties = fields.List(fields.Nested(DutyView), required=True)


class EntryView(Schema):
    """One typed amount of a sum; amounts are never negative, `effect` says what they do."""

    kind = fields.String(
        required=True,
        metadata={
            "enum": ["items", "sale_discount", "promotion_discount", "subtotal", "shipping", "tax", "total"]
        },
    )
    effect = fields.String(
        required=True,
        metadata={
            "enum": ["adds", "subtracts", "states"],
            "description": "`total` is what adds less what subtracts; `states` repeats what is counted.",
        },
    )
    amount = fields.Integer(required=True, metadata={"description": "Whole minor units."})
    currency = fields.String(required=True)
    tax_included = fields.Boolean(metadata={"description": "Only of `tax`: inside the prices, adds nothing."})
    tax_rate_ppm = fields.Integer(
        allow_none=True, metadata={"description": "Only of `tax`; null: no rate known."}
    )


class ShippingOptionView(Schema):
    """A way to send the parcel."""

    id = fields.String(
        required=True, attribute="slug", metadata={"description": "Goes into `shipping_option`."}
    )
    name = fields.String(required=True)
    price = fields.Nested(MoneyView, required=True)
    min_days = fields.Integer(required=True)
    max_days = fields.Integer(required=True)


def totals_of(entries: Iterable[Entry], currency: str) -> list[dict[str, Any]]:
    """Return entries as ``totals`` lists show them: ordered, typed, unsigned."""
    shown: list[dict[str, Any]] = []
    for entry in entries:
        row = {"kind": entry.kind, "effect": entry.effect, "amount": entry.amount, "currency": currency}
        if entry.tax_included is not None:
            row |= {"tax_included": entry.tax_included, "tax_rate_ppm": entry.tax_rate_ppm}
        shown.append(row)
    return shown
