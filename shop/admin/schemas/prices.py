"""What things cost on a day, as their owner sees it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from marshmallow import Schema, ValidationError, fields

from shop.catalogue.schemas import text
from shop.discovery.schemas import MarketQuery
from shop.kit.fields import Moment, MoneyView, Reference, Str


class DayOrMoment(fields.String):
    """A day, which means its first moment in UTC, or a moment in UTC."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = Str(maximum=20).deserialize(value)
        for form in ("%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"):
            try:
                return datetime.strptime(text, form).replace(tzinfo=UTC)
            except ValueError:
                continue
        raise ValidationError("Must be a day like 2026-01-15 or a moment like 2026-01-15T09:00:00Z.")


class PricesQuery(MarketQuery):
    """Where, and on which day."""

    as_of = DayOrMoment(
        load_default=None,
        metadata={
            "description": "The day whose prices are shown: as they were in force at 00:00 UTC, or at the "
            "moment given, e.g. `2026-01-15T09:00:00Z`. Now, if absent.",
            "example": "2026-01-15",
        },
    )


class PricedVariantView(Schema):
    """What a variant cost."""

    sku = fields.String(required=True, attribute="variant.sku")
    style_code = fields.String(required=True, attribute="variant.style_code")
    label = text(attribute="variant.label")
    sellable = fields.Boolean(required=True, attribute="variant.sellable")
    is_retired = fields.Boolean(required=True, attribute="variant.is_retired")
    price = fields.Nested(MoneyView, required=True, allow_none=True)
    list_price = fields.Nested(
        MoneyView, required=True, allow_none=True, metadata={"description": "Above `price` during a sale."}
    )
    price_is_illustrative = fields.Boolean(required=True, allow_none=True)


class PriceListView(Schema):
    """What a product cost at a moment, and when it is shown."""

    product = fields.Nested(Reference, required=True)
    market = fields.String(required=True, attribute="market.code")
    as_of = Moment(required=True)
    publish_at = Moment(required=True, allow_none=True, attribute="product.publish_at")
    unpublish_at = Moment(required=True, allow_none=True, attribute="product.unpublish_at")
    is_published = fields.Boolean(
        required=True, metadata={"description": "Whether shoppers see the product at that moment."}
    )
    variants = fields.List(fields.Nested(PricedVariantView), required=True)
