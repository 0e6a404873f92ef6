"""The rows of tables: variants, prices and opening stock."""

from __future__ import annotations

from shop.seeding.fields import Code, Entry, Slug, nested
from shop.seeding.schemas.products import PriceEntry, VariantEntry
from shop.seeding.schemas.trade import OpeningEntry

SKU = r"[0-9A-Z]{15}"


class VariantRow(VariantEntry):
    """A variant, with the product it belongs to."""

    class Meta:
        """What a flat row cannot hold."""

        exclude = ("prices", "archive_prices", "disputed_observations", "external_ids", "images")

    product = Slug(required=True)


class PriceRow(PriceEntry):
    """A price, with the variant it is of."""

    sku = Code(SKU, like="8230582AA9S1000", required=True)


class StockRow(OpeningEntry):
    """The first count of a variant at a location."""


class VariantsTable(Entry):
    """``variants.csv``."""

    rows = nested(VariantRow, required=True)


class PricesTable(Entry):
    """``prices.csv``."""

    rows = nested(PriceRow, required=True)


class StockTable(Entry):
    """``stock.csv``."""

    rows = nested(StockRow, required=True)
