"""An order becoming money: the one function that a webhook, a return page and an operator call.

Stripe is read afresh, and only what it says now decides. Each step is a conditional statement,
so of callers that arrive together one acts and the others find it done.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from shop.cart.models import Cart
from shop.checkout.models import Checkout
from shop.config import Settings
from shop.inventory import service as inventory
from shop.inventory.errors import OutOfStock
from shop.kit.clock import database_now
from shop.kit.db import db, transaction
from shop.orders import service as orders
from shop.orders.models import Order, OrderLine
from shop.payments import service as payments
from shop.payments.errors import PaymentNotOpened, PaymentProviderUnavailable
from shop.payments.gateway import StripeGateway
from shop.payments.models import LIVE, UNDECIDED, Payment, Refund
from shop.payments.results import PaymentState

logger = logging.getLogger("shop.checkout")

#: How long a payment that was accepted but has not arrived keeps its stock. Delayed methods
#: take up to a week or so; longer, and a person should look.
PROCESSING_DAYS = 14

Ending = Literal["expired", "canceled"]


def settle(payment_id: UUID, settings: Settings, gateway: StripeGateway) -> None:
    """Bring an order in line with its payment as Stripe holds it now. Safe to repeat.

    Args:
        payment_id: The payment.
        settings: Says whether money is real.
        gateway: To Stripe.

    Raises:
        PaymentProviderUnavailable: Nothing was decided; call again.
    """
    session_id = _session_id(payment_id, gateway)
    if session_id is not None and apply(payment_id, gateway.read_payment(session_id), settings):
        gateway.close_checkout(session_id)
    send_owed_refunds(payment_id, gateway)


def close(payment_id: UUID, settings: Settings, gateway: StripeGateway) -> None:
    """Make a payment impossible, then free what it held; a payment already made wins.

    Raises:
        PaymentProviderUnavailable: Stock stays held until Stripe has answered.
    """
    session_id = _session_id(payment_id, gateway)
    if session_id is not None:
        apply(payment_id, gateway.close_checkout(session_id), settings)
    send_owed_refunds(payment_id, gateway)


def _session_id(payment_id: UUID, gateway: StripeGateway) -> str | None:
    """Return Stripe's id of a payment, asking for it again where it is not stored.

    Stripe may have been asked without the answer being stored: the same key gives the same
    payment. Where Stripe will never open it, the order is given up.
    """
    stored = db.session().scalar(select(Payment.session_id).where(Payment.id == payment_id))
    if stored is not None:
        return stored
    try:
        opened = payments.ask_stripe(gateway, payment_id)
    except PaymentNotOpened:
        abandon(payment_id)
        return None
    except PaymentProviderUnavailable:
        # Stripe repeats a stored failure for as long as it keeps the key. Past its end the
        # payment cannot be made, and its address never left the shop.
        if not abandon(payment_id, only_past_end=True):
            raise
        return None
    with transaction() as session:
        payments.record_opened(session, payment_id, opened)
    return opened.session_id


def abandon(payment_id: UUID, *, only_past_end: bool = False) -> bool:
    """Give up an order whose payment was never opened; return whether this call did it.

    Args:
        payment_id: The payment.
        only_past_end: Leave it while it could still be made.
    """
    with transaction() as session:
        payment, order = _locked(session, payment_id)
        if only_past_end and payment.ends_at > session.scalars(select(database_now())).one():
            return False
        given_up = payments.move(session, payment_id, "failed", from_=("opening",), reason="never opened")
        if given_up:
            _give_up(session, order, _ending(payment))
        return given_up


def apply(payment_id: UUID, state: PaymentState, settings: Settings) -> bool:
    """Apply what Stripe says to payment, order, stock, cart and checkout in one transaction.

    Returns:
        Whether the payment is not ours to take though it could still be made: close it.
    """
    with transaction() as session:
        payment, order = _locked(session, payment_id)
        if wrong := _mismatch(payment, state, settings):
            _quarantine(session, payment, order, wrong)
            return state.status == "open"
        if state.status == "paid":
            _paid(session, payment, order, state)
        elif state.status == "processing":
            _processing(session, payment, order)
        elif state.status in ("expired", "failed"):
            status = "failed" if state.status == "failed" else _ending(payment)
            if payments.move(session, payment.id, status, from_=LIVE):
                _give_up(session, order, _ending(payment))
    return False


def _locked(session: Session, payment_id: UUID) -> tuple[Payment, Order]:
    """Lock a payment and then its order, always in this order."""
    payment = session.get_one(Payment, payment_id, with_for_update=True)
    order = session.scalars(select(Order).where(Order.number == payment.reference).with_for_update()).one()
    return payment, order


def _ending(payment: Payment) -> Ending:
    """Return how an order ends whose payment can no longer be made."""
    return "canceled" if payment.cancel_asked else "expired"


def send_owed_refunds(payment_id: UUID, gateway: StripeGateway) -> None:
    """Give back what a payment's refunds owe, and look how those under way went."""
    owed = db.session().scalars(
        select(Refund.id).where(Refund.payment_id == payment_id, Refund.status.in_(UNDECIDED))
    )
    for refund_id in list(owed):
        payments.send_refund(gateway, refund_id)


