"""The files on markets, placements, observed amounts and opening stock."""

from __future__ import annotations

from marshmallow import ValidationError, validates_schema

from shop.kit.money import EXPONENTS
from shop.seeding.fields import (
    Code,
    Entry,
    Evidenced,
    Minor,
    Rate,
    Slug,
    Text,
    When,
    Yes,
    currency,
    nested,
    several,
    whole,
)
from shop.seeding.schemas.evidence import File
from shop.seeding.schemas.products import HS


class CustomsEntry(Evidenced):
    """A customs duty on a heading."""

    flag_subjects = frozenset({"hs_subheading"})

    hs = Code(HS, like="4202.21", required=True)
    applies_to = Text(required=True)
    rate = Rate(required=True)
    valid_from = When()
    valid_to = When()


class ShippingEntry(Evidenced):
    """A way to send a parcel."""

    slug = Slug(32, required=True)
    name = Text(120, required=True)
    amount_minor = Minor(minimum=0, required=True)
    min_days = whole(0, 365, required=True)
    max_days = whole(0, 365, required=True)

    @validates_schema
    def _order(self, data: dict[str, int], **_: object) -> None:
        if data["min_days"] > data["max_days"]:
            raise ValidationError("must not be more than `max_days`", "min_days")


class MarketEntry(Evidenced):
    """Where a shopper buys."""

    code = Code(r"[A-Z]{2}", like="US", required=True)
    name = Text(64, required=True)
    currency = currency(required=True)
    exponent = whole(0, 3, required=True)
    locale = Code(r"[a-z]{2}-[A-Z]{2}", like="en-US", required=True)
    countries = several(Code(r"[A-Z]{2}", like="US"), required=True)
    prices_include_tax = Yes(required=True)
    tax_rate = Rate()
    tax_model = Text()
    customs_note = Text()
    customs = nested(CustomsEntry)
    shipping = nested(ShippingEntry, required=True)

    @validates_schema
    def _same_exponent(self, data: dict[str, object], **_: object) -> None:
        known = EXPONENTS[str(data["currency"])]
        if data["exponent"] != known:
            raise ValidationError(f"{data['currency']} has {known} decimal places", "exponent")


class MarketsFile(File):
    """``markets.yaml``."""

    markets = nested(MarketEntry, required=True)


class PlacementEntry(Evidenced):
    """Where a market's site files a product."""

    product = Slug(required=True)
    market = Code(r"[A-Z]{2}", like="US", required=True)
    channel = Slug(32, required=True)
    path = several(Text(120), required=True)
    is_overlay = Yes()
    as_of = Text(32)


class PlacementsFile(File):
    """``placements.yaml``."""

    placements = nested(PlacementEntry, required=True)


class RetailEntry(Entry):
    """A range of list prices somebody saw."""

    slug = Slug(200, required=True)
    family = Slug(64, required=True)
    scope = Text(required=True)
    currency = currency(required=True)
    low_minor = Minor(required=True)
    high_minor = Minor(required=True)
    as_of = Text(64, required=True)
    source = Text(16, required=True)
    confidence = Text()

    @validates_schema
    def _order(self, data: dict[str, int], **_: object) -> None:
        if data["low_minor"] > data["high_minor"]:
            raise ValidationError("must not be more than `high_minor`", "low_minor")


class ResaleEntry(Entry):
    """A median of a marketplace."""

    slug = Slug(200, required=True)
    marketplace = Text(64, required=True)
    family = Slug(64, required=True)
    scope = Text(required=True)
    currency = currency(required=True)
    median_minor = Minor(required=True)
    sample_size = whole(1, required=True)
    as_of = Text(64, required=True)
    source = Text(16, required=True)
    confidence = Text()


class ObservationsFile(File):
    """``observations.yaml``."""

    retail = nested(RetailEntry, required=True)
    resale = nested(ResaleEntry, required=True)


class LocationEntry(Evidenced):
    """A place that holds pieces."""

    flag_subjects = frozenset({"stock"})

    code = Slug(32, required=True)
    name = Text(120, required=True)


class OpeningEntry(Entry):
    """The first count of a variant at a location."""

    sku = Code(r"[0-9A-Z]{15}", like="8230582AA9S1000", required=True)
    location = Slug(32, required=True)
    pieces = whole(0, 1_000_000, required=True)


class StockFile(File):
    """``stock.yaml``."""

    locations = nested(LocationEntry, required=True)
    opening = nested(OpeningEntry, required=True)
