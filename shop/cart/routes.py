"""The cart over HTTP."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response
from sqlalchemy.orm import Session

from shop.cart import queries, service
from shop.cart.errors import (
    CartFrozen,
    NotForSale,
    NotPricedHere,
    QuantityOverLimit,
    TooManyLines,
    UnknownCart,
    UnknownVariant,
)
from shop.cart.schemas import CartView, LineQuantity, NewCart, NewCartView, cart_document
from shop.config import current_settings
from shop.inventory.errors import OutOfStock
from shop.kit import access, idempotency, repeats
from shop.kit.api import Blueprint, render
from shop.kit.db import db
from shop.kit.problems import InvalidRequest
from shop.kit.tokens import hashed, presented_hash
from shop.pricing.errors import UnknownMarket

carts = Blueprint("carts", __name__, url_prefix="/v1/carts", description="What one shopper means to buy.")


@carts.route("", methods=["POST"])
@carts.arguments(NewCart)
@carts.response(201, NewCartView)
@carts.refuses(UnknownMarket, InvalidRequest, idempotency.RequestInProgress)
@carts.takes_idempotency_key(required=False)
@access.public
def open_cart(body: dict[str, Any]) -> Response:
    """Open a cart in a market; the answer shows its token once."""

    def work(session: Session, claim: idempotency.Claim) -> Response:
        token = claim.secret()
        cart_id = service.open_cart(session, market=body["market"], token=token)
        priced = queries.priced_cart(session, cart_id, hashed(token))
        document = {**cart_document(priced), "token": token}
        return render(NewCartView, document, 201, location=f"/v1/carts/{cart_id}")

    return repeats.once(idempotency.read_attempt("open-cart", required=False), work)


@carts.route("/<uuid:cart_id>")
@carts.response(200, CartView)
@carts.refuses(UnknownCart)
@carts.private
@access.owner("cart")
def get_cart(cart_id: UUID) -> dict[str, Any]:
    """Read a cart at today's prices; `messages` tells what changed since it was filled."""
    return cart_document(queries.priced_cart(db.session(), cart_id, presented_hash()))


@carts.route("/<uuid:cart_id>/lines/<sku>", methods=["PUT"])
@carts.arguments(LineQuantity)
@carts.response(200, CartView)
@carts.refuses(
    UnknownCart,
    UnknownVariant,
    InvalidRequest,
    QuantityOverLimit,
    TooManyLines,
    CartFrozen,
    NotForSale,
    NotPricedHere,
    OutOfStock,
)
@carts.private
@access.owner("cart")
def set_line(body: dict[str, Any], cart_id: UUID, sku: str) -> dict[str, Any]:
    """Set how many pieces of one variant the cart holds."""
    settings = current_settings()
    service.set_line(
        cart_id,
        presented_hash(),
        sku=sku,
        quantity=body["quantity"],
        max_per_line=settings.max_per_line,
        max_lines=settings.max_lines,
    )
    return cart_document(queries.priced_cart(db.session(), cart_id, presented_hash()))


@carts.route("/<uuid:cart_id>/lines/<sku>", methods=["DELETE"])
@carts.response(200, CartView)
@carts.refuses(UnknownCart, UnknownVariant, CartFrozen)
@carts.private
@access.owner("cart")
def remove_line(cart_id: UUID, sku: str) -> dict[str, Any]:
    """Take a variant out of the cart."""
    service.remove_line(cart_id, presented_hash(), sku=sku)
    return cart_document(queries.priced_cart(db.session(), cart_id, presented_hash()))
