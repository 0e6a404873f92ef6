"""What each state of a payment means for its order, its stock, its cart and its checkout.

Every function joins its caller's transaction, with payment and order locked in this order.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from shop.cart.models import Cart
from shop.checkout.models import Checkout
from shop.config import Settings
from shop.inventory import service as inventory
from shop.inventory.errors import OutOfStock
from shop.kit.clock import database_now
from shop.kit.money import Money
from shop.orders import service as orders
from shop.orders.models import Order, OrderLine
from shop.orders.states import Status
from shop.outbox import service as outbox
from shop.payments import captures, ledger
from shop.payments import service as payments
from shop.payments.models import LIVE, PAYABLE, Payment
from shop.payments.refunds import reserve
from shop.payments.results import PaymentState

logger = logging.getLogger("shop.checkout")

#: How long a payment that was accepted but has not arrived keeps its stock. Delayed methods
#: take up to a week or so; longer, and a person should look.
PROCESSING_DAYS = 14

#: How long banks hold authorized money, where Stripe does not say.
AUTHORIZED_DAYS = 7

#: Statuses of a payment that was given up, for which money may come all the same.
GIVEN_UP = ("expired", "canceled", "failed")


def lock_both(session: Session, payment_id: UUID) -> tuple[Payment, Order]:
    """Lock a payment and then its order, always in this order."""
    payment = payments.lock_payment(session, payment_id)
    order = session.scalars(select(Order).where(Order.number == payment.reference).with_for_update()).one()
    return payment, order


def follow(session: Session, payment: Payment, order: Order, state: PaymentState, settings: Settings) -> bool:
    """Move everything to what Stripe says; what was moved before is left alone.

    Returns:
        Whether the payment is not ours to take though it could still be made: close it.
    """
    if wrong := mismatch(payment, state, settings, received=_expected(session, payment, state)):
        _quarantine(session, payment, order, wrong)
        return state.status == "open"
    if state.status == "paid":
        _paid(session, payment, order, state)
    elif state.status == "authorized":
        _authorized(session, payment, order, state, settings)
    elif state.status == "processing":
        _processing(session, payment, order)
    elif state.status in ("expired", "failed"):
        _ended(session, payment, order, state)
    return False


def mismatch(payment: Payment, state: PaymentState, settings: Settings, *, received: int) -> str | None:
    """Return what differs between the payment we asked for and the one Stripe holds.

    Args:
        payment: Ours.
        state: Stripe's.
        settings: Says whether money is real.
        received: How much money had to come, once it came. Minor units.
    """
    compared = {
        "amount": (payment.amount_minor, state.amount),
        "currency": (payment.currency, state.currency),
        "reference": (payment.reference, state.reference),
        "livemode": (settings.livemode, state.livemode),
    }
    if state.status == "paid":
        compared["received"] = (received, state.received)
    wrong = [
        f"{name}: ours {ours}, Stripe's {theirs}"
        for name, (ours, theirs) in compared.items()
        if ours != theirs
    ]
    return "; ".join(wrong) or None


def _expected(session: Session, payment: Payment, state: PaymentState) -> int:
    """Return how much money was to come: all, or what was captured of it."""
    if payment.status == "paid":
        return payment.captured_minor
    if payment.capture == "automatic":
        return payment.amount_minor
    decision = captures.standing(session, payment.id)
    if decision is not None and decision.amount_minor:
        return decision.amount_minor
    # Captured in Stripe's dashboard: any part of what was authorized.
    return min(state.received, payment.amount_minor)


def _quarantine(session: Session, payment: Payment, order: Order, wrong: str) -> None:
    """Keep a payment that is not the one we asked for from ever counting as ours.

    The order is given up: its bags are free again. Money that came all the same stays at
    Stripe for a person to look at; the log and the order's events say so.
    """
    if payments.move(session, payment.id, "quarantined", from_=LIVE, reason=wrong):
        logger.error("payment %s of order %s is quarantined: %s", payment.id, order.number, wrong)
        orders.record(session, order.id, "payment_quarantined", detail=wrong)
        give_up(session, order, payment)


def _paid(session: Session, payment: Payment, order: Order, state: PaymentState) -> None:
    # Money may also come for a payment that we had given up: it is recorded all the same.
    if not payments.move(session, payment.id, "paid", from_=(*LIVE, *GIVEN_UP)):
        return
    session.refresh(payment)
    payment.intent_id = state.intent_id
    payment.captured_minor = state.received
    session.flush()
    ledger.post(session, "captured", payment.id, payment, state.received)
    if payment.capture == "manual":
        if captures.standing(session, payment.id) is None:
            captures.taken_over(session, payment, state.received)
        captures.finish(session, payment.id, succeeded=True)
    if order.status in ("pending_payment", "authorized") and _each_piece(session, order, _sell):
        orders.move(session, order.id, "paid")
        _set_stages(session, order, cart="ordered", checkout="completed")
        facts = {"number": order.number, "amount": str(Money(state.received, payment.currency))}
        outbox.owe(session, "order_confirmed", order.number, recipient=order.email, facts=facts)
        return
    reserve(session, payment, state.received, reason="late_payment", actor="shop")
    orders.record(session, order.id, "late_payment_refunded", detail="the money came when nothing was held")
    logger.warning("order %s was paid too late; the payment is refunded", order.number)
    give_up(session, order, payment)


def _authorized(
    session: Session, payment: Payment, order: Order, state: PaymentState, settings: Settings
) -> None:
    """Keep the stock for as long as the bank keeps the money, or let the money go."""
    if captures.standing(session, payment.id) is not None:
        # Read before it was decided, applied after: what was decided is not undone.
        return
    if not payments.move(session, payment.id, "authorized", from_=(*PAYABLE, "processing", *GIVEN_UP)):
        return
    session.refresh(payment)
    moment = session.scalars(select(database_now())).one()
    payment.intent_id = state.intent_id
    payment.capture_before = state.capture_before or moment + timedelta(days=AUTHORIZED_DAYS)
    session.flush()
    until = payment.capture_before + timedelta(minutes=settings.hold_grace_minutes)
    if order.status == "pending_payment" and _each_piece(session, order, _keeper(until)):
        order.held_until = max(order.held_until, until)
        orders.move(session, order.id, "authorized")
        _set_stages(session, order, cart="ordered", checkout="completed")
        return
    captures.decide(session, payment, 0, actor="shop")
    orders.record(session, order.id, "late_payment_voided", detail="it was authorized when nothing was held")
    give_up(session, order, payment)


def _processing(session: Session, payment: Payment, order: Order) -> None:
    if payments.move(session, payment.id, "processing", from_=PAYABLE):
        until = session.scalars(select(database_now())).one() + timedelta(days=PROCESSING_DAYS)
        # Where pieces went to someone else the payment goes back when it arrives.
        if _each_piece(session, order, _keeper(until)):
            order.held_until = max(order.held_until, until)
        orders.record(session, order.id, "payment_processing")


def _ended(session: Session, payment: Payment, order: Order, state: PaymentState) -> None:
    status = "failed" if state.status == "failed" and not payment.cancel_asked else _ending(payment)
    if not payments.move(session, payment.id, status, from_=LIVE):
        return
    decision = captures.standing(session, payment.id)
    if decision is not None:
        captures.finish(session, payment.id, succeeded=decision.amount_minor == 0)
    give_up(session, order, payment)


def _ending(payment: Payment) -> Status:
    """Return how an order ends whose payment can no longer be made."""
    return "canceled" if payment.cancel_asked else "expired"


def _each_piece(
    session: Session, order: Order, take: Callable[[Session, Order, dict[str, int]], None]
) -> bool:
    """Take the order's pieces in some way; return False where they went to someone else meanwhile."""
    lines = session.execute(select(OrderLine.sku, OrderLine.quantity).where(OrderLine.order_id == order.id))
    try:
        with session.begin_nested():
            take(session, order, dict(lines.all()))
    except OutOfStock:
        return False
    return True


def _sell(session: Session, order: Order, pieces: dict[str, int]) -> None:
    inventory.sell(session, pieces, owner=order.id)


def _keeper(until: datetime) -> Callable[[Session, Order, dict[str, int]], None]:
    def keep(session: Session, order: Order, pieces: dict[str, int]) -> None:
        inventory.keep(session, pieces, owner=order.id, until=until)

    return keep


def give_up(session: Session, order: Order, payment: Payment) -> None:
    """End an order that will not be paid: its bags are free, its cart may be changed again.

    Once its shopper was told that it is ordered, the cart stays as it is.
    """
    was_ordered = order.status == "authorized"
    ending = _ending(payment)
    if orders.move(session, order.id, ending):
        inventory.release(session, order.id)
        if not was_ordered:
            _set_stages(session, order, cart="open", checkout=ending)


def _set_stages(session: Session, order: Order, *, cart: str, checkout: str) -> None:
    session.execute(update(Cart).where(Cart.id == order.cart_id).values(status=cart))
    session.execute(update(Checkout).where(Checkout.id == order.checkout_id).values(stage=checkout))
