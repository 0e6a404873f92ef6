"""The part of the catalogue that single entries are about, whatever the size of the rest.

An entry is read with all that hangs on it; of what it points at, the name and the id. What else is
asked of the other rows (whether one has the same slug, which place is the last) is asked by query.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from typing import Any

from marshmallow import ValidationError
from sqlalchemy import ColumnElement, Connection, Select, Table, exists, select, tuple_

from shop.catalogue.models import Campaign, Product, Shelf
from shop.kit.fields import clean_text
from shop.seeding import kinds
from shop.seeding.current import Current
from shop.seeding.kinds import KINDS, RETIRED_PLACES, Key, Kind, Values, is_retired
from shop.seeding.pointers import products_in
from shop.seeding.references import named
from shop.seeding.room import ROOM, room_behind
from shop.seeding.rows import Rows
from shop.seeding.seed import Seed

#: Values of one statement: either engine takes more, in parameters of any kind.
_MOST_VALUES = 10_000

#: What is read with a row: the kinds, and their column that names it.
_HANGING: Mapping[Kind, Mapping[Kind, str]] = {
    kinds.PRODUCT: {
        kinds.COMPONENT: "product_id",
        kinds.PRODUCT_IMAGE: "product_id",
        kinds.VARIANT: "product_id",
    },
    kinds.VARIANT: {
        kinds.VARIANT_IMAGE: "variant_id",
        kinds.PRICE: "variant_id",
        kinds.OBSERVATION: "variant_id",
    },
    kinds.CAMPAIGN: {
        kinds.CREDIT: "campaign_id",
        kinds.CAST: "campaign_id",
        kinds.SHELF: "campaign_id",
        kinds.SIGHTING: "campaign_id",
    },
    kinds.HARDWARE_SET: {kinds.SET_ITEM: "hardware_set_id"},
    kinds.DETAIL_SET: {kinds.DETAIL_SET_ITEM: "detail_set_id"},
}

#: What a row is judged by besides itself: its family's launch, what its details follow from, and
#: the currency of its market.
_JUDGED_BY: Mapping[Kind, tuple[str, ...]] = {
    kinds.PRODUCT: ("family_id",),
    kinds.VARIANT: ("material_id", "hardware_set_id"),
    kinds.PRICE: ("market_code",),
}

#: Labels the id of a row, and with a column's name behind it the id of what that points at.
_ID_OF = "id_of_"

#: Entries have these, and are found by their names.
_ENTRIES = (kinds.PRODUCT, kinds.VARIANT, kinds.OBSERVATION, kinds.CAMPAIGN)


@dataclass(frozen=True, eq=False)
class Part(Current):
    """Rows of the database, read as they are asked for, each once.

    Attributes:
        connection: To read with, in the transaction that writes.
    """

    connection: Connection
    _asked: dict[Kind, set[Key]] = field(default_factory=lambda: {kind: set() for kind in KINDS})
    _known: dict[Kind, dict[Key, bool]] = field(default_factory=lambda: {kind: {} for kind in KINDS})
    _all_names: dict[Kind, list[Key]] = field(default_factory=dict)

    @classmethod
    def of(cls, connection: Connection) -> Part:
        """Return a part with no row yet."""
        return cls({kind: {} for kind in KINDS}, {kind: {} for kind in KINDS}, set(), connection)

    def read(self, kind: Kind, keys: Iterable[Key]) -> bool:
        """Read rows by their names, and all that hangs on them; return whether any was not read before.

        Args:
            kind: One whose rows have a name of one column.
            keys: Names; there may be no such row.
        """
        new = [key for key in dict.fromkeys(keys) if key is not None and key not in self._asked[kind]]
        self._asked[kind].update(new)
        self._take(kind, kind.table.c[kind.key[0]], [key for key in new if _may_be_held(key)])
        return bool(new)

    def products_of(self, skus: Iterable[Key]) -> dict[Key, Key]:
        """Return the slugs of the products that variants belong to, those in use only."""
        of, columns = kinds.VARIANT.table, kinds.PRODUCT.table.c
        found: dict[Key, Key] = {}
        for some in batched([sku for sku in dict.fromkeys(skus) if _may_be_held(sku)]):
            joined = select(of.c.sku, columns.slug).join_from(of, columns.slug.table)
            found.update(self.connection.execute(joined.where(of.c.sku.in_(some))).all())
        return found

    def reach(self, rows: Rows, seed: Seed) -> None:
        """Read what is there of the rows of a seed, what they are judged by, and what they point at."""
        for kind in _ENTRIES:
            self.read(kind, rows[kind])
        for kind, columns in _JUDGED_BY.items():
            both = [*(row.values for row in rows[kind].values()), *self.rows[kind].values()]
            for column in columns:
                self.read(kind.references[column], [values[column] for values in both])
        if (rows[kinds.VARIANT] or self.rows[kinds.VARIANT]) and not self.rows[kinds.DETAIL]:
            self._take(kinds.DETAIL)
        for kind, keys in named(rows, seed).items():
            self._look_up(kind, keys)

    def names(self, kind: Kind) -> Collection[Key]:
        """Return the names of all rows of a kind that are in use; whoever goes through them reads them."""
        return _Names(self, kind, ())

    def unread(self, kind: Kind) -> Collection[Key]:
        """Return the names of those that were not read."""
        return _Names(self, kind, self.rows[kind])

    def taken(self, kind: Kind, column: str, values: Collection[Any]) -> Collection[Any]:
        """Return which of some values of a column stand in rows that were not read."""
        asked, found = kind.table.c[column], set()
        for some in batched(list(values)):
            statement = select(asked, *(kind.table.c[name] for name in kind.key)).where(asked.in_(some))
            for value, *key in self.connection.execute(statement):
                if kind.key_of(dict(zip(kind.key, key, strict=True))) not in self.rows[kind]:
                    found.add(value)
        return found

    def has_unread(self, kind: Kind, column: str, value: Any) -> bool:
        """Tell whether a row that was not read may hold a value in a column.

        Only components are asked for: of the other kinds that rules speak of, no entry changes any.
        """
        if kind is not kinds.COMPONENT or value not in [row[column] for row in self.rows[kind].values()]:
            return True  # as before
        read = [self.ids[kinds.PRODUCT][slug] for slug in self.rows[kinds.PRODUCT]]
        columns = kind.table.c
        if (target := kind.references.get(column)) is not None:
            named_so = target.table.c[target.key[0]] == value
            holds: ColumnElement[bool] = columns[column].in_(select(target.table.c.id).where(named_so))
        else:
            holds = columns[column] == value
        other = exists().where(holds, columns.product_id.not_in(read))
        return bool(self.connection.execute(select(other)).scalar_one())

    def in_use(self, kind: Kind) -> Container[Key]:
        """Return the names of the rows of a kind that are not retired, read or not."""
        return self.names(kind)

    def read_what_names(self, products: Collection[Key]) -> None:
        """Read what products stand in that go: shelves, pairings and what bags are made of."""
        table, ids = kinds.COMPONENT.table, [self.ids[kinds.PRODUCT][slug] for slug in products]
        made_of = select(Product.slug).join(table, table.c.product_id == Product.id)
        for some in batched(ids):
            bags = self.connection.scalars(made_of.where(table.c.accessory_id.in_(some)).distinct())
            self.read(kinds.PRODUCT, bags.all())
        shelves = select(Campaign.slug, Shelf.products).join(Shelf, Shelf.campaign_id == Campaign.id)
        named = {
            slug for slug, on_it in self.connection.execute(shelves) if not set(on_it).isdisjoint(products)
        }
        self.read(kinds.CAMPAIGN, sorted(named))
        self._take(kinds.PAIRING)

    def room_behind(self, kind: Kind, section: Any, number: int, *, after: int) -> int:
        """Return the first of some free places behind a section: :func:`shop.seeding.room.room_behind`."""
        room = room_behind(self.connection, kind, section, number, after=after)
        for values in self.rows[kind].values():
            if room.moved_from is not None and room.moved_from <= values["position"] < RETIRED_PLACES:
                values["position"] += ROOM
        return room.first

    def is_known(self, kind: Kind, key: Key) -> bool:
        """Tell whether there is a row of a name that is in use."""
        if key is None:
            return False
        if key in self._asked[kind]:
            return key in self.rows[kind] and not is_retired(kind, self.rows[kind][key])
        self._look_up(kind, [key])
        return self._known[kind][key]

    def all_names(self, kind: Kind) -> list[Key]:
        """Return all names of a kind: only a guess at what was meant needs them."""
        if kind not in self._all_names:
            named_by = [kind.table.c[name] for name in kind.key]
            statement = select(*named_by).where(*_in_use(kind)).order_by(*kind.table.primary_key)
            self._all_names[kind] = [
                kind.key_of(dict(row)) for row in self.connection.execute(statement).mappings()
            ]
        return self._all_names[kind]

    def _look_up(self, kind: Kind, keys: Iterable[Key]) -> None:
        """Learn which of some names are there, and the ids of what they name."""
        new = [key for key in keys if key not in self._known[kind] and key not in self._asked[kind]]
        self._known[kind].update(dict.fromkeys(new, False))
        named_by = [kind.table.c[name] for name in kind.key]
        columns = [*named_by, kind.table.c.id.label(_ID_OF)] if kind.has_id else named_by
        of = named_by[0] if len(named_by) == 1 else tuple_(*named_by)
        for some in batched([key for key in new if _may_be_held(key)]):
            statement = select(*columns).where(of.in_(some), *_in_use(kind))
            for row in self.connection.execute(statement).mappings():
                key = kind.key_of(dict(row))
                self._known[kind][key] = True
                if kind.has_id:
                    self.ids[kind][key] = row[_ID_OF]

    def _take(self, kind: Kind, column: ColumnElement[Any] | None = None, values: Sequence[Any] = ()) -> None:
        """Read the rows that have one of some values in a column, or all, with what hangs on them."""
        ids, products = [], set[Key]()
        queries = [_rows_of(kind)]
        if column is not None:
            queries = [_rows_of(kind).where(column.in_(some)) for some in batched(values)]
        for query in queries:
            for found in self.connection.execute(query).mappings():
                key = self._keep(kind, found)
                products |= products_in(kind, self.rows[kind][key])
                if kind in _HANGING:
                    ids.append(self.ids[kind][key])
        if products:
            self._look_up(kinds.PRODUCT, products)
        for hanging, owner in _HANGING.get(kind, {}).items():
            self._take(hanging, hanging.table.c[owner], ids)

    def _keep(self, kind: Kind, found: Mapping[Any, Any]) -> Key:
        values: Values = {column: found[column] for column in kind.columns}
        key = kind.key_of(values)
        self.rows[kind][key] = values
        self._asked[kind].add(key)
        if kind.has_id:
            self.ids[kind][key] = found[_ID_OF]
        for column, target in kind.references.items():
            if target.has_id and values[column] is not None:
                self.ids[target][values[column]] = found[_ID_OF + column]
        return key


@dataclass(frozen=True)
class _Names(Collection[Key]):
    """Names of rows in the database, but for some: one is looked up, all are read."""

    part: Part
    kind: Kind
    but: Collection[Key]

    def __contains__(self, key: object) -> bool:
        return key not in self.but and self.part.is_known(self.kind, key)

    def __iter__(self) -> Iterator[Key]:
        return (key for key in self.part.all_names(self.kind) if key not in self.but)

    def __len__(self) -> int:
        return sum(1 for _ in self)


@cache
def _rows_of(kind: Kind) -> Select[Any]:
    """Return what reads the rows of a kind as a seed says them: references by name and not by id."""
    columns: list[ColumnElement[Any]] = []
    joined: Any = kind.table
    for name in kind.columns:
        column, target = kind.table.c[name], kind.references.get(name)
        if target is None or not target.has_id:
            columns.append(column)
            continue
        other: Any = target.table.alias()
        joined = joined.outerjoin(other, other.c.id == column)
        columns += [other.c[target.key[0]].label(name), column.label(_ID_OF + name)]
    if kind.has_id:
        columns.append(kind.table.c.id.label(_ID_OF))
    # In one order, so that of two equally near guesses, or places, it is always the same one.
    return select(*columns).select_from(joined).order_by(*kind.table.primary_key)


def _may_be_held(key: Key) -> bool:
    """Tell whether there can be such a name: one is looked up before its entry is checked."""
    words = key if isinstance(key, tuple) else (key,)
    try:
        return all(clean_text(word) is not None for word in words if isinstance(word, str))
    except ValidationError:
        return False


def _in_use(kind: Kind) -> list[ColumnElement[bool]]:
    table: Table = kind.table
    if kind is kinds.PRODUCT:
        return [table.c.position < RETIRED_PLACES]
    return [table.c.is_retired.is_(False)] if "is_retired" in table.c else []


def batched(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """Yield values in batches that one statement takes."""
    rest = iter(values)
    while some := tuple(islice(rest, _MOST_VALUES)):
        yield some
