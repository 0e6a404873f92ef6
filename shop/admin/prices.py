"""Reads of what a product cost on a day, and of when it is shown; whether or not it is published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, contains_eager

from shop.catalogue.errors import NotInCatalogue
from shop.catalogue.models import Product, Variant
from shop.catalogue.publishing import published
from shop.kit.clock import database_now
from shop.kit.money import Money
from shop.pricing.models import Market, Price
from shop.pricing.queries import price_held


@dataclass(frozen=True, slots=True)
class PricedVariant:
    """A variant with what it cost in a market at a moment.

    Attributes:
        price: What a piece cost; None where it had no price there.
        list_price: Above ``price`` while it was on sale.
        price_is_illustrative: Whether the amount was made up for the demonstration.
    """

    variant: Variant
    price: Money | None
    list_price: Money | None
    price_is_illustrative: bool | None


@dataclass(frozen=True, slots=True)
class PriceList:
    """What the variants of a product cost in a market at a moment.

    Attributes:
        as_of: In UTC.
        is_published: Whether the product was, or will be, shown at that moment.
        variants: Retired ones too, in the editor's order.
    """

    product: Product
    market: Market
    as_of: datetime
    is_published: bool
    variants: Sequence[PricedVariant]


def prices_of_product(session: Session, market: Market, slug: str, as_of: datetime | None) -> PriceList:
    """Read what a product cost at a moment, now if none is given.

    Raises:
        NotInCatalogue: There is no such product.
    """
    return _price_list(session, market, Product.slug == slug, as_of, kind="product", slug=slug)


def prices_of_variant(session: Session, market: Market, sku: str, as_of: datetime | None) -> PriceList:
    """Read what one variant cost at a moment, now if none is given.

    Raises:
        NotInCatalogue: There is no such SKU.
    """
    return _price_list(session, market, Variant.sku == sku, as_of, kind="variant", slug=sku)


def dated_prices(session: Session, product_id: int) -> Mapping[int, Sequence[Price]]:
    """Read all prices of a product's variants by the variant's id: past ones and those to come."""
    found: dict[int, list[Price]] = {}
    for price in session.scalars(
        select(Price)
        .join(Variant, Variant.id == Price.variant_id)
        .where(Variant.product_id == product_id)
        .order_by(Price.currency, func.coalesce(Price.market_code, ""), Price.valid_from)
    ):
        found.setdefault(price.variant_id, []).append(price)
    return found


def _price_list(
    session: Session,
    market: Market,
    which: ColumnElement[bool],
    as_of: datetime | None,
    *,
    kind: str,
    slug: str,
) -> PriceList:
    moment = as_of or session.scalars(select(database_now())).one()
    rows = session.execute(
        select(
            Variant,
            Price.amount_minor,
            func.coalesce(Price.sale_amount_minor, Price.amount_minor),
            Price.is_illustrative,
            published(Product, at=moment),
        )
        .join(Variant.product)
        .outerjoin(Price, Price.id == price_held(Variant.id, market, at=moment))
        .where(which)
        .options(contains_eager(Variant.product))
        .order_by(Variant.position, Variant.id)
    ).all()
    if not rows:
        raise NotInCatalogue(f"There is no {kind} {slug!r}.", kind=kind, slug=slug)

    def money(amount: int | None) -> Money | None:
        return None if amount is None else Money(amount, market.currency)

    variants = [PricedVariant(row[0], money(row[2]), money(row[1]), row[3]) for row in rows]
    return PriceList(rows[0][0].product, market, moment, rows[0][4], variants)
