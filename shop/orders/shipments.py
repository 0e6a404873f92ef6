"""Sending an order's bags: each parcel is a row and an event, and the shopper is told once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from sqlalchemy import insert, select
from sqlalchemy.orm import Session, selectinload

from shop.audit import service as audit
from shop.kit.clock import database_now
from shop.orders import service as orders
from shop.orders.errors import NothingToSend, NotToBeSent, ShipmentDiffers, UnknownOrder, UnknownShipment
from shop.orders.models import Order, OrderLine, Shipment, ShippedLine
from shop.orders.queries import pieces_refunded, standing
from shop.orders.states import SENDABLE, SETTLED
from shop.outbox import service as outbox


@dataclass(frozen=True, slots=True)
class Parcel:
    """What leaves, and with whom.

    Attributes:
        carrier: As the shopper knows them.
        tracking_number: The carrier's, for this parcel.
        actor: Who sends it.
        tracking_url: The carrier's page on it.
        pieces: Whole pieces by SKU; none named means all that are still to be sent.
        replaces: The parcel whose facts these are, told rightly; its pieces are kept unless named.
    """

    carrier: str
    tracking_number: str
    actor: str
    tracking_url: str | None = None
    pieces: Mapping[str, int] = field(default_factory=dict)
    replaces: UUID | None = None


def send(session: Session, number: str, parcel: Parcel) -> UUID:
    """Note that a parcel of an order left; return its id.

    The order is locked, so that no two parcels hold the same piece. A parcel that is known already,
    with the same pieces, is not noted again.

    Args:
        session: From ``transaction()``.
        number: The order's.
        parcel: What leaves, and with whom.

    Raises:
        UnknownOrder: There is no such order.
        NotToBeSent: It is not paid, or its money went back.
        NothingToSend: There are not so many pieces of a line left.
        ShipmentDiffers: The tracking number is on the order already, with other pieces.
        UnknownShipment: There is no such parcel to replace.
    """
    order = session.scalar(
        select(Order)
        .where(Order.number == number)
        .options(selectinload(Order.lines), selectinload(Order.shipments).selectinload(Shipment.lines))
        .with_for_update(of=Order)
    )
    if order is None:
        raise UnknownOrder(f"There is no order {number!r}.")
    known = _known(order, parcel)
    if known is not None:
        return known.id
    if order.status not in (SETTLED if parcel.replaces else SENDABLE):
        raise NotToBeSent(f"The order is {order.status}.", order_status=order.status)
    replaced = _replaced(order, parcel.replaces)
    pieces = _pieces(session, order, parcel, replaced)
    return _note(session, order, parcel, pieces, replaced)


def _known(order: Order, parcel: Parcel) -> Shipment | None:
    """Return the parcel of this carrier and tracking number that the order has already."""
    names = (parcel.carrier, parcel.tracking_number)
    found = next((each for each in order.shipments if (each.carrier, each.tracking_number) == names), None)
    if found is None:
        return None
    skus = {line.position: line.sku for line in order.lines}
    sent = {skus[each.line_position]: each.quantity for each in found.lines}
    same = found in standing(order.shipments) and (not parcel.pieces or dict(parcel.pieces) == sent)
    if not same or parcel.replaces not in (None, found.replaces_id):
        raise ShipmentDiffers(f"The order has a parcel {parcel.tracking_number} already.", shipment=found.id)
    return found


def _replaced(order: Order, shipment_id: UUID | None) -> Shipment | None:
    if shipment_id is None:
        return None
    for each in standing(order.shipments):
        if each.id == shipment_id:
            return each
    raise UnknownShipment(f"The order has no parcel {shipment_id} whose facts stand.")


def _pieces(
    session: Session, order: Order, parcel: Parcel, replaced: Shipment | None
) -> list[tuple[OrderLine, int]]:
    """Return which pieces of which lines leave; money given back is taken off what was not sent."""
    gone: Counter[int] = Counter(pieces_refunded(session, order.id))
    for each in standing(order.shipments):
        if each is not replaced:
            gone.update({line.line_position: line.quantity for line in each.lines})
    lines = {line.sku: line for line in order.lines}
    left = {sku: max(line.quantity - gone[line.position], 0) for sku, line in lines.items()}
    skus = {line.position: line.sku for line in order.lines}
    kept = {skus[line.line_position]: line.quantity for line in replaced.lines} if replaced else {}
    wanted = dict(parcel.pieces) or kept or {sku: count for sku, count in left.items() if count}
    if not wanted:
        raise NothingToSend("Nothing of the order is still to be sent.", to_send=0)
    for sku, count in sorted(wanted.items()):
        # What has left was paid for then: a parcel told again may hold what it held.
        if count > max(left.get(sku, 0), kept.get(sku, 0)):
            detail = f"{left.get(sku, 0)} pieces of {sku} are still to be sent, {count} asked for."
            raise NothingToSend(detail, sku=sku, to_send=left.get(sku, 0), requested=count)
    return [(lines[sku], count) for sku, count in sorted(wanted.items())]


def _note(
    session: Session,
    order: Order,
    parcel: Parcel,
    pieces: list[tuple[OrderLine, int]],
    replaced: Shipment | None,
) -> UUID:
    shipment_id = uuid4()
    said = {
        "carrier": parcel.carrier,
        "tracking_number": parcel.tracking_number,
        "tracking_url": parcel.tracking_url,
    }
    session.execute(
        insert(Shipment).values(
            id=shipment_id,
            order_id=order.id,
            number=len(order.shipments) + 1,
            replaces_id=replaced.id if replaced else None,
            shipped_at=replaced.shipped_at if replaced else database_now(),
            **said,
        )
    )
    session.execute(
        insert(ShippedLine),
        [
            {"shipment_id": shipment_id, "line_position": line.position, "quantity": count}
            for line, count in pieces
        ],
    )
    counted = {line.sku: count for line, count in pieces}
    detail = f"{parcel.carrier} {parcel.tracking_number}: " + ", ".join(
        f"{count} x {sku}" for sku, count in counted.items()
    )
    orders.record(session, order.id, "shipment_corrected" if replaced else "shipped", detail=detail)
    facts = {"number": order.number, "carrier": parcel.carrier, "tracking_number": parcel.tracking_number}
    outbox.owe(session, "order_shipped", shipment_id, recipient=order.email, facts=facts)
    before = None
    if replaced:
        before = {name: getattr(replaced, name) for name in said} | {"shipment": replaced.id}
    after = {"shipment": shipment_id, **said, "lines": counted}
    change = audit.Change("order.fulfil", f"order:{order.number}", before, after)
    audit.record(session, parcel.actor, [change])
    return shipment_id
