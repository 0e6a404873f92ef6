"""Telling buyers that they came too late, without a place in the queue of those who did not."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from shop.cart.models import Cart, CartLine
from shop.catalogue.models import Variant
from shop.checkout.models import Checkout
from shop.inventory.errors import OutOfStock
from shop.inventory.queries import pieces_of, shortage
from shop.kit import idempotency


def refuse_sold_out(
    session: Session, checkout_id: UUID, token_hash: str, attempt: idempotency.Attempt
) -> None:
    """Refuse a checkout that is complete but for its stock, from reads alone.

    When a thousand buyers reach for fifty bags, 950 would wait for the write lock only to hear
    that nothing is left, and hold up the fifty meanwhile. Whoever passes here may still come too
    late: only the hold itself decides.

    Args:
        session: To read with.
        checkout_id: From the address; proves nothing.
        token_hash: Hash of the presented token.
        attempt: The key of the request. A repeat must meet its own answer and not the empty
            shelf that its first run left, so a key that is known is let through.

    Raises:
        OutOfStock: Of the first line that falls short; nothing was written.
    """
    short = session.execute(
        select(Variant.sku, Variant.id, CartLine.quantity)
        .join(CartLine, CartLine.variant_id == Variant.id)
        .join(Cart, Cart.id == CartLine.cart_id)
        .join(Checkout, Checkout.cart_id == Cart.id)
        .where(
            Checkout.id == checkout_id,
            Cart.token_hash == token_hash,
            # What else is missing is told with the rest of it, by the full look.
            Checkout.stage == "open",
            Checkout.email.is_not(None),
            Checkout.shipping_address.is_not(None),
            Checkout.shipping_option.is_not(None),
            pieces_of(Variant.id) < CartLine.quantity,
        )
        .order_by(CartLine.position)
        .limit(1)
    ).one_or_none()
    if short is None or idempotency.is_known(session, attempt):
        return
    refusal = shortage(session, *short)
    if isinstance(refusal, OutOfStock):
        raise refusal
