"""Reads of shelves: how many pieces of a variant lie where, and what moved them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload

from shop.admin.attention import LOW_PIECES
from shop.catalogue.errors import NotInCatalogue
from shop.catalogue.models import Product, Variant
from shop.inventory.models import Location, Movement, Stock
from shop.kit.pages import Key, Page, fetch

#: So many of the last movements of a variant are shown.
MOST_MOVEMENTS = 30


@dataclass(frozen=True, slots=True)
class ShelfRow:
    """A variant as a list of stock shows it.

    Attributes:
        on_hand: Pieces at all locations; None where none was ever counted.
        held: Of these, promised to someone.
    """

    sku: str
    style_code: str
    label: str | None
    product: str
    is_retired: bool
    on_hand: int | None
    held: int | None


@dataclass(frozen=True, slots=True)
class Place:
    """A location with what lies there of a variant; zeros where nothing was ever counted."""

    code: str
    name: str
    on_hand: int
    held: int


@dataclass(frozen=True, slots=True)
class Shelf:
    """All places of a variant, and its last movements with the codes of their locations."""

    variant: Variant
    places: Sequence[Place]
    movements: Sequence[tuple[Movement, str]]


def page_of_shelves(
    session: Session, *, q: str | None = None, low: bool = False, limit: int, cursor: str | None
) -> Page[ShelfRow]:
    """Read a page of variants with their stock, by SKU.

    Args:
        session: To read with.
        q: The beginning of a SKU or style code, or a part of the product's name.
        low: Only variants for sale that run low.
        limit: Variants in a page.
        cursor: From the page before, or None.

    Raises:
        BadCursor: The cursor is not one of this list's.
    """
    of_variant = Stock.variant_id == Variant.id
    on_hand = select(func.sum(Stock.on_hand)).where(of_variant).scalar_subquery()
    held = select(func.sum(Stock.held)).where(of_variant).scalar_subquery()
    query = select(
        Variant.sku,
        Variant.style_code,
        Variant.label,
        Product.name,
        Variant.is_retired,
        on_hand,
        held,
        Variant.sku,
    ).join(Product, Product.id == Variant.product_id)
    if q:
        code = q.replace(" ", "").upper()
        query = query.where(
            or_(
                Variant.sku.startswith(code, autoescape=True),
                func.lower(Product.name).contains(q.lower(), autoescape=True),
            )
        )
    if low:
        query = query.where(
            on_hand - held <= LOW_PIECES, Variant.sellable, Variant.is_retired.is_(False), Product.sellable
        )
    return fetch(
        session,
        query,
        [Key(Variant.sku)],
        limit=limit,
        cursor=cursor,
        of=["shelves", q, low],
        row=lambda row: ShelfRow(*row[:-1]),
    )


def shelf(session: Session, sku: str) -> Shelf:
    """Read what lies where of a variant.

    Raises:
        NotInCatalogue: There is no such SKU.
    """
    variant = session.scalar(
        select(Variant)
        .where(Variant.sku == sku)
        .options(
            joinedload(Variant.product),
            joinedload(Variant.material),
            joinedload(Variant.colour),
            joinedload(Variant.hardware),
        )
    )
    if variant is None:
        raise NotInCatalogue(f"There is no variant {sku!r}.", kind="variant", slug=sku)
    places = session.execute(
        select(
            Location.code,
            Location.name,
            func.coalesce(Stock.on_hand, 0),
            func.coalesce(Stock.held, 0),
        )
        .outerjoin(Stock, (Stock.location_id == Location.id) & (Stock.variant_id == variant.id))
        .order_by(Location.position)
    )
    movements = session.execute(
        select(Movement, Location.code)
        .join(Location, Location.id == Movement.location_id)
        .where(Movement.variant_id == variant.id)
        .order_by(Movement.id.desc())
        .limit(MOST_MOVEMENTS)
    )
    return Shelf(variant, [Place(*row) for row in places], [(row[0], row[1]) for row in movements])
