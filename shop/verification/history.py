"""Promises about orders and what happened to them: I5, I8, I14, I15, I16, I18."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any, cast, get_args

from sqlalchemy import ColumnElement, Table, exists, func, or_, select, type_coerce
from sqlalchemy.orm import Session, aliased
from sqlalchemy.types import NullType

from shop.config import current_settings
from shop.inventory.models import Hold
from shop.kit.stored_answers import StoredAnswer, database_moment
from shop.orders.models import Order, OrderEntry, OrderEvent, OrderLine, Shipment, ShippedLine
from shop.orders.service import SEALED_ENTRY, SEALED_LINE, seal
from shop.orders.states import SETTLED, Status, may_follow
from shop.outbox.models import OutboxMessage
from shop.payments.models import LIVE, PAYABLE, Capture, Payment, Refund, StripeEvent
from shop.verification.promises import Finding, Invariant

#: How long after its end a payment may be unsettled.
GRACE = timedelta(minutes=15)
#: How long work that was begun may wait to be finished.
PATIENCE = timedelta(hours=1)


def _one_of_each(session: Session) -> Iterator[Finding]:
    carts = session.execute(
        select(Order.cart_id, func.count(), func.min(Order.number))
        .where(Order.status.in_(("pending_payment", "authorized", *SETTLED)))
        .group_by(Order.cart_id)
        .having(func.count() > 1)
    )
    for cart_id, count, number in carts:
        yield f"cart {cart_id}", f"{count} orders of it live, {number} first", "Cancel or refund all but one."
    payments = session.execute(
        select(Payment.reference, func.count())
        .where(Payment.status.in_((*LIVE, "paid")))
        .group_by(Payment.reference)
        .having(func.count() > 1)
    )
    for reference, count in payments:
        yield f"order {reference}", f"{count} payments of it live", "Close or refund all but one at Stripe."
    waiting = session.execute(
        select(Order.number, Order.status)
        .outerjoin(Payment, (Payment.reference == Order.number) & Payment.status.in_(LIVE))
        .where(Order.status.in_(("pending_payment", "authorized")), Payment.id.is_(None))
        .order_by(Order.number)
    )
    for number, status in waiting:
        yield (
            f"order {number}",
            f"it is {status} and no payment of it is",
            "Run `shop reconcile`, then cancel it.",
        )


def _nothing_hangs(session: Session) -> Iterator[Finding]:
    now = database_moment(session)
    late = session.scalars(
        select(Payment.reference)
        .where(Payment.status.in_(PAYABLE), Payment.ends_at < now - GRACE)
        .order_by(Payment.reference)
    )
    for reference in late:
        yield f"order {reference}", "its payment has ended and nobody has looked", "Run `shop reconcile`."
    begun = {
        "refund": select(Refund.id).where(Refund.status == "requested", Refund.created_at < now - PATIENCE),
        "capture": select(Capture.id).where(
            Capture.status == "requested", Capture.created_at < now - PATIENCE
        ),
        "event": select(StripeEvent.id).where(
            StripeEvent.handled_at.is_(None), StripeEvent.received_at < now - PATIENCE
        ),
        "key": select(StoredAnswer.key_hash).where(
            StoredAnswer.status.is_(None), StoredAnswer.holder != "", StoredAnswer.claimed_at < now - PATIENCE
        ),
    }
    if current_settings().mail_url:
        begun["message"] = select(OutboxMessage.id).where(
            OutboxMessage.sent_at.is_(None), OutboxMessage.created_at < now - PATIENCE
        )
    for what, statement in begun.items():
        for found in session.scalars(statement):
            yield f"{what} {found}", "begun over an hour ago and not finished", "Run `shop reconcile`."
    orphans = session.execute(
        select(Hold.owner, func.count())
        .join(Order, Order.id == Hold.owner)
        .where(Hold.status == "active", Order.status.in_((*SETTLED, "expired", "canceled")))
        .group_by(Hold.owner)
    )
    for owner, count in orphans:
        yield f"order id {owner}", f"{count} holds of it are active though it has ended", "Release them."


def _one_message(session: Session) -> Iterator[Finding]:
    confirmed = (
        select(OutboxMessage.subject, func.count().label("count"))
        .where(OutboxMessage.kind == "order_confirmed")
        .group_by(OutboxMessage.subject)
        .subquery()
    )
    # An order of before there was an outbox has no seal either.
    rows = session.execute(
        select(Order.number, func.coalesce(confirmed.c.count, 0).label("count"))
        .outerjoin(confirmed, confirmed.c.subject == Order.number)
        .where(Order.status.in_(SETTLED), Order.seal != "", func.coalesce(confirmed.c.count, 0) != 1)
    )
    for number, count in rows:
        yield f"order {number}", f"{count} confirmations are owed for it", "Write to its shopper by hand."


def _as_it_was_frozen(session: Session) -> Iterator[Finding]:
    """Compare each order with the seal it was frozen under."""
    lines = _by_order(session, cast(Table, OrderLine.__table__), SEALED_LINE)
    entries = _by_order(session, cast(Table, OrderEntry.__table__), SEALED_ENTRY)
    orders = cast(Table, Order.__table__)
    sealed_orders = select(_as_it_comes(orders.c.id), orders.c.number, orders.c.seal)
    for order_id, number, sealed in session.execute(sealed_orders):
        if sealed and sealed != seal(lines.get(order_id, []), entries.get(order_id, [])):
            repair = "Restore its lines from a backup; see who may write to the database."
            yield f"order {number}", "its lines or entries are not those it was placed with", repair


def _by_order(session: Session, table: Table, names: tuple[str, ...]) -> dict[str, list[tuple[Any, ...]]]:
    """Return the sealed values of each row by the text of its order's id.

    Columns of the table, not of its model, and ids as the driver gives them: a hundred thousand
    rows are read here in a shop of ten thousand orders.
    """
    found: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    values = [table.c[name] for name in names]
    for order_id, *row in session.execute(select(_as_it_comes(table.c.order_id), *values)):
        found[order_id].append(tuple(row))
    # By position, the first value. Sorted here, since a database would sort whole wide rows.
    for rows in found.values():
        rows.sort(key=itemgetter(0))
    return found


def _as_it_comes(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return type_coerce(column, NullType())


def _legal_history(session: Session) -> Iterator[Finding]:
    states = set(get_args(Status))
    rows = session.execute(
        select(Order.number, Order.status, OrderEvent.kind)
        .outerjoin(OrderEvent, (OrderEvent.order_id == Order.id) & OrderEvent.kind.in_({*states, "placed"}))
        .order_by(Order.number, OrderEvent.id)
    )
    for (number, status), events in groupby(rows, key=itemgetter(0, 1)):
        kinds = ["pending_payment" if kind == "placed" else kind for _, _, kind in events if kind]
        before: Status | None = None
        for kind in kinds:
            if not may_follow(before, cast(Status, kind)):
                yield (
                    f"order {number}",
                    f"{kind} came after {before}",
                    "Its events tell who did it; look there.",
                )
            before = cast(Status, kind)
        if before != status:
            found = f"it is {status}, its last event says {before}"
            yield (
                f"order {number}",
                found,
                "Its status was changed past the shop; set it to what its money says.",
            )


def _no_more_sent(session: Session) -> Iterator[Finding]:
    """Compare what is in parcels with what was bought and paid for."""
    again = aliased(Shipment)
    sent = (
        select(Shipment.order_id, ShippedLine.line_position, func.sum(ShippedLine.quantity).label("pieces"))
        .join(Shipment, Shipment.id == ShippedLine.shipment_id)
        .where(~exists().where(again.replaces_id == Shipment.id))
        .group_by(Shipment.order_id, ShippedLine.line_position)
        .subquery()
    )
    rows = session.execute(
        select(Order.number, Order.status, OrderLine.sku, OrderLine.quantity, sent.c.pieces)
        .join(Order, Order.id == sent.c.order_id)
        .outerjoin(
            OrderLine, (OrderLine.order_id == sent.c.order_id) & (OrderLine.position == sent.c.line_position)
        )
        .where(
            or_(
                OrderLine.quantity.is_(None),
                sent.c.pieces > OrderLine.quantity,
                Order.status.not_in(SETTLED),
            )
        )
        .order_by(Order.number)
    )
    for number, status, sku, bought, pieces in rows:
        found = f"{pieces} pieces of {sku} were sent, {bought} bought; the order is {status}"
        yield f"order {number}", found, "Ask the carrier what the parcels hold."


HISTORY = (
    Invariant("I5", "A cart has one order, and an order one live payment.", _one_of_each),
    Invariant("I8", "Nothing waits past its end, and nothing begun is left lying.", _nothing_hangs),
    Invariant("I14", "A paid order's confirmation is written once.", _one_message),
    Invariant("I15", "What was sold stays as it was sold.", _as_it_was_frozen),
    Invariant("I16", "Every change of an order is in its log, in a legal order.", _legal_history),
    Invariant("I18", "What was sent was bought and paid for, and no piece is in two parcels.", _no_more_sent),
)
