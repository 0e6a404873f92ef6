"""Facets: how many products each value of a filter would find, beside the list itself.

A group ignores its own filter and keeps all others, so that a shopper sees what choosing
another value would find. A count is the length of the list with that value as the group's only
one: products are counted, and all filters hold for one and the same variant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import BigInteger, Select, Subquery, case, distinct, func, literal, null, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from shop.catalogue.models import (
    Colour,
    Detail,
    Family,
    HardwareItem,
    HardwareSet,
    Material,
    Product,
    Term,
    Variant,
)
from shop.catalogue.publishing import shown_family
from shop.discovery.filters import PARTS, Filters, conditions, on_product, on_variant
from shop.discovery.naming import NAMES
from shop.discovery.offers import available_in, charged_in
from shop.kit.money import MAX_MINOR, Money
from shop.pricing.models import Market

#: Most steps between the lowest and the highest price; with the begun ones, one bucket more.
MOST_STEPS = 6

#: Widths of price buckets, in minor units: 1, 2, 5, 10, 20, 50 ...
WIDTHS: list[int] = [digit * 10**zeros for zeros in range(len(str(MAX_MINOR))) for digit in (1, 2, 5)]


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value of a filter.

    Attributes:
        slug: What the filter is asked with.
        name: What a shopper reads.
        count: Products that the list would have with this value as the group's only one.
        selected: Whether the filter has it.
        hex: Swatch of a colour.
    """

    slug: str
    name: str
    count: int
    selected: bool
    hex: str | None = None


@dataclass(frozen=True, slots=True)
class AvailableFacetValue:
    """Products with a variant that can be bought now, or with one that cannot."""

    value: bool
    count: int
    selected: bool


@dataclass(frozen=True, slots=True)
class PriceBucket:
    """Products with a variant in a range of prices, both ends included."""

    price_min: int
    price_max: int
    count: int
    selected: bool


@dataclass(frozen=True, slots=True)
class PriceFacet:
    """What the variants cost; None where none has a price."""

    min: Money | None
    max: Money | None
    buckets: Sequence[PriceBucket]


#: Where items stand in the order of hardware: behind every set.
ITEMS_FROM = 1_000_000

#: By name of the group.
Facets = Mapping[str, Sequence[FacetValue] | Sequence[AvailableFacetValue] | PriceFacet]


_NONE = null()


def _terms(vocabulary: str) -> Select[*tuple[Any, ...]]:
    return _values(Term.code, Term.label, Term.position).where(Term.vocabulary == vocabulary)


def _values(
    slug: Any, name: Any, position: Any, *, swatch: Any = _NONE, group: Any = _NONE
) -> Select[*tuple[Any, ...]]:
    """Return the values of a group as they are shown; ``group`` is another name that selects them."""
    return select(
        slug.label("slug"),
        name.label("name"),
        position.label("position"),
        swatch.label("hex"),
        group.label("group"),
    )


def _hardware() -> Select[*tuple[Any, ...]]:
    """Return the sets, then the items, but for an item that is called like a set."""
    sets = _values(HardwareSet.slug, HardwareSet.name, HardwareSet.position)
    items = _values(HardwareItem.slug, HardwareItem.name, HardwareItem.position + ITEMS_FROM).where(
        HardwareItem.slug.not_in(select(HardwareSet.slug))
    )
    both = sets.union_all(items).subquery()
    return select(both)


#: What a group tells of its values, in a statement each; by the name of the group.
VALUES: Mapping[str, Callable[[], Select[*tuple[Any, ...]]]] = {
    "family": lambda: _values(Family.slug, Family.name, Family.position).where(shown_family()),
    "material": lambda: _values(Material.slug, Material.name, Material.position, group=Material.group),
    "colour": lambda: _values(Colour.slug, Colour.name, Colour.position, swatch=Colour.hex),
    "colour_family": lambda: _terms("colour_family"),
    "hardware": _hardware,
    "finish": lambda: _terms("finish"),
    "detail": lambda: _values(Detail.slug, Detail.name, Detail.position),
    "size": lambda: _terms("size"),
    "silhouette": lambda: _terms("silhouette"),
}

_OF_PRODUCT: Mapping[str, InstrumentedAttribute[Any]] = {
    "size": Product.size,
    "silhouette": Product.silhouette,
}

#: The groups there are, in the order they are told in.
GROUPS = (*VALUES, "price", "available")


def count_facets(
    session: Session, *, market: Market, filters: Filters, groups: Sequence[str], zeros: bool = False
) -> Facets:
    """Count the products of the list by each of some groups, a statement a group.

    Args:
        session: To read with.
        market: Whose prices and availability count.
        filters: Of the list.
        groups: Of ``GROUPS``.
        zeros: Whether values that nothing has are told, too; a selected value always is.
    """
    return {name: _counted(session, market, filters, name, zeros=zeros) for name in groups}


