"""Giving a checkout up, before or while it is paid."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from shop.checkout import settlement
from shop.checkout.errors import CheckoutClosed
from shop.checkout.models import Checkout
from shop.checkout.service import lock
from shop.config import Settings
from shop.kit.db import transaction
from shop.orders.models import Order
from shop.orders.queries import latest_payment
from shop.payments.gateway import StripeGateway


def cancel(checkout_id: UUID, token_hash: str, settings: Settings, gateway: StripeGateway) -> None:
    """Give a checkout up; while it is being paid, close the payment first.

    A payment that was made meanwhile wins: the checkout is then completed. Canceling what is
    canceled or expired changes nothing.

    Raises:
        UnknownCheckout: No checkout of that id opens with that token.
        CheckoutClosed: It was completed.
        PaymentProviderUnavailable: The bags stay held until Stripe has answered; try again.
    """
    with transaction() as session:
        found, _cart = lock(session, checkout_id, token_hash)
        if found.stage == "completed":
            raise CheckoutClosed("The checkout is completed.", checkout_status=found.stage)
        if found.stage == "open":
            found.stage = "canceled"
        if found.stage != "completing":
            return
        number = session.scalars(
            select(Order.number).where(Order.checkout_id == Checkout.id, Checkout.id == checkout_id)
        ).one()
        payment = latest_payment(session, number)
        # The wish is kept: whoever hears first that the payment is closed ends the order so.
        payment.cancel_asked = True
        payment_id = payment.id
    settlement.close(payment_id, settings, gateway)
