"""The rows a seed asks for, each with the place it comes from."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import String

from shop.seeding.errors import Faults
from shop.seeding.formats.documents import THE_DATABASE, Place
from shop.seeding.kinds import KINDS, Key, Kind, Values
from shop.seeding.seed import Item


@dataclass(frozen=True)
class Row:
    """A row as the seed wants it.

    Attributes:
        values: By column; a reference holds the natural key of what it points at.
        place: The entry it comes from.
        keys: The entry's own names of columns, where they differ.
        held: Whether it comes from the database, because the files do not speak of it.
        elsewhere: Places of columns that stand outside the entry.
    """

    values: Values
    place: Place
    keys: Mapping[str, str]
    held: bool = False
    elsewhere: Mapping[str, Place] = field(default_factory=dict)

    @classmethod
    def of_database(cls, values: Values) -> Row:
        """Return a row that the database holds and the files do not speak of."""
        return cls(dict(values), THE_DATABASE, {}, held=True)

    def place_of(self, column: str) -> Place:
        """Return where the value of a column stands."""
        return self.elsewhere.get(column) or self.place / self.keys.get(column, column)


class Rows:
    """All rows of a seed, by kind and key."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.by_kind: dict[Kind, dict[Key, Row]] = {kind: {} for kind in KINDS}
        #: Names of entries that are wrong in themselves: they are there.
        self.declared: set[str] = set()
        #: Kinds whose file could not be read: nobody knows what is missing.
        self.unread: set[Kind] = set()
        #: By the path of a picture's file: its hash.
        self.images: Mapping[str, str] = {}
        #: Lists that an entry leaves out, by kind and owner: what the database holds of them stays.
        self.unspoken: set[tuple[Kind, Key]] = set()
        #: Asks the database which rows of a kind it holds; only when the files do not know one.
        self.stored: Callable[[Kind], Collection[Key]] = lambda _kind: ()
        #: By kind and owner column: how many rows there were, and the rows by owner.
        self._indexes: dict[tuple[Kind, str], tuple[int, dict[Key, list[Values]]]] = {}

    def __getitem__(self, kind: Kind) -> dict[Key, Row]:
        return self.by_kind[kind]

    def has(self, kind: Kind, key: Key) -> bool:
        """Tell whether a row is in the files, or else in the database."""
        if key in self[kind] or kind in self.unread:
            return True
        name = key[-1] if isinstance(key, tuple) else key
        return name in self.declared or key in self.stored(kind)

    def of(self, kind: Kind, owner: str, key: Key) -> list[Values]:
        """Return the values of the rows of a kind that belong to one row.

        Args:
            kind: Kind of the rows.
            owner: Their column that names what they belong to.
            key: What they belong to.
        """
        index = self._indexes.get((kind, owner))
        if index is None or index[0] != len(self[kind]):
            groups: dict[Key, list[Values]] = {}
            for row in self[kind].values():
                groups.setdefault(row.values[owner], []).append(row.values)
            index = self._indexes[kind, owner] = (len(self[kind]), groups)
        return index[1].get(key, [])

    def add(
        self,
        kind: Kind,
        item: Item,
        /,
        *,
        but: Collection[str] = (),
        renamed: Mapping[str, str] | None = None,
        stands_at: Mapping[str, str] | None = None,
        **extra: Any,
    ) -> Row:
        """Add the row of an entry; the arguments are those of :meth:`make`."""
        row = self.make(kind, item, but=but, renamed=renamed, stands_at=stands_at, **extra)
        self.put(kind, row)
        return row

    def put(self, kind: Kind, row: Row) -> None:
        """Add a row; a second one of its name is refused."""
        earlier = self[kind].setdefault(kind.key_of(row.values), row)
        if earlier is not row:
            self._refuse_double(kind, row, earlier)

    def make(
        self,
        kind: Kind,
        item: Item,
        /,
        *,
        but: Collection[str] = (),
        renamed: Mapping[str, str] | None = None,
        stands_at: Mapping[str, str] | None = None,
        **extra: Any,
    ) -> Row:
        """Make the row of an entry.

        Every key of the entry must have a column of its name (or of its name and
        ``_id``), so that no fact of a seed is dropped without anybody noticing.

        Args:
            kind: Its table.
            item: The entry.
            but: Keys of the entry that become something else.
            renamed: Columns of keys that are named otherwise.
            stands_at: Keys of the entry that columns of ``extra`` come from.
            extra: Values that do not stand in the entry.
        """
        values, keys = dict(extra), dict(stands_at or {})
        for key, value in item.values.items():
            if key in but:
                continue
            column = (renamed or {}).get(key, key)
            if column not in kind.columns:
                column += "_id"
            assert column in kind.columns, f"{kind} has no column for {key}"
            values[column] = value
            keys[column] = key
        row = Row(_completed(kind, values), item.place, keys)
        self._check_lengths(kind, row)
        return row

    def _check_lengths(self, kind: Kind, row: Row) -> None:
        for column in kind.table.c:
            value = row.values.get(column.key)
            longest = column.type.length if isinstance(column.type, String) else None
            if longest and isinstance(value, str) and len(value) > longest:
                place = row.place_of(column.key)
                self.faults.add(place.fault(f"may have at most {longest} characters"))

    def replace(self, kind: Kind, row: Row) -> None:
        """Put a row in the place of one that the database holds, or refuse a second one of the files."""
        key = kind.key_of(row.values)
        earlier = self[kind].get(key)
        if earlier is not None and not earlier.held:
            self._refuse_double(kind, row, earlier)
            return
        self[kind][key] = row

    def _refuse_double(self, kind: Kind, row: Row, earlier: Row) -> None:
        column = next((name for name in kind.key if name in row.keys), None)
        place = row.place_of(column) if column else row.place
        first = (earlier.place_of(column) if column else earlier.place).fault("")
        self.faults.add(place.fault(f"stands here twice (first in {first.file}, line {first.line})"))


def _completed(kind: Kind, values: Values) -> Values:
    complete: Values = {}
    for name in kind.columns:
        if name in values:
            complete[name] = values[name]
            continue
        complete[name] = default_of(kind, name)
    return complete


def default_of(kind: Kind, column: str) -> Any:
    """Return what a column holds where an entry does not say."""
    default: Any = kind.table.c[column].default
    if default is None:
        return None
    return default.arg(None) if default.is_callable else default.arg