def _counted(session: Session, market: Market, filters: Filters, name: str, *, zeros: bool) -> Any:
    if name == "price":
        return _price(session, market, filters, zeros=zeros)
    if name == "available":
        return _available(session, market, filters)
    asked = set(getattr(filters, name))
    values = VALUES[name]().subquery()
    own: dict[str, Any] = {name: ()}
    counts = _counts(market, replace(filters, **own), name)
    rows = session.execute(
        select(values, func.coalesce(counts.c.count, 0).label("found"))
        .outerjoin(counts, counts.c.value == values.c.slug)
        .order_by(values.c.position, values.c.slug)
    )
    found = (
        FacetValue(row.slug, row.name, row.found, bool({row.slug, row.group} & asked), row.hex)
        for row in rows
    )
    return told(found, zeros=zeros)


def told(values: Iterable[FacetValue], *, zeros: bool) -> list[FacetValue]:
    """Return the values that are told: those that something has, the selected ones, or all."""
    return [value for value in values if value.count or value.selected or zeros]


def _counts(market: Market, others: Filters, name: str) -> Subquery:
    """Return the number of products by value, where there are any: columns ``value`` and ``count``."""
    if name == "family":
        by_family = _by(Product.family_id, market, others)
        return (
            select(Family.slug.label("value"), by_family.c.count)
            .join(by_family, by_family.c.value == Family.id)
            .subquery("counts")
        )
    if name in _OF_PRODUCT:
        return _by(_OF_PRODUCT[name], market, others)
    # Each product once by what it is made of, before that gets its names: several times less to sort.
    made = _parts(market, others, name).group_by(Variant.product_id, "part").subquery("made")
    named = NAMES[name]().subquery("named")
    return (
        select(named.c.value, func.count(distinct(made.c.product_id)).label("count"))
        .join(named, named.c.id == made.c.part)
        .group_by(named.c.value)
        .subquery("counts")
    )


def _parts(market: Market, others: Filters, name: str) -> Select[*tuple[Any, ...]]:
    return _variants(market, others).add_columns(PARTS[name].label("part"))


def _by(column: InstrumentedAttribute[Any], market: Market, others: Filters) -> Subquery:
    return (
        select(column.label("value"), func.count().label("count"))
        .where(*conditions(others, market))
        .group_by(column)
        .subquery("counts")
    )


def _variants(market: Market, filters: Filters) -> Select[*tuple[Any, ...]]:
    """Return the variants that meet all filters."""
    return (
        select(Variant.product_id)
        .join(Product, Product.id == Variant.product_id)
        .where(*on_product(filters), *on_variant(filters, market))
    )


def _available(session: Session, market: Market, filters: Filters) -> list[AvailableFacetValue]:
    variants = _variants(market, replace(filters, available=None))
    states = variants.add_columns((available_in(market) > 0).label("can_be_bought")).subquery()
    counts: dict[bool, int] = {
        row.can_be_bought: row.products
        for row in session.execute(
            select(
                states.c.can_be_bought, func.count(distinct(states.c.product_id)).label("products")
            ).group_by(states.c.can_be_bought)
        )
    }
    return [
        AvailableFacetValue(value, counts.get(value, 0), filters.available is value)
        for value in (True, False)
    ]


def _price(session: Session, market: Market, filters: Filters, *, zeros: bool) -> PriceFacet:
    variants = _variants(market, replace(filters, price_min=None, price_max=None))
    # Twice used, once read.
    priced = variants.add_columns(charged_in(market).label("charged")).cte("priced")
    low, high = func.min(priced.c.charged), func.max(priced.c.charged)
    steps = [(high - low <= MOST_STEPS * width, literal(width, BigInteger)) for width in WIDTHS]
    bounds = select(low.label("low"), high.label("high"), case(*steps).label("width")).subquery("bounds")
    bucket = (priced.c.charged // bounds.c.width).label("bucket")
    rows = session.execute(
        select(bucket, *bounds.c, func.count(distinct(priced.c.product_id)).label("products"))
        .join(bounds, priced.c.charged.is_not(None))
        .group_by(bucket, *bounds.c)
        .order_by(bucket)
    ).all()
    if not rows:
        return PriceFacet(None, None, [])
    counts = {row.bucket: row.products for row in rows}
    told = range(rows[0].bucket, rows[-1].bucket + 1) if zeros else counts
    buckets = [
        bucket_of(filters, number * rows[0].width, rows[0].width, counts.get(number, 0)) for number in told
    ]
    return PriceFacet(Money(rows[0].low, market.currency), Money(rows[0].high, market.currency), buckets)


def bucket_width(spread: int) -> int:
    """Return how wide the buckets are, in minor units, for amounts that lie so far apart."""
    return next(width for width in WIDTHS if spread <= MOST_STEPS * width)


def bucket_of(filters: Filters, first: int, width: int, count: int) -> PriceBucket:
    """Return a bucket of prices that begins with an amount and is so many minor units wide."""
    last = first + width - 1
    asked = filters.price_min is not None or filters.price_max is not None
    from_here = filters.price_min is None or filters.price_min <= first
    to_here = filters.price_max is None or filters.price_max >= last
    return PriceBucket(first, last, count, asked and from_here and to_here)
