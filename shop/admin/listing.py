"""Lists of the catalogue as its owner sees it, by the API and at the pages: published or not, retired too."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, defer

from shop.catalogue.models import Campaign, Family, Product, Variant
from shop.catalogue.publishing import published
from shop.inventory.models import Stock
from shop.kit.pages import Key, Page, fetch
from shop.seeding.models import Job

#: So many free pieces of a variant, or fewer, are few.
LOW_PIECES = 2


def page_of_products(
    session: Session,
    *,
    q: str | None = None,
    family: str | None = None,
    kind: str | None = None,
    retired: bool | None = None,
    as_shown: bool = False,
    limit: int,
    cursor: str | None,
) -> Page[dict[str, Any]]:
    """Read a page of products.

    Args:
        session: To read with.
        q: Only those whose name or slug holds this, in whatever case, or with a SKU that begins so.
        family: Only those of this family.
        kind: Only bags, or only accessories.
        retired: Only those that are retired, or only those in use.
        as_shown: In the editor's order; else in the order of their slugs.
        limit: Products in a page.
        cursor: From the page before, or None.

    Raises:
        BadCursor: The cursor is not one of this list's.
    """
    in_use = exists().where(Variant.product_id == Product.id, ~Variant.is_retired)
    query = _products(in_use).add_columns(Product.position if as_shown else Product.slug)
    if q:
        begins = Variant.sku.startswith(q.replace(" ", "").upper(), autoescape=True)
        with_sku = exists().where(Variant.product_id == Product.id, begins)
        query = query.where(or_(_holds(q, Product.name, Product.slug), with_sku))
    if family is not None:
        query = query.where(Family.slug == family)
    if kind is not None:
        query = query.where(Product.kind == kind)
    if retired is not None:
        query = query.where(~in_use if retired else in_use)
    return fetch(
        session,
        query,
        [Key(Product.position if as_shown else Product.slug)],
        limit=limit,
        cursor=cursor,
        of=["admin products", q, family, kind, retired, as_shown],
        row=lambda row: dict(zip(_OF_PRODUCT, row[:-1], strict=True)),
    )


def families(session: Session) -> list[tuple[str, str]]:
    """Read the slugs and names of families that have products."""
    having = select(Product.family_id)
    rows = session.execute(
        select(Family.slug, Family.name).where(Family.id.in_(having)).order_by(Family.position)
    )
    return [(slug, name) for slug, name in rows]


#: What a list tells of a product, in the order of :func:`_products`.
_OF_PRODUCT = (
    *("id", "slug", "name", "kind", "family", "family_name", "sellable", "publish_at", "unpublish_at"),
    *("is_published", "is_retired", "variants"),
)


def _products(in_use: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    count = (
        select(func.count())
        .where(Variant.product_id == Product.id, ~Variant.is_retired)
        .correlate(Product)
        .scalar_subquery()
    )
    return select(
        Product.id,
        Product.slug,
        Product.name,
        Product.kind,
        Family.slug,
        Family.name,
        Product.sellable,
        Product.publish_at,
        Product.unpublish_at,
        published(Product),
        ~in_use,
        count,
    ).join(Family, Family.id == Product.family_id)


def page_of_variants(
    session: Session,
    *,
    q: str | None = None,
    product: str | None = None,
    retired: bool | None = None,
    low: bool = False,
    limit: int,
    cursor: str | None,
) -> Page[dict[str, Any]]:
    """Read a page of variants in the order of their SKUs, with what is on hand of each.

    Args:
        session: To read with.
        q: Only those whose SKU, slug or label, or whose product's name, holds this, in whatever case.
        product: Only those of this product.
        retired: Only those that are retired, or only those in use.
        low: Only those for sale with few free pieces; those never counted are none.
        limit: Variants in a page.
        cursor: From the page before, or None.

    Raises:
        BadCursor: The cursor is not one of this list's.
    """
    query = _variants()
    if q:
        of_sku = _holds(q.replace(" ", ""), Variant.sku)
        query = query.where(or_(of_sku, _holds(q, Variant.slug, Variant.label, Product.name)))
    if product is not None:
        query = query.where(Product.slug == product)
    if retired is not None:
        query = query.where(Variant.is_retired if retired else ~Variant.is_retired)
    if low:
        free = _pieces(Stock.on_hand.expression) - _pieces(Stock.held.expression)
        query = query.where(_is_counted(), free <= LOW_PIECES, for_sale())
    return fetch(
        session,
        query,
        [Key(Variant.sku)],
        limit=limit,
        cursor=cursor,
        of=["admin variants", q, product, retired, low],
        row=lambda row: dict(zip(_OF_VARIANT, row, strict=True)),
    )


#: What a list tells of a variant, in the order of :func:`_variants`.
_OF_VARIANT = (
    *("style_code", "slug", "label", "product", "product_name", "sellable", "is_retired"),
    *("is_counted", "on_hand", "held", "sku"),
)


def for_sale() -> ColumnElement[bool]:
    """Return the condition that a :class:`Variant`, joined with its :class:`Product`, is sold."""
    return and_(Variant.sellable, ~Variant.is_retired, Product.sellable)


def _is_counted() -> ColumnElement[bool]:
    return exists().where(Stock.variant_id == Variant.id).correlate(Variant)


def _pieces(column: ColumnElement[int]) -> ColumnElement[int]:
    return (
        select(func.coalesce(func.sum(column), 0))
        .where(Stock.variant_id == Variant.id)
        .correlate(Variant)
        .scalar_subquery()
    )


def _variants() -> Select[*tuple[Any, ...]]:
    return select(
        Variant.style_code,
        Variant.slug,
        Variant.label,
        Product.slug,
        Product.name,
        Variant.sellable,
        Variant.is_retired,
        _is_counted(),
        _pieces(Stock.on_hand.expression),
        _pieces(Stock.held.expression),
        Variant.sku,
    ).join(Product, Product.id == Variant.product_id)


def page_of_campaigns(session: Session, *, limit: int, cursor: str | None) -> Page[dict[str, Any]]:
    """Read a page of campaigns in the order of their slugs.

    Raises:
        BadCursor: The cursor is not one of this list's.
    """
    query = select(
        Campaign.name,
        Campaign.season,
        Campaign.publish_at,
        Campaign.unpublish_at,
        published(Campaign),
        Campaign.slug,
    )
    names = ("name", "season", "publish_at", "unpublish_at", "is_published", "slug")
    return fetch(
        session,
        query,
        [Key(Campaign.slug)],
        limit=limit,
        cursor=cursor,
        of=["admin campaigns"],
        row=lambda row: dict(zip(names, row, strict=True)),
    )


def page_of_jobs(session: Session, *, limit: int, cursor: str | None) -> Page[Job]:
    """Read a page of jobs, newest first, without what was sent.

    Raises:
        BadCursor: The cursor is not one of this list's.
    """
    query = select(Job, Job.created_at, Job.id).options(defer(Job.payload))
    keys = [
        Key(Job.created_at, descending=True, read=datetime.fromisoformat),
        Key(Job.id, descending=True, read=UUID),
    ]
    return fetch(session, query, keys, limit=limit, cursor=cursor, of=["jobs"], row=lambda row: row[0])


def _holds(text: str, *columns: Any) -> ColumnElement[bool]:
    return or_(*(func.lower(column).contains(text.lower(), autoescape=True) for column in columns))
