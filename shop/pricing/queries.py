"""Reads of markets and of what holds there now."""

from __future__ import annotations

from sqlalchemy import Subquery, func, or_, select
from sqlalchemy.orm import Session, selectinload

from shop.kit.clock import database_now
from shop.kit.pages import Key, Page, fetch
from shop.pricing.errors import UnknownMarket
from shop.pricing.models import Market, Price, ShippingMethod


def market(session: Session, code: str, *, where: dict[str, str] | None = None) -> Market:
    """Read one market.

    Args:
        session: To read with.
        code: As the caller wrote it.
        where: Location of the code in the request, e.g. ``{"parameter": "market"}``.

    Raises:
        UnknownMarket: The shop does not sell there.
    """
    found = session.get(Market, code)
    if found is None:
        known = list(session.scalars(select(Market.code).order_by(Market.position)))
        detail = f"The shop does not sell in {code!r}; it sells in {', '.join(known)}."
        errors = [{**(where or {"parameter": "market"}), "detail": "Unknown market."}]
        raise UnknownMarket(detail, market=code, known=known, errors=errors)
    return found


def markets(session: Session, *, limit: int, cursor: str | None) -> Page[Market]:
    """Read a page of markets with their duties."""
    query = select(Market, Market.position).options(selectinload(Market.duties))
    return fetch(
        session,
        query,
        [Key(Market.position)],
        limit=limit,
        cursor=cursor,
        of="markets",
        row=lambda row: row[0],
    )


def market_with_duties(session: Session, code: str) -> Market | None:
    """Read one market with its duties, None where the shop does not sell."""
    return session.scalar(select(Market).where(Market.code == code).options(selectinload(Market.duties)))


def prices_in(where: Market) -> Subquery:
    """Return the price of every variant that has one in a market now.

    Columns ``variant_id``, ``amount_minor``, ``sale_amount_minor`` and ``charged_minor`` (the
    sale amount where there is one). A price of the market itself goes before the
    currency's, a later one before an earlier one.
    """
    moment = database_now()
    rank = func.row_number().over(
        partition_by=Price.variant_id, order_by=(Price.market_code.is_(None), Price.valid_from.desc())
    )
    ranked = (
        select(
            Price.variant_id,
            Price.amount_minor,
            Price.sale_amount_minor,
            Price.is_illustrative,
            rank.label("rank"),
        )
        .where(
            Price.currency == where.currency,
            or_(Price.market_code.is_(None), Price.market_code == where.code),
            Price.valid_from <= moment,
            or_(Price.valid_to.is_(None), Price.valid_to > moment),
        )
        .subquery()
    )
    return (
        select(
            ranked.c.variant_id,
            ranked.c.amount_minor,
            ranked.c.sale_amount_minor,
            ranked.c.is_illustrative,
            func.coalesce(ranked.c.sale_amount_minor, ranked.c.amount_minor).label("charged_minor"),
        )
        .where(ranked.c.rank == 1)
        .subquery("price_now")
    )


def shipping_methods(session: Session, market_code: str) -> list[ShippingMethod]:
    """Read the ways to send a parcel in a market, in their order."""
    return list(
        session.scalars(
            select(ShippingMethod)
            .where(ShippingMethod.market_code == market_code, ShippingMethod.is_retired.is_(False))
            .order_by(ShippingMethod.position)
        )
    )
