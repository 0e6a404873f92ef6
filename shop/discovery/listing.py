"""The product list: filtered, sorted, in keyset pages, in a fixed number of statements."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, contains_eager

from shop.catalogue.models import Colour, Family, Product, Variant
from shop.discovery.filters import Filters, check, conditions
from shop.discovery.offers import offers_in
from shop.kit.money import MAX_MINOR, Money
from shop.kit.pages import Key, Page, fetch
from shop.pricing.models import Market


@dataclass(frozen=True, slots=True)
class PriceRange:
    """What the variants of a product cost."""

    min: Money
    max: Money


@dataclass(frozen=True, slots=True)
class ProductSummary:
    """A product in a list.

    Attributes:
        product: With its family loaded.
        price: None where nothing of it is for sale in the market.
        available: Pieces of all its variants that can be bought now.
        variant_count: Variants that are not retired.
        colours: Of those variants, in the editor's order.
    """

    product: Product
    price: PriceRange | None
    available: int
    variant_count: int
    colours: Sequence[Colour]


def _by_price(summary: Any, *, descending: bool) -> list[Key]:
    # What has no price in the market comes last in both directions.
    missing = -1 if descending else MAX_MINOR + 1
    return [Key(func.coalesce(summary.c.min_minor, missing), descending), Key(Product.position)]


#: Orders of the list; the last key of each is unique.
SORTS: dict[str, Callable[[Any], list[Key]]] = {
    "featured": lambda _: [Key(Product.position)],
    "newest": lambda _: [Key(Product.launched_sorts_on, descending=True), Key(Product.position)],
    "price_asc": lambda summary: _by_price(summary, descending=False),
    "price_desc": lambda summary: _by_price(summary, descending=True),
    "name": lambda _: [Key(func.lower(Product.name)), Key(Product.position)],
}


def list_products(
    session: Session,
    market: Market,
    filters: Filters,
    *,
    sort: str = "featured",
    limit: int,
    cursor: str | None = None,
) -> Page[ProductSummary]:
    """Read a page of products with their prices and availability in a market.

    Raises:
        UnknownFilterValue: A filter names nothing the catalogue knows.
        BadCursor: The cursor is not one of this query's.
    """
    check(session, filters)
    query, keys = _query(market, filters, sort)
    of = {"market": market.code, "sort": sort, **filters.fingerprint()}
    page = fetch(session, query, keys, limit=limit, cursor=cursor, of=of, row=_row(market))
    return Page(_with_colours(session, page.items), page.next)


def _query(market: Market, filters: Filters, sort: str) -> tuple[Select[*tuple[Any, ...]], list[Key]]:
    offer = offers_in(market)
    summary = (
        select(
            offer.c.product_id,
            func.min(offer.c.charged_minor).label("min_minor"),
            func.max(offer.c.charged_minor).label("max_minor"),
            func.sum(offer.c.available).label("available"),
            func.count().label("variant_count"),
        )
        .group_by(offer.c.product_id)
        .subquery("summary")
    )
    keys = SORTS[sort](summary)
    query = (
        select(
            Product,
            summary.c.min_minor,
            summary.c.max_minor,
            summary.c.available,
            summary.c.variant_count,
            *[key.column for key in keys],
        )
        .join(summary, summary.c.product_id == Product.id)
        .join(Product.family)
        .options(contains_eager(Product.family))
        .where(*conditions(filters, offer))
    )
    return query, keys


def _row(market: Market) -> Callable[[Any], ProductSummary]:
    def summarise(row: Any) -> ProductSummary:
        price = None
        if row.min_minor is not None:
            price = PriceRange(Money(row.min_minor, market.currency), Money(row.max_minor, market.currency))
        return ProductSummary(row[0], price, int(row.available), row.variant_count, ())

    return summarise


def _with_colours(session: Session, found: Sequence[ProductSummary]) -> list[ProductSummary]:
    """Add the colours of each product, all in one statement."""
    by_product: dict[int, dict[int, Colour]] = {each.product.id: {} for each in found}
    rows = session.execute(
        select(Variant.product_id, Colour)
        .join(Variant.colour)
        .where(Variant.product_id.in_(by_product), Variant.is_retired.is_(False))
        .order_by(Variant.position)
    )
    for product_id, colour in rows:
        by_product[product_id].setdefault(colour.id, colour)
    return [
        ProductSummary(
            each.product,
            each.price,
            each.available,
            each.variant_count,
            [*by_product[each.product.id].values()],
        )
        for each in found
    ]


def products_of_families(
    session: Session, market: Market, families: Sequence[Family]
) -> dict[int, list[ProductSummary]]:
    """Read the bags of some families, by family id, in the editor's order."""
    if not families:
        return {}
    query, keys = _query(market, Filters(family=[family.slug for family in families]), "featured")
    rows = session.execute(query.order_by(*[key.column for key in keys]))
    found: dict[int, list[ProductSummary]] = {family.id: [] for family in families}
    for each in _with_colours(session, [_row(market)(row) for row in rows]):
        found[each.product.family_id].append(each)
    return found
