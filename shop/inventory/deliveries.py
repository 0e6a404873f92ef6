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
        variant_id, location_id, _ = found_place(session, sku, location)
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


def found_place(session: Session, sku: str, location: str | None) -> tuple[int, int, str]:
    """Return the ids of a variant and of a location, and the location's code.

    Args:
        session: From ``transaction()``, or to read with.
        sku: The variant's.
        location: Code of the location; None is the first that the shop draws from.

    Raises:
        UnknownPlace: There is no such variant or location.
    """
    variant_id = session.scalar(select(Variant.id).where(Variant.sku == sku))
    if variant_id is None:
        raise UnknownPlace(f"There is no variant {sku!r}.", sku=sku)
    places = session.execute(select(Location.code, Location.id).order_by(Location.position)).all()
    found = dict(places)
    code = location if location is not None else next(iter(found), "")
    if code not in found:
        known = list(found)
        detail = f"There is no location {code!r}; there is {', '.join(known)}."
        raise UnknownPlace(detail, location=code, known=known)
    return variant_id, found[code], code
