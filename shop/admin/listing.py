"""Lists of the catalogue as its owner sees it: published or not, in use or retired."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import Session, defer

from shop.catalogue.models import Campaign, Family, Product, Variant
from shop.catalogue.publishing import published
from shop.inventory.models import Stock
from shop.kit.pages import Key, Page, fetch
from shop.seeding.models import Job


def page_of_products(
    session: Session,
    *,
    q: str | None = None,
    family: str | None = None,
    kind: str | None = None,
    retired: bool | None = None,
    limit: int,
    cursor: str | None,
) -> Page[dict[str, Any]]:
    """Read a page of products in the order of their slugs.

    Args:
        session: To read with.
        q: Only those whose name or slug holds this, in whatever case.
        family: Only those of this family.
        kind: Only bags, or only accessories.
        retired: Only those that are retired, or only those in use.
        limit: Products in a page.
        cursor: From the page before, or None.

    Raises:
        BadCursor: The cursor is not one of this list's.
    """
    in_use = exists().where(Variant.product_id == Product.id, ~Variant.is_retired)
    query = _products(in_use)
    if q:
        query = query.where(_holds(q, Product.name, Product.slug))
    if family is not None:
        query = query.where(Family.slug == family)
    if kind is not None:
        query = query.where(Product.kind == kind)
    if retired is not None:
        query = query.where(~in_use if retired else in_use)
    return fetch(
        session,
        query,
        [Key(Product.slug)],
        limit=limit,
        cursor=cursor,
        of=["admin products", q, family, kind, retired],
        row=lambda row: dict(zip(_OF_PRODUCT, row, strict=True)),
    )


#: What a list tells of a product, in the order of :func:`_products`.
_OF_PRODUCT = (
    *("name", "kind", "family", "sellable", "publish_at", "unpublish_at", "is_published"),
    *("is_retired", "variants", "slug"),
)


def _products(in_use: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    count = (
        select(func.count())
        .where(Variant.product_id == Product.id, ~Variant.is_retired)
        .correlate(Product)
        .scalar_subquery()
    )
    return select(
        Product.name,
        Product.kind,
        Family.slug,
        Product.sellable,
        Product.publish_at,
        Product.unpublish_at,
        published(Product),
        ~in_use,
        count,
        Product.slug,
    ).join(Family, Family.id == Product.family_id)


def page_of_variants(
    session: Session,
    *,
    q: str | None = None,
    product: str | None = None,
    retired: bool | None = None,
    limit: int,
    cursor: str | None,
) -> Page[dict[str, Any]]:
    """Read a page of variants in the order of their SKUs, with what is on hand of each.

    Args:
        session: To read with.
        q: Only those whose SKU, slug or label holds this, in whatever case.
        product: Only those of this product.
        retired: Only those that are retired, or only those in use.
        limit: Variants in a page.
        cursor: From the page before, or None.

    Raises:
        BadCursor: The cursor is not one of this list's.
    """
    query = _variants()
    if q:
        query = query.where(_holds(q.replace(" ", ""), Variant.sku, Variant.slug, Variant.label))
    if product is not None:
        query = query.where(Product.slug == product)
    if retired is not None:
        query = query.where(Variant.is_retired if retired else ~Variant.is_retired)
    return fetch(
        session,
        query,
        [Key(Variant.sku)],
        limit=limit,
        cursor=cursor,
        of=["admin variants", q, product, retired],
        row=lambda row: dict(zip(_OF_VARIANT, row, strict=True)),
    )


#: What a list tells of a variant, in the order of :func:`_variants`.
_OF_VARIANT = ("style_code", "slug", "label", "product", "sellable", "is_retired", "on_hand", "held", "sku")


def _variants() -> Select[*tuple[Any, ...]]:
    def pieces(column: ColumnElement[int]) -> ColumnElement[int]:
        return (
            select(func.coalesce(func.sum(column), 0))
            .where(Stock.variant_id == Variant.id)
            .correlate(Variant)
            .scalar_subquery()
        )

    return select(
        Variant.style_code,
        Variant.slug,
        Variant.label,
        Product.slug,
        Variant.sellable,
        Variant.is_retired,
        pieces(Stock.on_hand.expression),
        pieces(Stock.held.expression),
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
