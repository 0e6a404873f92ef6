"""Reads of a checkout with its cart at today's prices and what is still missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from shop.cart.messages import Message, Severity
from shop.cart.models import Cart
from shop.cart.queries import PricedCart, cart_sent, priced_cart
from shop.checkout.errors import UnknownCheckout
from shop.checkout.models import Checkout
from shop.checkout.states import Status, status_of
from shop.kit.money import Money
from shop.orders.models import Order
from shop.orders.queries import OrderWithPayment, latest_payment
from shop.pricing.models import ShippingMethod
from shop.pricing.queries import shipping_methods


@dataclass(frozen=True, slots=True)
class CheckoutNow:
    """A checkout as it stands now.

    Attributes:
        priced: Its cart at today's prices, with the chosen shipping.
        chosen: The chosen shipping, None while none is.
        options: The ways to send the parcel.
        placed: The order it became, if it did.
    """

    checkout: Checkout
    priced: PricedCart
    chosen: ShippingMethod | None
    options: Sequence[ShippingMethod]
    placed: OrderWithPayment | None
    messages: Sequence[Message]

    @property
    def status(self) -> Status:
        """The status that callers see."""
        return status_of(self.checkout.stage, self.messages)

    @property
    def ready(self) -> bool:
        """Whether nothing is missing."""
        return status_of("open", self.messages) == "ready"

    @property
    def price_changed(self) -> bool:
        """Whether a line costs something else than the shopper was told."""
        return any(message.code == "price_changed" for message in self.priced.messages)


def checkout(session: Session, checkout_id: UUID, token_hash: str) -> CheckoutNow:
    """Read a checkout for whoever holds its cart's token.

    Raises:
        UnknownCheckout: No checkout of that id opens with that token.
    """
    found = session.scalar(
        select(Checkout)
        .join(Cart, Cart.id == Checkout.cart_id)
        .where(Checkout.id == checkout_id, Cart.token_hash == token_hash)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise UnknownCheckout
    return as_it_stands(session, found, token_hash)


def live_checkout(session: Session, cart_id: UUID, token_hash: str) -> CheckoutNow | None:
    """Read the checkout of a cart that is open or being paid, None where there is none.

    Args:
        session: To read with.
        cart_id: Proves nothing.
        token_hash: Hash of the presented token.
    """
    found = session.scalar(
        select(Checkout)
        .join(Cart, Cart.id == Checkout.cart_id)
        .where(
            Checkout.cart_id == cart_id,
            Cart.token_hash == token_hash,
            Checkout.stage.in_(("open", "completing")),
        )
        .execution_options(populate_existing=True)
    )
    return None if found is None else as_it_stands(session, found, token_hash)


def as_it_stands(session: Session, found: Checkout, token_hash: str) -> CheckoutNow:
    """Read what belongs to a checkout that was read just now, or is locked.

    Raises:
        UnknownCart: Its cart does not open with that token.
    """
    cart = session.get_one(Cart, found.cart_id)
    options = shipping_methods(session, cart.market_code)
    chosen = next((each for each in options if each.slug == found.shipping_option), None)
    priced = priced_cart(
        session, found.cart_id, token_hash, shipping_minor=chosen.amount_minor if chosen else None
    )
    placed = _placed(session, found)
    messages = _messages(found, priced, chosen) if found.stage == "open" else []
    return CheckoutNow(found, priced, chosen, options, placed, messages)


def to_be_paid(session: Session, found: Checkout, cart: Cart) -> CheckoutNow:
    """Read what an order of a checkout freezes, with what is still missing for one.

    Args:
        session: From ``transaction()``.
        found: The checkout, locked.
        cart: Its cart, locked.
    """
    priced, chosen = cart_sent(session, cart, found.shipping_option)
    return CheckoutNow(found, priced, chosen, [], None, _messages(found, priced, chosen))


def _placed(session: Session, found: Checkout) -> OrderWithPayment | None:
    if found.stage == "open":
        return None
    order = session.scalar(
        select(Order)
        .where(Order.checkout_id == found.id)
        .order_by(Order.created_at.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    )
    return None if order is None else OrderWithPayment(order, latest_payment(session, order.number))


def _messages(found: Checkout, priced: PricedCart, chosen: ShippingMethod | None) -> list[Message]:
    """Return what is missing or must be known before this can be paid."""
    missing = [
        ("email", found.email, "An e-mail address is needed."),
        ("shipping_address", found.shipping_address, "Where the parcel goes is needed."),
        ("shipping_option", chosen, "How the parcel goes is needed."),
    ]
    messages = [*priced.messages]
    messages += [
        Message(f"missing_{name}", Severity.ERROR, f"/{name}", text)
        for name, value, text in missing
        if value is None
    ]
    total = priced.breakdown.total
    changed = any(message.code == "price_changed" for message in priced.messages)
    if changed or (found.quoted_minor is not None and found.quoted_minor != total):
        currency = priced.market.currency
        before = found.quoted_minor if found.quoted_minor is not None else total
        text = "The total changed. Show it to the shopper; an empty PATCH accepts it."
        facts = {"before": Money(before, currency).as_json(), "after": Money(total, currency).as_json()}
        messages.append(Message("total_changed", Severity.ERROR, "/totals", text, facts))
    return messages
