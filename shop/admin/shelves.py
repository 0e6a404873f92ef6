"""Reads of shelves: how many pieces of a variant lie where, and what moved them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from shop.catalogue.errors import NotInCatalogue
from shop.catalogue.models import Variant
from shop.inventory.models import Location, Movement, Stock

#: So many of the last movements of a variant are shown.
MOST_MOVEMENTS = 30


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
