"""What the variants of products give to their documents, each thing once.

Hundreds of variants of a product share what they are made of and how they are called: the database
tells of these in groups. What each has of its own, its style code, is read alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from sqlalchemy import BigInteger, ColumnElement, Connection, Select, cast, func, select
from sqlalchemy.orm import Session

from shop.catalogue.models import DetailSetItem, Variant

#: Of a material, a colour and a hardware set; None where a variant has none.
Ids: TypeAlias = tuple[int | None, int | None, int | None]

#: What is the same for many variants.
_SHARED = (
    Variant.product_id, Variant.material_id, Variant.colour_id, Variant.hardware_set_id,
    Variant.detail_set_id, Variant.label, Variant.edition,
)  # fmt: skip

#: More than any id: a place among variants as one number, by position and then by id.
_MORE_THAN_ANY_ID = 2**32


@dataclass(slots=True)
class Variants:
    """The variants of a product that are not retired, in order of their positions.

    Attributes:
        made_of: Their different parts.
        called: Their labels and editions.
        details: Ids of the details that one or more have, in order.
        codes: The house's own style codes.
    """

    made_of: list[Ids] = field(default_factory=list)
    called: list[str] = field(default_factory=list)
    details: list[int] = field(default_factory=list)
    codes: Sequence[str] = ()


def read_variants(session: Session, of_these: ColumnElement[bool]) -> dict[int, Variants]:
    """Return what variants have that are not retired, by product id.

    Args:
        session: To read with.
        of_these: Which variants.
    """
    # A connection's rows are plain ones: with a million of them, half of the time.
    connection, live = session.connection(), (of_these, Variant.is_retired.is_(False))
    found: dict[int, Variants] = {}
    sets: dict[int, set[int]] = {}
    place: ColumnElement[Any] = cast(Variant.position, BigInteger) * _MORE_THAN_ANY_ID + Variant.id
    shared = select(*_SHARED).where(*live).group_by(*_SHARED).order_by(Variant.product_id, func.min(place))
    for product_id, material_id, colour_id, hardware_set_id, set_id, label, edition in connection.execute(
        shared
    ):
        variants = found.setdefault(product_id, Variants())
        variants.made_of.append((material_id, colour_id, hardware_set_id))
        variants.called += [text for text in (label, edition) if text]
        if set_id:
            sets.setdefault(product_id, set()).add(set_id)
    details = _details_in(connection, live)
    for product_id, its in sets.items():
        found[product_id].details = sorted({detail for one in its for detail in details.get(one, ())})
    for product_id, codes in connection.execute(_codes(live)):
        found[product_id].codes = codes.split("\n")
    return found


def _details_in(connection: Connection, live: Iterable[ColumnElement[bool]]) -> dict[int, list[int]]:
    """Return the details of each set that one of some variants has."""
    held: dict[int, list[int]] = {}
    items = select(DetailSetItem.detail_set_id, DetailSetItem.detail_id)
    among = DetailSetItem.detail_set_id.in_(select(Variant.detail_set_id).where(*live))
    for set_id, detail_id in connection.execute(items.where(among)):
        held.setdefault(set_id, []).append(detail_id)
    return held


def _codes(live: Iterable[ColumnElement[bool]]) -> Select[Any]:
    """Return what reads a product's codes as one text, a line each: a row for each would cost most of all."""
    # Both engines add up rows as they come; SQLite knows no order within a sum before 3.44.
    own = (
        select(Variant.product_id, Variant.style_code)
        .where(*live, Variant.code_is_assigned.is_(False))
        .order_by(Variant.product_id, Variant.position, Variant.id)
        .subquery()
    )
    return select(own.c.product_id, func.aggregate_strings(own.c.style_code, "\n")).group_by(own.c.product_id)
