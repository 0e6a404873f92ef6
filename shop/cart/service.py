"""Opening a cart and saying how many pieces of what it holds."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from shop.cart.errors import (
    CartFrozen,
    NotForSale,
    NotPricedHere,
    QuantityOverLimit,
    TooManyLines,
    UnknownCart,
    UnknownVariant,
)
from shop.cart.models import Cart, CartLine
from shop.catalogue.models import Product, Variant
from shop.catalogue.publishing import published
from shop.discovery.offers import Offer, offer_of_sku
from shop.inventory.queries import shortage
from shop.kit.clock import database_now
from shop.kit.db import retries_conflicts, transaction
from shop.kit.tokens import hashed
from shop.pricing.models import Market
from shop.pricing.queries import market as read_market


def open_cart(session: Session, *, market: str, token: str) -> UUID:
    """Open an empty cart in a market.

    Args:
        session: From the transaction that stores the answer.
        market: Code of the market; decides the currency for good.
        token: The secret that will open the cart; only its hash is kept.

    Raises:
        UnknownMarket: The shop does not sell there.
    """
    where = read_market(session, market, where={"pointer": "/market"})
    moment = session.scalars(select(database_now())).one()
    cart = Cart(token_hash=hashed(token), market_code=where.code, created_at=moment, updated_at=moment)
    session.add(cart)
    session.flush()
    return cart.id


def lock(session: Session, cart_id: UUID, token_hash: str) -> Cart:
    """Lock a cart for the rest of the transaction.

    Raises:
        UnknownCart: No cart of that id opens with that token.
    """
    found = session.scalar(
        select(Cart).where(Cart.id == cart_id, Cart.token_hash == token_hash).with_for_update()
    )
    if found is None:
        raise UnknownCart
    return found


@retries_conflicts
def set_line(
    cart_id: UUID, token_hash: str, *, sku: str, quantity: int, max_per_line: int, max_lines: int
) -> None:
    """Set how many pieces of a variant a cart holds, at the price of this moment.

    Nothing is held yet: two carts may hold the last piece, and the first to check out gets it.

    Raises:
        UnknownCart: No cart of that id opens with that token.
        CartFrozen: It is being paid for or was ordered.
        UnknownVariant: No such SKU is published.
        NotForSale: It is of the archive, or retired.
        NotPricedHere: It has no price in the cart's market.
        QuantityOverLimit: More than ``max_per_line`` pieces.
        TooManyLines: More than ``max_lines`` variants.
        OutOfStock: Fewer pieces remain.
    """
    with transaction() as session:
        cart = lock(session, cart_id, token_hash)
        _require_open(cart)
        offer = _buyable(session, cart, sku, quantity, max_per_line)
        assert offer.price is not None
        line = session.get(CartLine, (cart.id, offer.variant.id))
        if line is not None:
            line.quantity, line.seen_minor = quantity, offer.price.amount
        else:
            lines, last = session.execute(
                select(func.count(), func.coalesce(func.max(CartLine.position), 0)).where(
                    CartLine.cart_id == cart.id
                )
            ).one()
            if lines >= max_lines:
                raise TooManyLines(f"A cart holds at most {max_lines} different variants.", limit=max_lines)
            session.add(
                CartLine(
                    cart_id=cart.id,
                    variant_id=offer.variant.id,
                    position=last + 1,
                    quantity=quantity,
                    seen_minor=offer.price.amount,
                )
            )
        touch(session, cart)


@retries_conflicts
def remove_line(cart_id: UUID, token_hash: str, *, sku: str) -> None:
    """Take a variant out of a cart; taking out what is not in it changes nothing.

    Raises:
        UnknownCart: No cart of that id opens with that token.
        CartFrozen: It is being paid for or was ordered.
        UnknownVariant: No such SKU is published, nor in the cart from when it was.
    """
    with transaction() as session:
        cart = lock(session, cart_id, token_hash)
        _require_open(cart)
        held = exists().where(CartLine.cart_id == cart.id, CartLine.variant_id == Variant.id)
        variant_id = session.scalar(
            select(Variant.id)
            .join(Product, Product.id == Variant.product_id)
            .where(Variant.sku == sku, or_(published(Product), held))
        )
        if variant_id is None:
            raise UnknownVariant(f"There is no variant {sku!r}.", sku=sku)
        gone = session.execute(
            delete(CartLine).where(CartLine.cart_id == cart.id, CartLine.variant_id == variant_id)
        )
        if gone.rowcount:  # type: ignore[attr-defined]
            touch(session, cart)


def acknowledge_prices(session: Session, cart_id: UUID, prices: dict[int, int]) -> None:
    """Note the prices a shopper was shown and went on with.

    Args:
        session: From ``transaction()``.
        cart_id: A cart locked by the caller.
        prices: Minor units of a piece by variant id.
    """
    for variant_id, seen_minor in sorted(prices.items()):
        session.execute(
            update(CartLine)
            .where(CartLine.cart_id == cart_id, CartLine.variant_id == variant_id)
            .values(seen_minor=seen_minor)
        )


def touch(session: Session, cart: Cart) -> None:
    """Count a change of a cart."""
    cart.version += 1
    cart.updated_at = session.scalars(select(database_now())).one()


def _require_open(cart: Cart) -> None:
    if cart.status != "open":
        raise CartFrozen(cart_status=cart.status)


def _buyable(session: Session, cart: Cart, sku: str, quantity: int, max_per_line: int) -> Offer:
    """Read the offer of a variant, refusing it with the facts where it cannot be bought so."""
    market = session.get_one(Market, cart.market_code)
    offer = offer_of_sku(session, market, sku, complete=False)
    if offer is None:
        raise UnknownVariant(f"There is no variant {sku!r}.", sku=sku)
    because = offer.unavailable_because
    if because == "not_for_sale":
        raise NotForSale(sku=sku)
    if because == "not_priced_in_market":
        raise NotPricedHere(sku=sku, market=market.code, currency=market.currency)
    if quantity > max_per_line:
        detail = f"A cart holds at most {max_per_line} pieces of one variant."
        raise QuantityOverLimit(detail, sku=sku, limit=max_per_line, requested=quantity)
    if offer.available < quantity:
        raise shortage(session, sku, offer.variant.id, quantity)
    return offer
