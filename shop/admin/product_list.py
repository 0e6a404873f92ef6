"""Reads of products as their merchandiser sees them: published or not, with prices and stock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload

from shop.admin.prices import PricedVariant, dated_prices, prices_of_product
from shop.catalogue.errors import NotInCatalogue
from shop.catalogue.models import Family, Product, Variant
from shop.catalogue.publishing import published
from shop.inventory.queries import pieces_of
from shop.kit.pages import Key, Page, fetch
from shop.pricing.models import Market, Price


@dataclass(frozen=True, slots=True)
class ProductRow:
    """A product as a list shows it."""

    id: int
    slug: str
    name: str
    family: str
    kind: str
    sellable: bool
    publish_at: datetime | None
    unpublish_at: datetime | None
    is_published: bool
    variants: int


@dataclass(frozen=True, slots=True)
class WholeProduct:
    """A product with its variants, in the editor's order, and what they cost in one market.

    Attributes:
        prices: What each costs now, by variant id.
        dated: Every price of each, by variant id.
        available: Pieces that can be bought now, by variant id.
    """

    product: Product
    is_published: bool
    variants: Sequence[Variant]
    prices: Mapping[int, PricedVariant]
    dated: Mapping[int, Sequence[Price]]
    available: Mapping[int, int]

    @property
    def is_retired(self) -> bool:
        """Whether all of its variants are retired."""
        return bool(self.variants) and all(each.is_retired for each in self.variants)


def page_of_products(
    session: Session, *, q: str | None = None, family: str | None = None, limit: int, cursor: str | None
) -> Page[ProductRow]:
    """Read a page of products in the merchandiser's order, those that nobody sees too.

    Args:
        session: To read with.
        q: A part of a name or a slug, or the beginning of a variant's SKU.
        family: Slug of a family.
        limit: Products in a page.
        cursor: From the page before, or None.

    Raises:
        BadCursor: The cursor is not one of this list's.
    """
    count = select(func.count()).where(Variant.product_id == Product.id).scalar_subquery()
    query = select(
        Product.id,
        Product.slug,
        Product.name,
        Family.name,
        Product.kind,
        Product.sellable,
        Product.publish_at,
        Product.unpublish_at,
        published(Product),
        count,
        Product.position,
    ).join(Family, Family.id == Product.family_id)
    if q:
        with_sku = select(Variant.product_id).where(
            Variant.sku.startswith(q.replace(" ", "").upper(), autoescape=True)
        )
        query = query.where(
            or_(
                func.lower(Product.name).contains(q.lower(), autoescape=True),
                Product.slug.contains(q.lower(), autoescape=True),
                Product.id.in_(with_sku),
            )
        )
    if family:
        query = query.where(Family.slug == family)
    return fetch(
        session,
        query,
        [Key(Product.position)],
        limit=limit,
        cursor=cursor,
        of=["products", q, family],
        row=lambda row: ProductRow(*row[:-1]),
    )


def families(session: Session) -> list[tuple[str, str]]:
    """Read the slugs and names of families that have products."""
    having = select(Product.family_id)
    rows = session.execute(
        select(Family.slug, Family.name).where(Family.id.in_(having)).order_by(Family.position)
    )
    return [(slug, name) for slug, name in rows]


def whole_product(session: Session, slug: str, market: Market) -> WholeProduct:
    """Read a product with all of its variants and what they cost in a market now.

    Raises:
        NotInCatalogue: There is no such product.
    """
    row = session.execute(
        select(Product, published(Product)).where(Product.slug == slug).options(joinedload(Product.family))
    ).one_or_none()
    if row is None:
        raise NotInCatalogue(f"There is no product {slug!r}.", kind="product", slug=slug)
    variants = session.execute(
        select(Variant, pieces_of(Variant.id))
        .where(Variant.product_id == row[0].id)
        .options(joinedload(Variant.material), joinedload(Variant.colour), joinedload(Variant.hardware))
        .order_by(Variant.position, Variant.id)
    ).all()
    priced = prices_of_product(session, market, slug, None).variants if variants else []
    return WholeProduct(
        row[0],
        row[1],
        [variant for variant, _ in variants],
        {each.variant.id: each for each in priced},
        dated_prices(session, row[0].id),
        {variant.id: int(pieces) for variant, pieces in variants},
    )
