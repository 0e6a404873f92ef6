"""Pieces arriving at a location, booked in the ledger."""

from __future__ import annotations

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from shop.audit import service as audit
from shop.catalogue.models import Variant
from shop.catalogue.service import publish
from shop.inventory.errors import UnknownPlace
from shop.inventory.models import Location, Movement, Stock
from shop.kit.clock import database_now
from shop.kit.db import retries_conflicts, transaction


@retries_conflicts
def receive(sku: str, pieces: int, *, location: str, reason: str, actor: str = "shop") -> int:
    """Book a delivery; return how many pieces of the variant are on hand there now.

    Args:
        sku: The variant.
        pieces: Whole pieces that arrived, at least 1.
        location: Code of the location.
        reason: For the ledger: a delivery note, a count.
        actor: Who books it.

    Raises:
        UnknownPlace: There is no such variant or location.
        ValueError: Nothing arrived.
    """
    if pieces < 1:
        raise ValueError("a delivery has at least one piece")
    with transaction() as session:
        variant_id, location_id = _found(session, sku, location)
        place = {"variant_id": variant_id, "location_id": location_id}
        on_hand = session.scalar(
            update(Stock)
            .where(Stock.variant_id == variant_id, Stock.location_id == location_id)
            .values(on_hand=Stock.on_hand + pieces)
            .returning(Stock.on_hand)
        )
        is_first = on_hand is None
        if on_hand is None:
            session.execute(insert(Stock).values(**place, on_hand=pieces, held=0))
            on_hand = pieces
        session.execute(
            insert(Movement).values(
                **place,
                kind="received",
                on_hand_delta=pieces,
                held_delta=0,
                reason=reason,
                happened_at=database_now(),
            )
        )
        if is_first:
            # Which variants have rows of stock is told by the revision: the index holds it.
            publish(session)
        before, after = ({"location": location, "on_hand": count} for count in (on_hand - pieces, on_hand))
        change = audit.Change("stock.receive", f"variant:{sku}", before, {**after, "reason": reason})
        audit.record(session, actor, [change])
        return on_hand


def _found(session: Session, sku: str, location: str) -> tuple[int, int]:
    variant_id = session.scalar(select(Variant.id).where(Variant.sku == sku))
    if variant_id is None:
        raise UnknownPlace(f"There is no variant {sku!r}.", sku=sku)
    location_id = session.scalar(select(Location.id).where(Location.code == location))
    if location_id is None:
        known = list(session.scalars(select(Location.code).order_by(Location.position)))
        detail = f"There is no location {location!r}; there is {', '.join(known)}."
        raise UnknownPlace(detail, location=location, known=known)
    return variant_id, location_id
