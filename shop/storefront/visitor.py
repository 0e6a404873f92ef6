"""What a visitor's browser keeps: the cart of each market, and the orders placed with them.

The secrets stay in the cookie and are handed to the same services that the API calls.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, g
from sqlalchemy.orm import Session

from shop.cart import service as carts
from shop.cart.errors import UnknownCart
from shop.cart.queries import PricedCart, priced_cart
from shop.kit import idempotency, problems, repeats
from shop.kit.browser_sessions import Kept, find_kept, forget, keep, list_kept, protect_pages
from shop.kit.clock import clock
from shop.kit.db import db
from shop.kit.tokens import hashed
from shop.orders import queries as orders
from shop.storefront.blueprint import page_blueprint

#: Paths of the pages that know their visitor, as regular expressions.
PATHS = (r"/[a-z]{2}-[a-z]{2}/(bag|checkout|orders)(/|$)",)

_CART, _ORDER = "cart", "order"


@dataclass(frozen=True, slots=True)
class CartKey:
    """What opens a cart."""

    id: UUID
    token: str

    @property
    def token_hash(self) -> str:
        """Return the hash that the services compare."""
        return hashed(self.token)


def visitors_blueprint(name: str, *, tokenless: Sequence[str] = ()) -> Blueprint:
    """Return a blueprint of pages that are made for one visitor and stored by nobody.

    Args:
        name: Of the blueprint.
        tokenless: Views whose forms stand on pages that everybody is sent alike.
    """
    pages = page_blueprint(name)
    protect_pages(pages, refused=problems.respond, tokenless=tokenless)
    return pages


def cart_key() -> CartKey | None:
    """Return what opens the visitor's cart of this market; None where there is none yet."""
    kept = find_kept(_CART, g.locale.market)
    return CartKey(UUID(kept.id), kept.token) if kept else None


def current_cart() -> PricedCart | None:
    """Read the visitor's cart of this market at today's prices.

    None where there is none. One that was bought, or that is gone, is forgotten: the next bag goes
    into a new one.
    """
    key = cart_key()
    if key is None:
        return None
    try:
        found = priced_cart(db.session(), key.id, key.token_hash)
    except UnknownCart:
        found = None
    if found is None or found.cart.status == "ordered":
        forget(_CART, g.locale.market)
        return None
    return found


def open_cart() -> CartKey:
    """Open a cart in this market, which the visitor's browser keeps from now on."""
    market, token = g.locale.market, secrets.token_urlsafe(32)

    def work(session: Session, _claim: idempotency.Claim) -> Response:
        return Response(str(carts.open_cart(session, market=market, token=token)))

    opened = repeats.once(idempotency.Attempt(None, ""), work)
    key = CartKey(UUID(opened.get_data(as_text=True)), token)
    keep(_CART, market, Kept(str(key.id), token))
    return key


def keep_order(number: str, token: str) -> None:
    """Have the visitor's browser keep what opens an order."""
    keep(_ORDER, number, Kept(number, token))


def order_token(number: str) -> str | None:
    """Return the secret of an order that this visitor placed; None of any other."""
    kept = find_kept(_ORDER, number)
    return kept.token if kept else None


def placed_orders() -> list[str]:
    """Return the numbers of the orders that this browser placed, the latest first."""
    return [kept.id for kept in reversed(list_kept(_ORDER))]


def order_of(checkout_id: UUID) -> str | None:
    """Return the number of the order that a checkout became, where it is this visitor's."""
    hashes = [hashed(kept.token) for kept in list_kept(_ORDER)]
    return orders.number_of(db.session(), checkout_id, hashes)


def time_left(until: datetime) -> dict[str, Any]:
    """Return what a page says of a moment that comes: the moment, and the whole minutes until then."""
    return {"until": until, "minutes_left": max(int((until - clock.now()).total_seconds() // 60), 0)}


def is_of_cart(cart_id: UUID) -> bool:
    """Return whether a cart is the visitor's of this market."""
    key = cart_key()
    return key is not None and key.id == cart_id


def forget_cart(cart_id: UUID, market: str) -> None:
    """Forget a cart that was bought, unless the visitor has begun another there."""
    kept = find_kept(_CART, market)
    if kept is not None and kept.id == str(cart_id):
        forget(_CART, market)
