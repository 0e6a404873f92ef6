"""Giving a checkout up, before or while it is paid."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from shop.checkout import settlement
from shop.checkout.errors import CheckoutClosed
from shop.checkout.models import Checkout
from shop.checkout.service import lock
from shop.config import Settings
from shop.kit import idempotency, repeats
from shop.kit.stored_answers import Answer
from shop.orders.models import Order
from shop.orders.queries import latest_payment
from shop.payments.gateway import StripeGateway


def cancel(
    checkout_id: UUID,
    token_hash: str,
    attempt: idempotency.Attempt,
    *,
    settings: Settings,
    gateway: StripeGateway,
    render: Callable[[Session], Answer],
) -> Answer:
    """Give a checkout up; while it is being paid, close the payment first.

    A payment that was made meanwhile wins: the checkout is then completed. Canceling what is
    canceled or expired changes nothing.

    Args:
        checkout_id: From the address; proves nothing.
        token_hash: Hash of the presented token.
        attempt: The key of the request, if it has one.
        settings: Says whether money is real.
        gateway: To Stripe.
        render: Makes the answer from how the checkout stands then.

    Raises:
        UnknownCheckout: No checkout of that id opens with that token.
        CheckoutClosed: It was completed.
        PaymentProviderUnavailable: The bags stay held until Stripe has answered; try again.
    """

    def ask(session: Session, claim: idempotency.Claim) -> str:
        payment = _ask(session, checkout_id, token_hash)
        idempotency.remember(session, claim, subject=payment)
        return payment

    def close(payment: str) -> None:
        if payment:
            settlement.close(UUID(payment), settings, gateway)

    def answer(session: Session, _claim: idempotency.Claim, _closed: None) -> Answer:
        return render(session)

    return repeats.in_two_steps(attempt, first=ask, again=str, between=close, last=answer)


def _ask(session: Session, checkout_id: UUID, token_hash: str) -> str:
    """Note that a checkout is given up; return the id of the payment to close, or nothing."""
    found, _cart = lock(session, checkout_id, token_hash)
    if found.stage == "completed":
        raise CheckoutClosed("The checkout is completed.", checkout_status=found.stage)
    if found.stage == "open":
        found.stage = "canceled"
    if found.stage != "completing":
        return ""
    number = session.scalars(
        select(Order.number).where(Order.checkout_id == Checkout.id, Checkout.id == checkout_id)
    ).one()
    payment = latest_payment(session, number)
    # The wish is kept: whoever hears first that the payment is closed ends the order so.
    payment.cancel_asked = True
    return str(payment.id)