def _mismatch(payment: Payment, state: PaymentState, settings: Settings) -> str | None:
    """Return what differs between the payment we asked for and the one Stripe holds."""
    compared = {
        "amount": (payment.amount_minor, state.amount),
        "currency": (payment.currency, state.currency),
        "reference": (payment.reference, state.reference),
        "livemode": (settings.livemode, state.livemode),
    }
    if state.status == "paid":
        compared["received"] = (payment.amount_minor, state.received)
    wrong = [
        f"{name}: ours {ours}, Stripe's {theirs}"
        for name, (ours, theirs) in compared.items()
        if ours != theirs
    ]
    return "; ".join(wrong) or None


def _quarantine(session: Session, payment: Payment, order: Order, wrong: str) -> None:
    """Keep a payment that is not the one we asked for from ever counting as ours.

    The order is given up: its bags are free again. Money that came all the same stays at
    Stripe for a person to look at; the log and the order's events say so.
    """
    if payments.move(session, payment.id, "quarantined", from_=LIVE, reason=wrong):
        logger.error("payment %s of order %s is quarantined: %s", payment.id, order.number, wrong)
        orders.record(session, order.id, "payment_quarantined", detail=wrong)
        _give_up(session, order, _ending(payment))


def _paid(session: Session, payment: Payment, order: Order, state: PaymentState) -> None:
    # Money may also come for a payment that we had given up: it is recorded all the same.
    if not payments.move(session, payment.id, "paid", from_=(*LIVE, "expired", "canceled", "failed")):
        return
    payment.intent_id = state.intent_id
    if order.status == "pending_payment" and _sell(session, order):
        orders.move(session, order.id, "paid")
        _set_stages(session, order, cart="ordered", checkout="completed")
        return
    payments.owe_refund(session, payment, reason="late_payment")
    orders.record(session, order.id, "late_payment_refunded", detail="the money came when nothing was held")
    logger.warning("order %s was paid too late; the payment is refunded", order.number)
    if order.status == "pending_payment":
        _give_up(session, order, "expired")


def _sell(session: Session, order: Order) -> bool:
    """Sell the order's pieces; return False where they went to someone else meanwhile."""
    lines = session.execute(select(OrderLine.sku, OrderLine.quantity).where(OrderLine.order_id == order.id))
    wanted = dict(lines.all())
    try:
        with session.begin_nested():
            inventory.sell(session, wanted, owner=order.id)
    except OutOfStock:
        return False
    return True


def _processing(session: Session, payment: Payment, order: Order) -> None:
    if payments.move(session, payment.id, "processing", from_=("opening", "open")):
        until = session.scalars(select(database_now())).one() + timedelta(days=PROCESSING_DAYS)
        inventory.extend(session, owner=order.id, until=until)
        order.held_until = until
        orders.record(session, order.id, "payment_processing")


def _give_up(session: Session, order: Order, ending: Ending) -> None:
    if orders.move(session, order.id, ending):
        inventory.release(session, order.id)
        _set_stages(session, order, cart="open", checkout=ending)


def _set_stages(session: Session, order: Order, *, cart: str, checkout: str) -> None:
    session.execute(update(Cart).where(Cart.id == order.cart_id).values(status=cart))
    session.execute(update(Checkout).where(Checkout.id == order.checkout_id).values(stage=checkout))
