"""Places for rows that come between others, made without reading those."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, func, select, tuple_, update

from shop.catalogue.models import Family, Product
from shop.seeding import kinds
from shop.seeding.build.products import ROLES
from shop.seeding.kinds import RETIRED_PLACES, Kind

#: Rows that stand too close move on by so many places: the next ones to come find some free.
ROOM = 1_000


@dataclass(frozen=True)
class Room:
    """Free places.

    Attributes:
        first: Of them.
        moved_from: Rows from this place on moved on by ``ROOM``; None: none did.
    """

    first: int
    moved_from: int | None = None


def room_behind(connection: Connection, kind: Kind, section: Any, number: int, *, after: int) -> Room:
    """Find or make free places behind the last row of a section.

    Rows of later sections move on where they stand too close. In their order, which is all that
    places are for, that changes nothing.

    Args:
        connection: In the transaction that writes, with every other writer of the catalogue kept out.
        kind: Whose rows, each with a place of its own among all of them.
        section: What :func:`~shop.seeding.build.products.rank_of` says of a product; all rows of any
            other kind are in one.
        number: Of places, at most ``ROOM``: a request writes no more entries.
        after: Places until here were given to others.
    """
    place = kind.table.c.position
    last = select(func.max(place)).where(place < RETIRED_PLACES)
    if kind is kinds.PRODUCT:
        last = last.join_from(kind.table, Family, Family.id == Product.family_id, isouter=True)
        last = last.where(tuple_(*_section_of_product()) <= tuple_(*map(int, section)))
    first = max(connection.execute(last).scalar_one() or 0, after) + 1
    behind = select(func.min(place)).where(place >= first, place < RETIRED_PLACES)
    following: int | None = connection.execute(behind).scalar_one()
    if following is None or following >= first + number:
        return Room(first)
    # In two steps: a place is unique at every moment.
    moving = update(kind.table).where(place >= following, place < RETIRED_PLACES)
    connection.execute(moving.values(position=-place - ROOM))
    connection.execute(update(kind.table).where(place < 0).values(position=-place))
    return Room(first, following)


@cache
def _section_of_product() -> tuple[ColumnElement[int], ...]:
    """Return what :func:`~shop.seeding.build.products.rank_of` ranks a product by."""
    roles: dict[Any, int] = {role: number for number, role in enumerate(ROLES)}
    role = case(roles, value=Family.role, else_=len(ROLES))
    return case((Product.kind == "accessory", 1), else_=0), role, func.coalesce(Family.position, 0)
