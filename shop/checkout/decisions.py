"""What an owner decides on an order's money: take it, let it go, give it back.

Each is written down first and sent to Stripe after; where Stripe does not answer, the decision
stands and is sent again by whoever settles the payment next.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from shop.audit import service as audit
from shop.checkout import outcomes, settlement
from shop.config import Settings
from shop.kit.db import db, retries_conflicts, transaction
from shop.kit.money import Money
from shop.orders import refunds
from shop.orders import service as orders
from shop.orders.errors import OrderNotCancelable, UnknownOrder
from shop.orders.models import Order
from shop.orders.queries import latest_payment
from shop.orders.states import ENDED, SETTLED
from shop.payments import captures
from shop.payments import service as payments
from shop.payments.errors import PaymentProviderUnavailable
from shop.payments.gateway import StripeGateway
from shop.payments.models import Payment

logger = logging.getLogger("shop.checkout")


def decide_refund(session: Session, number: str, ask: refunds.RefundAsk) -> tuple[UUID, UUID]:
    """Write a refund of an order down; return its payment's id and its own.

    Args:
        session: From ``transaction()``.
        number: The order's.
        ask: What is to be given back.

    Raises:
        UnknownOrder: There is no such order.
        NothingToRefund: Nothing is left, or nothing is asked for.
        LineNotRefundable: There are not so many pieces of a line left.
        NothingCaptured: The payment brought no money.
        PaymentDisputed: The bank holds the money.
        RefundTooLarge: Less is left than was asked for.
    """
    payment, order = _locked(session, number)
    before = _state(order, payment)
    refund = refunds.request(session, order, payment, ask)
    asked = {
        "refund": refund.id,
        "amount_minor": refund.amount_minor,
        "lines": dict(ask.pieces),
        "shipping": ask.shipping,
        "restock": ask.restock,
        "reason": ask.reason,
    }
    session.refresh(payment)  # what goes back is counted by a statement
    after = {**_state(order, payment), **asked}
    audit.record(session, ask.actor, [audit.Change("order.refund", f"order:{number}", before, after)])
    return payment.id, refund.id


def decide_capture(session: Session, number: str, amount_minor: int | None, *, actor: str) -> UUID:
    """Write down that an order's authorized money is taken; return its payment's id.

    Args:
        session: From ``transaction()``.
        number: The order's.
        amount_minor: Minor units; None takes all. What is not taken is let go for good, and the
            order's pieces are sold all the same.
        actor: Who decided.

    Raises:
        UnknownOrder: There is no such order.
        NothingAuthorized: There is no money to take.
        CaptureTooLarge: More than was authorized.
        CaptureDecided: It was decided before.
    """
    payment, order = _locked(session, number)
    amount = payment.amount_minor if amount_minor is None else amount_minor
    before = _state(order, payment)
    captures.decide(session, payment, amount, actor=actor)
    detail = f"{Money(amount, order.currency)}, {actor}"
    orders.record(session, order.id, "capture_requested", detail=detail)
    after = {**before, "amount_minor": amount}
    audit.record(session, actor, [audit.Change("order.capture", f"order:{number}", before, after)])
    return payment.id


def decide_void(session: Session, number: str, *, actor: str) -> UUID:
    """Write down that an order's authorized money is let go; return its payment's id.

    The order is canceled and its pieces are free once Stripe has let go.

    Args:
        session: From ``transaction()``.
        number: The order's.
        actor: Who decided.

    Raises:
        UnknownOrder: There is no such order.
        NothingAuthorized: There is no money to let go.
        CaptureDecided: It was decided before.
    """
    payment, order = _locked(session, number)
    before = _state(order, payment)
    captures.decide(session, payment, 0, actor=actor)
    orders.record(session, order.id, "void_requested", detail=actor)
    after = {**before, "amount_minor": 0}
    audit.record(session, actor, [audit.Change("order.void", f"order:{number}", before, after)])
    return payment.id


def decide_cancel(session: Session, number: str, *, actor: str) -> UUID:
    """Write down that an unpaid order is given up; return its payment's id.

    Authorized money is let go. A payment that waits is closed at Stripe; one made meanwhile wins. An
    order that was canceled, is being canceled or has expired is left as it is.

    Args:
        session: From ``transaction()``.
        number: The order's.
        actor: Who decided.

    Raises:
        UnknownOrder: There is no such order.
        OrderNotCancelable: Its money came: give it back.
        CaptureDecided: It was decided to take its money.
    """
    payment, order = _locked(session, number)
    if order.status in SETTLED:
        raise OrderNotCancelable(f"The order is {order.status}.", order_status=order.status)
    if payment.status == "authorized":
        standing = captures.standing(session, payment.id)
        if standing is not None and not standing.amount_minor:
            return payment.id
        return decide_void(session, number, actor=actor)
    if order.status in ENDED or payment.cancel_asked:
        return payment.id
    before = _state(order, payment)
    payment.cancel_asked = True
    orders.record(session, order.id, "cancel_requested", detail=actor)
    audit.record(
        session,
        actor,
        [audit.Change("order.cancel", f"order:{number}", before, {**before, "cancel_asked": True})],
    )
    return payment.id


@retries_conflicts
def write_down(decide: Callable[[Session], UUID]) -> UUID:
    """Write a decision down in a transaction of its own; return its payment's id.

    Args:
        decide: One of the above, which joins the transaction.
    """
    with transaction() as session:
        return decide(session)


def carry_out(payment_id: UUID, settings: Settings, gateway: StripeGateway) -> bool:
    """Send what was decided; return whether Stripe has answered. Safe to repeat."""
    try:
        if payments.is_to_be_closed(db.session(), payment_id):
            settlement.close(payment_id, settings, gateway)
        settlement.send_decision(payment_id, settings, gateway)
        refunds.send_owed(payment_id, gateway)
    except PaymentProviderUnavailable:
        logger.warning("what was decided on payment %s is sent again later", payment_id)
        return False
    return True


def _state(order: Order, payment: Payment) -> dict[str, Any]:
    """Return what the audit tells of an order's money; what follows at Stripe is in the order's events."""
    return {
        "status": order.status,
        "payment": payment.status,
        "captured_minor": payment.captured_minor,
        "refunded_minor": payment.refunded_minor,
        "currency": order.currency,
    }


def _locked(session: Session, number: str) -> tuple[Payment, Order]:
    if session.scalar(select(Order.id).where(Order.number == number)) is None:
        raise UnknownOrder(f"There is no order {number!r}.")
    return outcomes.lock_both(session, latest_payment(session, number).id)
