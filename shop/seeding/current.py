"""What the database holds, in the seed's own terms."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Select, select

from shop.inventory.models import Stock
from shop.seeding.kinds import KINDS, LOCATION, VARIANT, Key, Kind, Values, is_retired

if TYPE_CHECKING:
    from shop.seeding.rows import Rows
    from shop.seeding.seed import Seed


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

    def reach(self, rows: Rows, seed: Seed) -> None:
        """Read what is there of the rows of a seed, and of what they point at."""

    def read(self, kind: Kind, keys: Iterable[Key]) -> bool:
        """Read rows by their names; return whether any was not read before: all were."""
        return False

    def names(self, kind: Kind) -> Collection[Key]:
        """Return the names of all rows of a kind."""
        return self.rows[kind]

    def unread(self, kind: Kind) -> Collection[Key]:
        """Return the names of those rows of a kind that were not read."""
        return ()

    def taken(self, kind: Kind, column: str, values: Collection[Any]) -> Collection[Any]:
        """Return which of some values of a column stand in rows that were not read."""
        return ()

    def has_unread(self, kind: Kind, column: str, value: Any) -> bool:
        """Tell whether a row that was not read may hold a value in a column."""
        return False

    def in_use(self, kind: Kind) -> Container[Key]:
        """Return the names of the rows of a kind that are not retired."""
        return {key for key, values in self.rows[kind].items() if not is_retired(kind, values)}


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
