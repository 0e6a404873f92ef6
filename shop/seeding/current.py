"""What the database holds, in the seed's own terms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, select

from shop.inventory.models import Stock
from shop.seeding.kinds import KINDS, LOCATION, VARIANT, Key, Kind, Values


@dataclass(frozen=True)
class Current:
    """The rows of every table a seed fills.

    Attributes:
        rows: By kind and natural key; references are natural keys.
        ids: The database's ids, for kinds that have them.
        stocked: Variants and locations whose stock was opened already.
    """

    rows: dict[Kind, dict[Key, Values]]
    ids: dict[Kind, dict[Key, int]]
    stocked: set[tuple[Key, Key]]


def read_current(connection: Connection) -> Current:
    """Read every table once."""
    rows: dict[Kind, dict[Key, Values]] = {}
    ids: dict[Kind, dict[Key, int]] = {}
    names: dict[Kind, dict[int, Key]] = {}
    for kind in KINDS:
        rows[kind], ids[kind] = {}, {}
        translated = {column: names[target] for column, target in kind.references.items() if target.has_id}
        for found in connection.execute(_all_of(kind)).mappings():
            values = {column: found[column] for column in kind.columns}
            for column, target in translated.items():
                if values[column] is not None:
                    values[column] = target[values[column]]
            key = kind.key_of(values)
            rows[kind][key] = values
            if kind.has_id:
                ids[kind][key] = found["id"]
        names[kind] = {row_id: key for key, row_id in ids[kind].items()}
    stocked = {
        (names[VARIANT][variant_id], names[LOCATION][location_id])
        for variant_id, location_id in connection.execute(select(Stock.variant_id, Stock.location_id))
    }
    return Current(rows, ids, stocked)


def _all_of(kind: Kind) -> Select[Any]:
    # In one order, so that of two equally near guesses, or places, it is always the same one.
    return select(*kind.table.c).order_by(*kind.table.primary_key)


def nothing() -> Current:
    """Return what an empty database holds."""
    return Current({kind: {} for kind in KINDS}, {kind: {} for kind in KINDS}, set())
