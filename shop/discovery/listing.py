"""The product list: filtered, sorted, in keyset pages, in a fixed number of statements.

Which products a page shows is decided first, along an index of the order; their prices, pieces
and colours are looked up for those few. So a page takes as long in a large catalogue as in a
small one, wherever it is in the list. Orders by price, and filters that find little, would look at
most of a large catalogue: its index tells these products, where one is held (``discovery.bitmaps``).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from typing import Any

from sqlalchemy import Select, Subquery, func, label, or_, select
from sqlalchemy.orm import Session, contains_eager, load_only

from shop.catalogue.models import Colour, Family, Product, Variant
from shop.catalogue.publishing import published
from shop.discovery.bitmaps import keeper
from shop.discovery.bitmaps.counts import count_facets as count_found
from shop.discovery.bitmaps.found import Found, View
from shop.discovery.bitmaps.pages import few_products, page_by_price
from shop.discovery.facets import Facets, count_facets
from shop.discovery.filters import Filters, check, conditions, searched
from shop.discovery.offers import available_in, charged_in
from shop.kit.money import MAX_MINOR, Money
from shop.kit.pages import Key, Page, cursor_after, place_of, window
from shop.media.queries import Picture, joined_for_drawing, listed_columns, pictures_of
from shop.pricing.models import Market
from shop.search.queries import Correction


@dataclass(frozen=True, slots=True)
class PriceRange:
    """What the variants of a product cost."""

    min: Money
    max: Money


@dataclass(frozen=True, slots=True)
class ProductSummary:
    """A product in a list.

    Attributes:
        product: With its family; loaded is what a list shows.
        price: None where nothing of it is for sale in the market.
        available: Pieces of all its variants that can be bought now.
        variant_count: Variants that are not retired.
        colours: Of those variants, in the editor's order.
        variant_ids: Those variants.
        images: What it looks like.
    """

    product: Product
    price: PriceRange | None
    available: int
    variant_count: int
    colours: Sequence[Colour]
    variant_ids: Sequence[int]
    images: Sequence[Picture]


@dataclass(frozen=True, slots=True)
class ProductList(Page[ProductSummary]):
    """A page of the product list.

    Attributes:
        facets: Of the whole list; None where none was asked for.
        corrected: What was looked for instead of what was typed; None where it was taken as it is.
    """

    facets: Facets | None
    corrected: Correction | None


def _by_price(market: Market, *, descending: bool) -> list[Key]:
    cheapest = (
        select(func.min(charged_in(market)))
        .where(Variant.product_id == Product.id, Variant.is_retired.is_(False))
        .scalar_subquery()
    )
    # What has no price in the market comes last in both directions.
    missing = -1 if descending else MAX_MINOR + 1
    return [Key(func.coalesce(cheapest, missing), descending), Key(Product.position)]


#: How well the words of the query fit; without words, the merchandiser's order.
RELEVANCE = "relevance"

#: Orders that look at every price, each with whether it descends.
BY_PRICE = {"price_asc": False, "price_desc": True}

#: Orders of the list; the last key of each is unique.
SORTS: dict[str, Callable[[Market], list[Key]]] = {
    "featured": lambda _: [Key(Product.position)],
    "newest": lambda _: [Key(Product.launched_sorts_on, descending=True), Key(Product.position)],
    "price_asc": lambda market: _by_price(market, descending=False),
    "price_desc": lambda market: _by_price(market, descending=True),
    "name": lambda _: [Key(func.lower(Product.name)), Key(Product.position)],
    RELEVANCE: lambda _: [Key(Product.position)],
}


def list_products(
    session: Session,
    market: Market,
    filters: Filters,
    *,
    sort: str | None = None,
    limit: int,
    cursor: str | None = None,
    facets: Sequence[str] = (),
    facet_zeros: bool = False,
) -> ProductList:
    """Read a page of products with their prices and availability in a market.

    Args:
        session: To read with.
        market: Where the shopper is.
        filters: What is asked for.
        sort: One of ``SORTS``; without one, what fits the words best comes first, and without
            words, the merchandiser's order holds.
        limit: Products in a page.
        cursor: From the page before, or None.
        facets: Groups of :mod:`shop.discovery.facets` to count the whole list by.
        facet_zeros: Whether values that nothing has are counted, too.

    Raises:
        UnknownFilterValue: A filter names nothing the catalogue knows.
        BadCursor: The cursor is not one of this query's.
    """
    sort = sort or (RELEVANCE if filters.q else "featured")
    view = _view(session, market, filters, sort, facets)
    if view is None or not view.knows(filters):
        check(session, filters)
    filters = searched(session, filters)
    found = Found(view, filters) if view else None
    of = {"market": market.code, "sort": sort, **filters.fingerprint()}
    if found and sort in BY_PRICE:
        page = _page_by_price(session, market, found, BY_PRICE[sort], limit=limit, cursor=cursor, of=of)
    else:
        few = few_products(found) if found else None
        page = _page(session, market, filters, sort, limit=limit, cursor=cursor, of=of, among=few)
    counted: Facets | None = None
    if facets:
        count = partial(count_found, found) if found else partial(count_facets, session, filters=filters)
        counted = count(market=market, groups=facets, zeros=facet_zeros)
    corrected = filters.found.correction if filters.found else None
    return ProductList(page.items, page.next, counted, corrected)


def _view(
    session: Session, market: Market, filters: Filters, sort: str, facets: Sequence[str]
) -> View | None:
    """Return the index for what SQL answers by reading much, None for all else or where none is held."""
    by_price = filters.available is not None or filters.price_min is not None or filters.price_max is not None
    priced = by_price or sort in BY_PRICE or not {"price", "available"}.isdisjoint(facets)
    if not (priced or facets or filters.are_selective()):
        return None
    return keeper.view(session, market, priced=priced)


def _page(
    session: Session,
    market: Market,
    filters: Filters,
    sort: str,
    *,
    limit: int,
    cursor: str | None,
    of: object,
    among: Sequence[int] | None,
) -> Page[ProductSummary]:
    """Read a page along an index of its order, or of those products only that are known to be all."""
    query, keys = _query(market, filters, sort)
    if among is not None:
        query = query.where(Product.id.in_(among))
    found = _summaries(session, market, window(query, keys, limit=limit, cursor=cursor, of=of), keys)
    token = cursor_after(found[limit - 1][1], of=of) if len(found) > limit else None
    return Page([summary for summary, _ in found[:limit]], token)


def _page_by_price(
    session: Session,
    market: Market,
    found: Found,
    descending: bool,
    *,
    limit: int,
    cursor: str | None,
    of: object,
) -> Page[ProductSummary]:
    """Read a page of which the index knows the products."""
    after = place_of(cursor, [int, int], of=of)
    keys = dict(page_by_price(found, descending=descending, limit=limit, after=after))
    shown = list(keys)[:limit]
    # What was withdrawn since is left out.
    query = select(Product.id, Product.position).where(Product.id.in_(shown), published(Product))
    summaries = _summaries(session, market, query, [Key(Product.position)])
    read = {each.product.id: each for each, _ in summaries}
    token = cursor_after(keys[shown[-1]], of=of) if len(keys) > limit else None
    return Page([read[each] for each in shown if each in read], token)


def products_of_families(
    session: Session, market: Market, families: Sequence[Family], *, named: Collection[str] = ()
) -> dict[int, list[ProductSummary]]:
    """Read bags by family id, in the editor's order: all of some families, and those of some slugs."""
    if not families and not named:
        return {}
    query, keys = _query(market, Filters(), "featured")
    of_families = Product.family_id.in_([family.id for family in families])
    found: dict[int, list[ProductSummary]] = {family.id: [] for family in families}
    for each, _ in _summaries(session, market, query.where(or_(of_families, Product.slug.in_(named))), keys):
        found.setdefault(each.product.family_id, []).append(each)
    return found


