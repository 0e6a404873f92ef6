"""The offer: a variant with its price in a market and the pieces that can be bought there.

Lists and filters ask in SQL (:func:`offers_in`), pages and carts in Python (:class:`Offer`);
``tests/discovery/test_offers_agree.py`` holds the two to the same answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import CTE, Select, and_, case, func, select
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload
from sqlalchemy.sql.base import ExecutableOption

from shop.catalogue.models import HardwareSet, HardwareSetItem, Product, Variant
from shop.inventory.queries import availability
from shop.kit.money import Money
from shop.pricing.models import Market
from shop.pricing.queries import prices_in


@dataclass(frozen=True, slots=True)
class Offer:
    """A variant as it is offered in a market.

    Attributes:
        variant: The variant.
        market: Where it is offered.
        list_minor: List price in minor units of the market's currency; None: no price there.
        sale_minor: What it costs while on sale, else None.
        price_is_illustrative: Whether the amount was made up for the demonstration.
        pieces: Pieces in stock that nobody holds, whether or not they may be sold.
    """

    variant: Variant
    market: Market
    list_minor: int | None
    sale_minor: int | None
    price_is_illustrative: bool | None
    pieces: int

    @property
    def price(self) -> Money | None:
        """What a piece costs now."""
        amount = self.list_minor if self.sale_minor is None else self.sale_minor
        return None if amount is None else Money(amount, self.market.currency)

    @property
    def list_price(self) -> Money | None:
        """What a piece costs when it is not on sale."""
        return None if self.list_minor is None else Money(self.list_minor, self.market.currency)

    @property
    def unavailable_because(self) -> str | None:
        """Why it cannot be bought, None when it can.

        ``not_for_sale`` (archive, retired), ``not_priced_in_market`` or ``sold_out``.
        """
        variant = self.variant
        if variant.is_retired or not variant.sellable or not variant.product.sellable:
            return "not_for_sale"
        if self.list_minor is None:
            return "not_priced_in_market"
        return None if self.pieces > 0 else "sold_out"

    @property
    def available(self) -> int:
        """Whole pieces that can be bought now."""
        return self.pieces if self.unavailable_because is None else 0


def offers_in(market: Market) -> CTE:
    """Return every variant that is not retired with what it costs and how many can be bought.

    Columns: ``variant_id``, ``product_id``, ``charged_minor`` (NULL without a price there) and
    ``available``.
    """
    price, stock = prices_in(market), availability()
    buyable = and_(Variant.sellable, Product.sellable, price.c.charged_minor.is_not(None), stock.c.pieces > 0)
    return (
        select(
            Variant.id.label("variant_id"),
            Variant.product_id,
            case((and_(Variant.sellable, Product.sellable), price.c.charged_minor)).label("charged_minor"),
            case((buyable, stock.c.pieces), else_=0).label("available"),
        )
        .join(Product, Product.id == Variant.product_id)
        .outerjoin(price, price.c.variant_id == Variant.id)
        .outerjoin(stock, stock.c.variant_id == Variant.id)
        .where(Variant.is_retired.is_(False))
        .cte("offer")
    )


def _offers(market: Market, *, complete: bool) -> Select[Variant, int | None, int | None, bool | None, int]:
    """Return the statement of offers; ``complete`` loads what only a page of its own shows."""
    price, stock = prices_in(market), availability()
    hardware = joinedload(Variant.hardware)
    options: list[ExecutableOption] = [
        contains_eager(Variant.product).joinedload(Product.family),
        joinedload(Variant.material),
        joinedload(Variant.colour),
        hardware,
    ]
    if complete:
        options += [
            hardware.joinedload(HardwareSet.zip_pull),
            hardware.selectinload(HardwareSet.items).joinedload(HardwareSetItem.item),
            joinedload(Variant.lining),
            selectinload(Variant.details),
        ]
    return (
        select(
            Variant,
            price.c.amount_minor,
            price.c.sale_amount_minor,
            price.c.is_illustrative,
            func.coalesce(stock.c.pieces, 0),
        )
        .join(Variant.product)
        .outerjoin(price, price.c.variant_id == Variant.id)
        .outerjoin(stock, stock.c.variant_id == Variant.id)
        .options(*options)
    )


def offers_of_product(session: Session, market: Market, product_id: int) -> list[Offer]:
    """Read the offers of a product, in the editor's order, retired ones left out."""
    rows = session.execute(
        _offers(market, complete=True)
        .where(Variant.product_id == product_id, Variant.is_retired.is_(False))
        .order_by(Variant.position, Variant.id)
    )
    return [Offer(row[0], market, row[1], row[2], row[3], row[4]) for row in rows]


def offer_of_sku(session: Session, market: Market, sku: str, *, complete: bool = True) -> Offer | None:
    """Read the offer of one variant, retired or not; None when there is no such SKU."""
    row = session.execute(_offers(market, complete=complete).where(Variant.sku == sku)).one_or_none()
    return None if row is None else Offer(row[0], market, row[1], row[2], row[3], row[4])


def offers_by_id(session: Session, market: Market, variant_ids: Iterable[int]) -> dict[int, Offer]:
    """Read offers by variant id, retired or not, as a cart's line shows them."""
    rows = session.execute(_offers(market, complete=False).where(Variant.id.in_(list(variant_ids))))
    return {row[0].id: Offer(row[0], market, row[1], row[2], row[3], row[4]) for row in rows}
