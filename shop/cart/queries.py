"""Reads of a cart with today's prices, and of what changed since the shopper looked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, and_, select
from sqlalchemy.orm import Session, join

from shop.cart.errors import UnknownCart
from shop.cart.messages import Message, Severity
from shop.cart.models import Cart, CartLine
from shop.catalogue.models import Variant
from shop.discovery.offers import Offer, offers_beside
from shop.kit.money import Money
from shop.pricing.breakdown import Breakdown, LineInput, PricedLine, TaxRule, price
from shop.pricing.models import Market, ShippingMethod


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a cart as it stands now.

    Attributes:
        offer: The variant with its price and availability.
        quantity: Pieces the shopper wants.
        seen_minor: Price of a piece when the shopper last set the line.
        priced: What the line adds to the total; None where it cannot be bought.
    """

    offer: Offer
    quantity: int
    seen_minor: int
    priced: PricedLine | None


@dataclass(frozen=True, slots=True)
class PricedCart:
    """A cart at today's prices."""

    cart: Cart
    market: Market
    lines: Sequence[Line]
    breakdown: Breakdown
    messages: Sequence[Message]

    @property
    def blocked(self) -> bool:
        """Whether something must be solved before the cart can be paid."""
        return not self.lines or any(message.severity is Severity.ERROR for message in self.messages)


def tax_rule(market: Market) -> TaxRule:
    """Return how a market taxes."""
    return TaxRule(market.tax_rate_ppm, market.prices_include_tax)


def priced_cart(
    session: Session, cart_id: UUID, token_hash: str, *, shipping_minor: int | None = None
) -> PricedCart:
    """Read a cart with today's prices.

    Args:
        session: To read with.
        cart_id: From the address; proves nothing.
        token_hash: Hash of the presented token.
        shipping_minor: Cost of the chosen shipping, None while none is chosen.

    Raises:
        UnknownCart: No cart of that id opens with that token.
    """
    row = session.execute(
        select(Cart, Market)
        .join(Market, Market.code == Cart.market_code)
        .where(Cart.id == cart_id, Cart.token_hash == token_hash)
    ).one_or_none()
    if row is None:
        raise UnknownCart
    cart, market = row
    among, which, order = _lines(cart_id)
    stored = offers_beside(session, among, which, order, CartLine, market=market)
    return _price(cart, market, stored, shipping_minor)


def cart_sent(session: Session, cart: Cart, slug: str | None) -> tuple[PricedCart, ShippingMethod | None]:
    """Read a cart with today's prices and its shipping, in one statement.

    Args:
        session: To read with.
        cart: Read just now, or locked.
        slug: Of the chosen shipping, None while none is chosen.

    Returns:
        The cart, and the chosen shipping where its market has it.
    """
    way = and_(
        ShippingMethod.market_code == cart.market_code,
        ShippingMethod.slug == slug,
        ShippingMethod.is_retired.is_(False),
    )
    among, which, order = _lines(cart.id)
    among = among.join(Market, Market.code == cart.market_code).outerjoin(ShippingMethod, way)
    rows = offers_beside(session, among, which, order, Market, ShippingMethod, CartLine)
    if rows:
        _, market, chosen, _ = rows[0]
    else:
        market = session.get_one(Market, cart.market_code)
        chosen = session.scalar(select(ShippingMethod).where(way))
    stored = [(offer, line) for offer, _, _, line in rows]
    return _price(cart, market, stored, chosen.amount_minor if chosen else None), chosen


def _lines(cart_id: UUID) -> tuple[FromClause, ColumnElement[bool], Sequence[ColumnElement[Any]]]:
    """Return the lines of a cart joined with their variants, and their order."""
    among = join(CartLine, Variant, Variant.id == CartLine.variant_id)
    return among, CartLine.cart_id == cart_id, [CartLine.position.expression, CartLine.variant_id.expression]


def _price(
    cart: Cart, market: Market, stored: Sequence[tuple[Any, ...]], shipping_minor: int | None
) -> PricedCart:
    inputs = [
        LineInput(offer.variant.sku, line.quantity, offer.list_minor, offer.sale_minor)
        for offer, line in stored
        if offer.list_minor is not None and offer.unavailable_because != "not_for_sale"
    ]
    breakdown = price(inputs, tax_rule(market), shipping_minor=shipping_minor)
    priced = {line.key: line for line in breakdown.lines}
    lines = [
        Line(offer, line.quantity, line.seen_minor, priced.get(offer.variant.sku)) for offer, line in stored
    ]
    messages = [message for index, line in enumerate(lines) for message in _messages(line, index)]
    if not lines:
        messages.append(Message("cart_empty", Severity.ERROR, "/lines", "The cart is empty."))
    if market.tax_rate_ppm is None:
        text = "Sales tax depends on the place of delivery and is not computed; it is not in the total."
        messages.append(Message("tax_not_calculated", Severity.INFO, "/totals", text))
    return PricedCart(cart, market, lines, breakdown, messages)


def _messages(line: Line, index: int) -> list[Message]:
    """Return what the shopper must know of a line."""
    offer, path = line.offer, f"/lines/{index}"
    sku = {"sku": offer.variant.sku}
    because = offer.unavailable_because
    if because == "not_for_sale":
        return [Message(because, Severity.ERROR, path, "This bag is no longer sold.", sku)]
    if because == "not_priced_in_market":
        return [Message(because, Severity.ERROR, path, "This bag has no price in this market.", sku)]
    found = []
    now = offer.price
    if now is not None and now.amount != line.seen_minor:
        before = Money(line.seen_minor, now.currency)
        facts = {**sku, "before": before.as_json(), "after": now.as_json()}
        text = f"The price of a piece changed from {before} to {now}."
        found.append(Message("price_changed", Severity.WARNING, f"{path}/unit_price", text, facts))
    if offer.available < line.quantity:
        left = offer.available
        text = "Sold out." if left == 0 else f"Only {left} left."
        code = "sold_out" if left == 0 else "fewer_available"
        stock = {**sku, "available": left}
        found.append(Message(code, Severity.ERROR, f"{path}/quantity", text, stock))
    return found