def _query(market: Market, filters: Filters, sort: str) -> tuple[Select[*tuple[Any, ...]], list[Key]]:
    """Return which products are listed, and the keys of their order as its further columns."""
    keys = SORTS[sort](market)
    hits = filters.found.hits if filters.found and sort == RELEVANCE else None
    if hits is not None:
        # Joined for its second column; asking for the same products once more would cost as much.
        filters, keys = replace(filters, q=None), [Key(hits.c.relevance, descending=True), *keys]
    columns = [label(f"key_{number}", key.column) for number, key in enumerate(keys)]
    query = select(Product.id, *columns).where(*conditions(filters, market))
    return query if hits is None else query.join(hits, hits.c.product_id == Product.id), keys


def _summaries(
    session: Session, market: Market, listed: Select[*tuple[Any, ...]], keys: Sequence[Key]
) -> list[tuple[ProductSummary, Sequence[Any]]]:
    """Read what a list shows of these products, each with the values of its keys, in one statement."""
    page = listed.subquery("page")
    rows = session.execute(_variants_of(page, market, keys))
    grouped = [
        (id_and_keys, [*group])
        for id_and_keys, group in groupby(rows, lambda row: tuple(row[-len(page.c) :]))
    ]
    return [(_summary(group, market), id_and_keys[1:]) for id_and_keys, group in grouped]


def _variants_of(page: Subquery, market: Market, keys: Sequence[Key]) -> Select[*tuple[Any, ...]]:
    """Return the variants of some products, in the order of the list; what is of the page stands last."""
    _, *values = page.c
    order = [value.desc() if key.descending else value for key, value in zip(keys, values, strict=True)]
    shown = (Product.slug, Product.name, Product.kind, Product.size, Product.silhouette, Product.sellable)
    query = (
        select(
            Product,
            Colour,
            charged_in(market).label("charged_minor"),
            available_in(market).label("available"),
            Variant.id.label("variant_id"),
            *listed_columns(),
            *page.c,
        )
        .select_from(page)
        .join(Product, Product.id == page.c.id)
        .join(Product.family)
        .join(Variant, Variant.product_id == Product.id)
        .outerjoin(Variant.colour)
        .options(
            load_only(*shown, Product.family_id, raiseload=True),
            contains_eager(Product.family).load_only(Family.slug, Family.name, raiseload=True),
        )
        .where(Variant.is_retired.is_(False))
        .order_by(*order, Variant.position, Variant.id)
    )
    return joined_for_drawing(query)


def _summary(variants: Sequence[Any], market: Market) -> ProductSummary:
    amounts = [row.charged_minor for row in variants if row.charged_minor is not None]
    price = (
        PriceRange(Money(min(amounts), market.currency), Money(max(amounts), market.currency))
        if amounts
        else None
    )
    colours = {row.Colour.id: row.Colour for row in variants if row.Colour is not None}
    available = sum(int(row.available) for row in variants)
    ids = [row.variant_id for row in variants]
    of, images = variants[0].Product, pictures_of(variants[0]._asdict())
    return ProductSummary(of, price, available, len(variants), [*colours.values()], ids, images)
