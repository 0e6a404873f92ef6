"""Markets and what things cost in them. Rates are whole parts per million, never floats."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.catalogue.models.evidence import Evidence
from shop.kit.db import Base
from shop.kit.types import Json, UtcDateTime

PPM = 1_000_000


class Market(Base, Evidence):
    """Where a shopper buys: decides currency, tax and where parcels go."""

    __tablename__ = "market"
    __table_args__ = (
        CheckConstraint("exponent BETWEEN 0 AND 3", name="exponent"),
        CheckConstraint("tax_rate_ppm BETWEEN 0 AND 1000000", name="tax_rate"),
    )

    #: ISO 3166-1 alpha-2, e.g. ``US``.
    code: Mapped[str] = mapped_column(String(2), primary_key=True)
    position: Mapped[int] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(String(64))
    currency: Mapped[str] = mapped_column(String(3))
    #: Decimal places of the currency: 0 for JPY and KRW.
    exponent: Mapped[int]
    #: BCP 47, how prices and dates are written there.
    locale: Mapped[str] = mapped_column(String(16))
    #: ISO 3166-1 codes parcels of this market may go to.
    countries: Mapped[list[str]] = mapped_column(Json, default=list)
    prices_include_tax: Mapped[bool]
    #: Parts per million: 200000 is 20 %. None: no single rate exists (US sales tax).
    tax_rate_ppm: Mapped[int | None]
    tax_model: Mapped[str | None] = mapped_column(Text)
    customs_note: Mapped[str | None] = mapped_column(Text)

    duties: Mapped[list[DutyRate]] = relationship(lazy="raise", order_by="DutyRate.position")


class DutyRate(Base, Evidence):
    """A customs duty of a market on a heading, with its validity; for information."""

    __tablename__ = "duty_rate"

    market_code: Mapped[str] = mapped_column(ForeignKey("market.code"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    hs: Mapped[str] = mapped_column(String(16))
    applies_to: Mapped[str] = mapped_column(Text)
    rate_ppm: Mapped[int]
    valid_from: Mapped[datetime | None] = mapped_column(UtcDateTime)
    valid_to: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Price(Base):
    """The price of a variant in a currency, or in one market only, for a time.

    Whether tax is inside follows from the market. A sale is a second amount, not a changed
    list price.
    """

    __tablename__ = "price"
    __table_args__ = (
        # Two partial indexes: NULL is distinct from NULL in an ordinary unique constraint.
        Index(
            "uq_price_of_currency",
            "variant_id",
            "currency",
            "valid_from",
            unique=True,
            postgresql_where=text("market_code IS NULL"),
            sqlite_where=text("market_code IS NULL"),
        ),
        Index(
            "uq_price_of_market",
            "variant_id",
            "market_code",
            "valid_from",
            unique=True,
            postgresql_where=text("market_code IS NOT NULL"),
            sqlite_where=text("market_code IS NOT NULL"),
        ),
        # For one variant's prices: neither of the two above holds all of them.
        Index(None, "variant_id", "currency"),
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("sale_amount_minor > 0 AND sale_amount_minor < amount_minor", name="sale"),
        CheckConstraint("valid_from < valid_to", name="validity"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id"))
    currency: Mapped[str] = mapped_column(String(3))
    #: Only there; None: in every market of the currency that has no price of its own.
    market_code: Mapped[str | None] = mapped_column(ForeignKey("market.code"))
    #: Minor units of ``currency``.
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    sale_amount_minor: Mapped[int | None] = mapped_column(BigInteger)
    valid_from: Mapped[datetime] = mapped_column(UtcDateTime)
    valid_to: Mapped[datetime | None] = mapped_column(UtcDateTime)
    is_illustrative: Mapped[bool]
    source: Mapped[str | None] = mapped_column(ForeignKey("source.id"))
    #: When the source saw it, as text: ``2026, undated page``.
    as_of: Mapped[str | None] = mapped_column(String(64))
    confidence: Mapped[str | None] = mapped_column(Text)


class PriceObservation(Base, Evidence):
    """An amount somebody saw: kept as evidence, never charged.

    ``retail`` and ``resale`` are ranges of a family; ``archive`` and ``disputed`` belong to a
    variant: an import parks there what it must not pick from.
    """

    __tablename__ = "price_observation"
    __table_args__ = (
        CheckConstraint("kind IN ('retail', 'resale', 'archive', 'disputed')", name="kind"),
        Index(None, "variant_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(240), unique=True)
    position: Mapped[int]
    kind: Mapped[str] = mapped_column(String(16))
    family_id: Mapped[int | None] = mapped_column(ForeignKey("family.id"))
    variant_id: Mapped[int | None] = mapped_column(ForeignKey("variant.id"))
    #: What it was about, in the source's words: ``mini, small and medium``.
    scope: Mapped[str | None] = mapped_column(Text)
    #: Where, for resale: ``Fashionphile``.
    marketplace: Mapped[str | None] = mapped_column(String(64))
    currency: Mapped[str] = mapped_column(String(3))
    low_minor: Mapped[int | None] = mapped_column(BigInteger)
    high_minor: Mapped[int | None] = mapped_column(BigInteger)
    median_minor: Mapped[int | None] = mapped_column(BigInteger)
    sample_size: Mapped[int | None]
    as_of: Mapped[str] = mapped_column(String(64))
    confidence: Mapped[str | None] = mapped_column(Text)


class CategoryPlacement(Base, Evidence):
    """Where a market's site files a product: one bag, several categories.

    An ``overlay`` replaces the category while it lasts, as SALE does.
    """

    __tablename__ = "category_placement"
    __table_args__ = (UniqueConstraint("product_id", "market_code", "channel", "path"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int]
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    market_code: Mapped[str] = mapped_column(ForeignKey("market.code"))
    channel: Mapped[str] = mapped_column(String(32))
    #: Levels from the top: ``["WOMEN", "SHOULDER BAGS"]``.
    path: Mapped[list[str]] = mapped_column(Json)
    is_overlay: Mapped[bool] = mapped_column(default=False)
    as_of: Mapped[str | None] = mapped_column(String(32))


class ShippingMethod(Base, Evidence):
    """A way to send a parcel in a market, and what it costs there."""

    __tablename__ = "shipping_method"
    __table_args__ = (
        UniqueConstraint("market_code", "slug"),
        CheckConstraint("amount_minor >= 0", name="amount"),
        CheckConstraint("min_days BETWEEN 0 AND max_days", name="days"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    market_code: Mapped[str] = mapped_column(ForeignKey("market.code"))
    #: What ``shipping_option`` names, e.g. ``standard``.
    slug: Mapped[str] = mapped_column(String(32))
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(120))
    #: Minor units of the market's currency; tax inside as in the market's prices.
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    min_days: Mapped[int]
    max_days: Mapped[int]
    is_retired: Mapped[bool] = mapped_column(default=False)
