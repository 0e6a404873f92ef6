"""The offer: a variant with its price in a market and the pieces that can be bought there.

Lists, filters and facets ask in SQL (:func:`charged_in`, :func:`available_in`), pages and carts in
Python (:class:`Offer`); ``tests/discovery/test_offers_agree.py`` holds the two to the same answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, case, select
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload
from sqlalchemy.sql.base import ExecutableOption

from shop.catalogue.models import HardwareSet, HardwareSetItem, Product, Variant
from shop.catalogue.publishing import published
from shop.inventory.queries import pieces_of
from shop.kit.money import Money
from shop.media.models import VariantImage
from shop.media.queries import Picture, drawing_of, given, given_pictures, parts_seen
from shop.pricing.models import Market, Price
from shop.pricing.queries import charged_for, price_held


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
        is_published: Whether the shop shows it now; only what a cart holds already is read when not.
        images: What it looks like; of an offer that is read complete.
    """

    variant: Variant
    market: Market
    list_minor: int | None
    sale_minor: int | None
    price_is_illustrative: bool | None
    pieces: int
    is_published: bool
    images: Sequence[Picture] = ()

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

        ``not_for_sale`` (archive, retired, not published), ``not_priced_in_market`` or ``sold_out``.
        """
        variant = self.variant
        if not self.is_published:
            return "not_for_sale"
        if variant.is_retired or not variant.sellable or not variant.product.sellable:
            return "not_for_sale"
        if self.list_minor is None:
            return "not_priced_in_market"
        return None if self.pieces > 0 else "sold_out"

    @property
    def available(self) -> int:
        """Whole pieces that can be bought now."""
        return self.pieces if self.unavailable_because is None else 0


def charged_in(market: Market) -> ColumnElement[int | None]:
    """Return what a :class:`Variant` costs in a market, NULL where it has no price there.

    A column of statements on variants and their products, looked up for each row they come to.
    """
    for_sale = and_(Variant.sellable, Product.sellable)
    return case((for_sale, charged_for(Variant.id, market)))


def available_in(market: Market) -> ColumnElement[int]:
    """Return the pieces of a :class:`Variant` that can be bought in a market now.

    A column of statements on variants and their products, looked up for each row they come to.
    """
    for_sale = and_(Variant.sellable, Product.sellable, charged_for(Variant.id, market).is_not(None))
    return case((for_sale, pieces_of(Variant.id)), else_=0)


def _offers(
    market: Market | type[Market],
    which: ColumnElement[bool],
    *,
    complete: bool,
    among: FromClause | type[Variant] = Variant,
) -> Select[Variant, int | None, int | None, bool | None, int, bool]:
    """Return the statement of some offers.

    Args:
        market: Where they are offered; the class itself: in the one that ``among`` joins.
        which: Variants. Of their own columns, and not by ``IN (SELECT ...)``: among so many joins
            PostgreSQL would look at that last, with the price of every variant there is.
        complete: Whether to load what only a page of its own shows.
        among: What the variants are joined to. The first in its order: among so many joins
            PostgreSQL keeps to ours.
    """
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
            Price.amount_minor,
            Price.sale_amount_minor,
            Price.is_illustrative,
            # Looked up for the variants asked for, and not added up for all there are.
            pieces_of(Variant.id),
            published(Product),
        )
        .select_from(among)
        .join(Variant.product)
        .outerjoin(Price, Price.id == price_held(Variant.id, market))
        .where(which)
        .options(*options)
    )


def offers_of_product(session: Session, market: Market, product_id: int) -> list[Offer]:
    """Read the offers of a product that is shown, in the editor's order, retired ones left out."""
    shown = and_(Variant.product_id == product_id, Variant.is_retired.is_(False))
    rows = session.execute(_pictured(market, shown).order_by(Variant.position, Variant.id))
    return [_with_images(row, market) for row in rows]


def offer_of_sku(session: Session, market: Market, sku: str, *, complete: bool = True) -> Offer | None:
    """Read the offer of one variant, retired or not; None when no such SKU is published."""
    one = and_(Variant.sku == sku, published(Product))
    if not complete:
        plain = session.execute(_offers(market, one, complete=False)).one_or_none()
        return None if plain is None else _offer(plain, market)
    row = session.execute(_pictured(market, one)).one_or_none()
    return None if row is None else _with_images(row, market)


def offers_by_id(session: Session, market: Market, variant_ids: Iterable[int]) -> dict[int, Offer]:
    """Read offers by variant id, retired, published or not, as a cart's line shows them."""
    ids = list(variant_ids)
    rows = session.execute(_offers(market, Variant.id.in_(ids), complete=False))
    return {row[0].id: _offer(row, market) for row in rows}


def offers_beside(
    session: Session,
    among: FromClause,
    which: ColumnElement[bool],
    order: Sequence[ColumnElement[Any]],
    *columns: Any,
    market: Market | None = None,
) -> list[tuple[Any, ...]]:
    """Read offers in one statement with what they are joined to, as a cart's lines show them.

    Args:
        session: To read with.
        among: A join of :class:`Variant` with other tables.
        which: Rows of it.
        order: Of the rows.
        *columns: What else to read of it.
        market: Where the variants are offered; None: in the :class:`Market` of the join, which is
            then the first of ``columns``.

    Returns:
        The offer and the columns of each row.
    """
    offers = _offers(market or Market, which, complete=False, among=among)
    rows = session.execute(offers.add_columns(*columns).order_by(*order)).all()
    size = len(offers.column_descriptions)
    return [(_offer(row[:size], market or row[size]), *row[size:]) for row in rows]


def _pictured(market: Market, which: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """Return the statement of some offers, complete, with what they look like."""
    pictured = given(VariantImage, Variant.id)
    return _offers(market, which, complete=True).add_columns(pictured, *parts_seen())


def _with_images(row: Any, market: Market) -> Offer:
    *plain, pictured, mirror, handle, strap = row
    parts = {"mirror": mirror, "handle": handle, "strap": strap}
    images = given_pictures(pictured) or [drawing_of(plain[0], parts)]
    return replace(_offer(plain, market), images=images)


def _offer(row: Any, market: Market) -> Offer:
    variant, *amounts_and_pieces = row
    return Offer(variant, market, *amounts_and_pieces)
