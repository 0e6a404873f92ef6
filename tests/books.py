"""Whether a served shop's books agree, in themselves and with Stripe's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from shop.config import DOUBLE_KEY
from shop.inventory.models import Hold
from shop.kit.db import transaction
from shop.orders.models import Order, OrderLine
from shop.payments.models import Payment
from tests.audited import breaches
from tests.crowd import owner_of
from tests.served import ServedShop
from tests.wire import WireClient

LIVE = ("pending_payment", "paid")


def disagreements(shop: ServedShop) -> list[str]:
    """Return a sentence for each thing that does not agree with another; empty when all is well."""
    with owner_of(shop.database_url) as app:
        found = breaches(app)
        with app.app_context(), transaction() as session:
            found += [*_payments(session), *_holds(session)]
            asked = session.execute(select(Payment.session_id, Payment.amount_minor)).all()
    for session_id, amount in asked:
        if session_id is not None and (theirs := amount_at_stripe(shop.stripe_url, session_id)) != amount:
            found.append(f"payment {session_id} is {amount} here and {theirs} at Stripe")
    return found


@cache
def amount_at_stripe(stripe_url: str, session_id: str) -> int:
    """Ask Stripe what a shopper is going to pay: its own sum of the items it was told, for good."""
    headers = {"Authorization": f"Bearer {DOUBLE_KEY}"}
    answer = WireClient(stripe_url).get(f"/v1/checkout/sessions/{session_id}", headers=headers)
    assert answer.status_code == 200, answer.text
    return int(answer.json["amount_total"])


def _payments(session: Session) -> Iterator[str]:
    """Compare what each order comes to with every payment that was asked for it."""
    asked = select(Order.number, Order.total_minor, Payment.amount_minor).join(
        Payment, Payment.reference == Order.number
    )
    for number, total, amount in session.execute(asked.where(Payment.amount_minor != Order.total_minor)):
        yield f"order {number} is {total}; asked for was {amount}"


def _holds(session: Session) -> Iterator[str]:
    """Compare what each order is for with what is held for it or was sold to it."""
    wanted, kept = Counter[tuple[UUID, int]](), Counter[tuple[UUID, int]]()
    lapsed = set(session.scalars(select(Hold.owner).where(Hold.status == "lapsed")))
    live = {
        order.id: order.number
        for order in session.scalars(select(Order).where(Order.status.in_(LIVE)))
        # What an order lost by waiting too long is no order's until it is paid.
        if order.status == "paid" or order.id not in lapsed
    }
    for line in session.scalars(select(OrderLine).where(OrderLine.order_id.in_(live))):
        wanted[line.order_id, line.variant_id] += line.quantity
    for hold in session.scalars(select(Hold).where(Hold.status.in_(("active", "sold")))):
        kept[hold.owner, hold.variant_id] += hold.quantity
    for which in wanted.keys() | kept.keys():
        if wanted[which] != kept[which]:
            yield f"{which}: {wanted[which]} ordered, {kept[which]} held or sold"
