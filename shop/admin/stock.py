"""What is on hand and what moved, and putting a count right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from shop.audit import service as audit
from shop.catalogue.errors import NotInCatalogue
from shop.catalogue.models import Variant
from shop.catalogue.service import publish
from shop.inventory.adjustments import Adjustment, adjust
from shop.inventory.models import Location, Movement, Stock
from shop.inventory.queries import available
from shop.kit.pages import Key, Page, fetch


@dataclass(frozen=True, slots=True)
class Count:
    """Pieces of a variant at a location."""

    location: str
    name: str
    on_hand: int
    held: int


@dataclass(frozen=True, slots=True)
class VariantStock:
    """Pieces of a variant everywhere.

    Attributes:
        available: What shoppers can buy now.
    """

    sku: str
    available: int
    locations: Sequence[Count]


@dataclass(frozen=True, slots=True)
class Moved:
    """An entry of the stock ledger, with its location's code."""

    location: str
    movement: Movement


def stock_of(session: Session, sku: str) -> VariantStock:
    """Read how many pieces of a variant are where.

    Raises:
        NotInCatalogue: There is no such SKU.
    """
    variant_id = _variant_id(session, sku)
    rows = session.execute(
        select(Location.code, Location.name, Stock.on_hand, Stock.held)
        .join(Stock, Stock.location_id == Location.id)
        .where(Stock.variant_id == variant_id)
        .order_by(Location.position)
    )
    return VariantStock(sku, available(session, variant_id), [Count(*row) for row in rows])


def page_of_movements(session: Session, sku: str, *, limit: int, cursor: str | None) -> Page[Moved]:
    """Read a page of a variant's stock ledger, newest first.

    Raises:
        NotInCatalogue: There is no such SKU.
        BadCursor: The cursor is not one of this list's.
    """
    query = (
        select(Location.code, Movement, Movement.id)
        .join(Location, Location.id == Movement.location_id)
        .where(Movement.variant_id == _variant_id(session, sku))
    )
    keys = [Key(Movement.id, descending=True)]
    return fetch(
        session,
        query,
        keys,
        limit=limit,
        cursor=cursor,
        of=["movements", sku],
        row=lambda row: Moved(*row[:2]),
    )


def put_right(session: Session, ask: Adjustment, *, actor: str) -> None:
    """Put a count right, and write it down.

    Args:
        session: From ``transaction()``.
        ask: What is to be put right.
        actor: Who decided.

    Raises:
        UnknownPlace: There is no such variant or location.
        StockDiffers: Another number of pieces is on hand.
        PiecesHeld: Fewer pieces would remain than are promised.
    """
    adjusted = adjust(session, ask)
    if adjusted.is_first:
        # Which variants have rows of stock is told by the revision: the index holds it.
        publish(session)
    audit.record(session, actor, [adjusted.change])


def _variant_id(session: Session, sku: str) -> int:
    found = session.scalar(select(Variant.id).where(Variant.sku == sku))
    if found is None:
        raise NotInCatalogue(f"There is no variant {sku!r}.", kind="variant", slug=sku)
    return found
