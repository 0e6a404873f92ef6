"""Reads of markets and of what holds there now."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased, selectinload

from shop.config import current_settings
from shop.kit.clock import moment_or_now
from shop.kit.pages import Key, Page, fetch
from shop.pricing.errors import UnknownMarket
from shop.pricing.models import Market, Price, ShippingMethod

T = TypeVar("T")


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


def market_or_default(session: Session, code: str | None) -> Market:
    """Read the market that a request names, the shop's own where it names none.

    Raises:
        UnknownMarket: The shop does not sell there.
    """
    return market(session, code or current_settings().default_market)


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


def price_held(
    variant_id: InstrumentedAttribute[int], where: Market | type[Market], *, at: datetime | None = None
) -> ColumnElement[int | None]:
    """Return the id of the :class:`Price` of a variant in a market, as a column of another statement.

    NULL where it has none. A price of the market itself goes before the currency's, a later one
    before an earlier one. Looked up for the rows asked for.

    Args:
        variant_id: Column of the other statement.
        where: The market; the class itself: the one that the other statement reads.
        at: Another moment than now, in UTC.
    """
    # A table of its own: the other statement may join prices by what this finds.
    price = aliased(Price)
    return _first(select(price.id), price, variant_id, where, at)


def charged_for(variant_id: InstrumentedAttribute[int], where: Market) -> ColumnElement[int | None]:
    """Return what one variant costs in a market now, as a column of another statement; NULL: no price.

    What the price of :func:`price_held` says, the sale amount where there is one.
    """
    price = aliased(Price)
    charged = func.coalesce(price.sale_amount_minor, price.amount_minor)
    return _first(select(charged), price, variant_id, where, None)


def _first(
    wanted: Select[T],
    price: type[Price],
    variant_id: InstrumentedAttribute[int],
    where: Market | type[Market],
    at: datetime | None,
) -> ColumnElement[T | None]:
    return (
        wanted.where(price.variant_id == variant_id, *_asked_in(price, where), _holds(price, at))
        .order_by(price.market_code.is_(None), price.valid_from.desc())
        .limit(1)
        .scalar_subquery()
    )


def _asked_in(price: type[Price], where: Market | type[Market]) -> list[ColumnElement[bool]]:
    """Return the conditions that a price counts in a market, whenever it holds."""
    return [
        price.currency == where.currency,
        or_(price.market_code.is_(None), price.market_code == where.code),
    ]


def _holds(price: type[Price], at: datetime | None) -> ColumnElement[bool]:
    moment = moment_or_now(at)
    return and_(price.valid_from <= moment, or_(price.valid_to.is_(None), price.valid_to > moment))


def charged_at(where: Market, at: datetime, first: int, end: int) -> Select[int, int]:
    """Return what variants cost in a market at a moment: their ids and amounts.

    By the same rule as :func:`charged_for`, for many at a time: several rows of one variant stand
    in the order in which a later one goes before an earlier one.

    Args:
        where: The market.
        at: In UTC.
        first: The least id of a variant.
        end: Behind the greatest.
    """
    return (
        select(Price.variant_id, func.coalesce(Price.sale_amount_minor, Price.amount_minor))
        .where(Price.variant_id >= first, Price.variant_id < end, *_asked_in(Price, where), _holds(Price, at))
        .order_by(Price.market_code.is_not(None), Price.valid_from)
    )


def next_change_of_prices(where: Market, after: datetime) -> Select[datetime | None]:
    """Return when the next price in a market begins or ends, as a statement of its own."""
    moment = moment_or_now(after)
    ends = (
        select(func.min(end).label("change")).where(end > moment, *_asked_in(Price, where))
        for end in (Price.valid_from, Price.valid_to)
    )
    return select(func.min(union_all(*ends).subquery().c.change))


def shipping_methods(session: Session, market_code: str) -> list[ShippingMethod]:
    """Read the ways to send a parcel in a market, in their order."""
    return list(
        session.scalars(
            select(ShippingMethod)
            .where(ShippingMethod.market_code == market_code, ShippingMethod.is_retired.is_(False))
            .order_by(ShippingMethod.position)
        )
    )


def next_price(session: Session, after: datetime) -> datetime | None:
    """Read when the next price begins to hold or ends; None: no such moment is known."""
    columns = (Price.valid_from, Price.valid_to)
    found = session.execute(select(*(func.min(case((at > after, at))) for at in columns))).one()
    return min((at for at in found if at is not None), default=None)
