"""Opening a checkout, filling it in, and giving it up before anything was ordered."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, select
from sqlalchemy import update as change
from sqlalchemy.orm import Session

from shop.cart import service as carts
from shop.cart.errors import CartFrozen
from shop.cart.models import Cart
from shop.checkout import addresses, queries
from shop.checkout.errors import CheckoutClosed, UnknownCheckout
from shop.checkout.models import Checkout
from shop.kit.clock import database_now
from shop.kit.db import retries_conflicts, transaction
from shop.kit.problems import InvalidRequest
from shop.pricing.models import Market
from shop.pricing.queries import shipping_methods

_COPIED = ("email", "shipping_address", "billing_address", "shipping_option")


def open_checkout(session: Session, cart_id: UUID, token_hash: str) -> tuple[UUID, bool]:
    """Open the checkout of a cart, or find the one that is open; return its id and whether it is new.

    What an earlier checkout of the cart knew (address, e-mail) is taken over.

    Args:
        session: From the transaction that stores the answer.
        cart_id: The cart.
        token_hash: Hash of the presented token.

    Raises:
        UnknownCart: No cart of that id opens with that token.
        CartFrozen: It was ordered already.
    """
    cart = carts.lock(session, cart_id, token_hash)
    if cart.status == "ordered":
        raise CartFrozen(cart_status=cart.status)
    earlier = session.scalars(
        select(Checkout).where(Checkout.cart_id == cart_id).order_by(Checkout.created_at.desc()).limit(1)
    ).first()
    if earlier is not None and earlier.stage in ("open", "completing"):
        return earlier.id, False
    moment = session.scalars(select(database_now())).one()
    known = {name: getattr(earlier, name) for name in _COPIED} if earlier else {}
    found = Checkout(id=uuid4(), cart_id=cart_id, created_at=moment, updated_at=moment, **known)
    session.add(found)
    session.flush()
    _quote(session, found, token_hash)
    return found.id, True


@retries_conflicts
def update(checkout_id: UUID, token_hash: str, changes: dict[str, Any]) -> None:
    """Fill in a checkout; no change at all accepts today's prices and total.

    Args:
        checkout_id: From the address; proves nothing.
        token_hash: Hash of the presented token.
        changes: Any of ``email``, ``shipping_address``, ``billing_address``, ``shipping_option``.

    Raises:
        UnknownCheckout: No checkout of that id opens with that token.
        CheckoutClosed: It was completed, canceled or has expired.
        InvalidAddress: An address breaks the rules of its country.
        InvalidRequest: The market has no such shipping option.
    """
    with transaction() as session:
        found, cart = lock(session, checkout_id, token_hash)
        require_open(found)
        market = session.get_one(Market, cart.market_code)
        for name, value in changes.items():
            setattr(found, name, _checked(session, market, name, value))
        session.flush()
        now = queries.as_it_stands(session, found, token_hash)
        if not changes:
            prices = {
                line.offer.variant.id: line.offer.price.amount
                for line in now.priced.lines
                if line.offer.price
            }
            carts.acknowledge_prices(session, cart.id, prices)
        if not changes or not now.price_changed:
            found.quoted_minor = now.priced.breakdown.total
        found.version += 1
        found.updated_at = session.scalars(select(database_now())).one()


def lock(session: Session, checkout_id: UUID, token_hash: str) -> tuple[Checkout, Cart]:
    """Lock a checkout and its cart, the cart first, for the rest of the transaction.

    Raises:
        UnknownCheckout: No checkout of that id opens with that token.
    """
    row = session.execute(
        select(Cart, Checkout)
        .join(Checkout, Checkout.cart_id == Cart.id)
        .where(Checkout.id == checkout_id, Cart.token_hash == token_hash)
        # PostgreSQL locks the rows of a result in this order.
        .with_for_update(of=(Cart, Checkout))
    ).one_or_none()
    if row is None:
        raise UnknownCheckout
    cart, found = row
    return found, cart


def begin_paying(
    session: Session, checkout_id: UUID, token_hash: str, *, return_url: str | None
) -> tuple[Checkout, Cart, datetime]:
    """Take an open checkout and its cart for an order, which locks them, the cart first.

    Each is moved and read in one statement. Where it must not be ordered after all, the caller
    rolls back.

    Args:
        session: From ``transaction()``.
        checkout_id: From the address; proves nothing.
        token_hash: Hash of the presented token.
        return_url: Page to send the shopper back to, None for the shop's.

    Returns:
        Both, and the database's moment when they were locked.

    Raises:
        UnknownCheckout: No checkout of that id opens with that token.
        CheckoutClosed: It was completed, canceled or has expired.
    """
    its_cart = select(Checkout.cart_id).where(Checkout.id == checkout_id).scalar_subquery()
    cart = session.scalar(
        change(Cart)
        .where(Cart.id == its_cart, Cart.token_hash == token_hash)
        .values(status="paying")
        .returning(Cart)
        .execution_options(synchronize_session=False)
    )
    if cart is None:
        raise UnknownCheckout
    taken = session.execute(
        change(Checkout)
        .where(Checkout.id == checkout_id, *_still_open())
        .values(stage="completing", return_url=return_url)
        .returning(Checkout, database_now())
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if taken is None:
        stage = session.scalars(select(Checkout.stage).where(Checkout.id == checkout_id)).one()
        raise _closed(stage)
    found, moment = taken
    return found, cart, moment


def _still_open() -> list[ColumnElement[bool]]:
    return [Checkout.stage == "open"]


def require_open(found: Checkout) -> None:
    """Refuse what only an open checkout allows.

    Raises:
        CheckoutClosed: It was completed, canceled or has expired.
    """
    if found.stage != "open":
        raise _closed(found.stage)


def _closed(stage: str) -> CheckoutClosed:
    return CheckoutClosed(f"The checkout is {stage}.", checkout_status=stage)


def _quote(session: Session, found: Checkout, token_hash: str) -> None:
    now = queries.as_it_stands(session, found, token_hash)
    found.quoted_minor = now.priced.breakdown.total


def _checked(session: Session, market: Market, name: str, value: Any) -> Any:
    if name == "shipping_address" and value is not None:
        return addresses.checked(value, countries=market.countries, pointer="/shipping_address")
    if name == "billing_address" and value is not None:
        return addresses.checked(value, countries=None, pointer="/billing_address")
    if name == "shipping_option" and value is not None:
        known = [each.slug for each in shipping_methods(session, market.code)]
        if value not in known:
            detail = f"There is no shipping option {value!r} in {market.code}; there is {', '.join(known)}."
            raise InvalidRequest(errors=[{"pointer": "/shipping_option", "detail": detail}])
    return value
