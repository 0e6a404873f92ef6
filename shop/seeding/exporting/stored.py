"""Rows of the database in order, and each as the entry of a file that would say it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any

from marshmallow import Schema, fields

from shop.seeding import kinds
from shop.seeding.current import Current
from shop.seeding.fields import Evidenced, Published, Rate
from shop.seeding.kinds import Kind, Values, is_retired
from shop.seeding.merge import without_retired
from shop.seeding.rows import default_of

Entry = dict[str, Any]


class Stored:
    """The rows that are in use, in order, and by what they belong to."""

    def __init__(self, current: Current) -> None:
        self._rows: dict[Kind, list[Values]] = {}
        in_use = current.in_use(kinds.PRODUCT)
        for kind in kinds.KINDS:
            found = [
                without_retired(kind, values, in_use)
                for values in current.rows[kind].values()
                if not is_retired(kind, values)
            ]
            self._rows[kind] = sorted(found, key=lambda one, kind=kind: _rank(kind, one))  # type: ignore[misc]
        self._owned: dict[tuple[Kind, str], dict[Any, list[Values]]] = {}

    def __getitem__(self, kind: Kind) -> list[Values]:
        return self._rows[kind]

    def of(self, kind: Kind, column: str, key: Any) -> list[Values]:
        """Return the rows of a kind that name a key in a column."""
        if (kind, column) not in self._owned:
            groups: dict[Any, list[Values]] = {}
            for values in self._rows[kind]:
                groups.setdefault(values[column], []).append(values)
            self._owned[kind, column] = groups
        return self._owned[kind, column].get(key, [])


def _rank(kind: Kind, values: Values) -> tuple[Any, ...]:
    return values.get("position", 0), str(kind.key_of(values))


def entry_of(
    schema: type[Schema],
    kind: Kind,
    values: Values,
    *,
    renamed: Mapping[str, str] | None = None,
    but: Collection[str] = (),
) -> Entry:
    """Return a row as its entry: what a reader would take for granted is left out.

    Args:
        schema: Of the entry.
        kind: The row's table.
        values: The row.
        renamed: Columns of keys that are named otherwise.
        but: Keys that the caller writes, or that are not written.
    """
    found: Entry = {}
    for key, field in _in_order(schema):
        column = (renamed or {}).get(key, key)
        column = column if column in kind.columns else f"{column}_id"
        if key in but or key == "flags" or column not in kind.columns:
            continue
        value = values[column]
        if value is not None and (field.required or value != default_of(kind, column)):
            found[key] = _written(value, field)
    if "flags" not in but:
        found.update(dict.fromkeys(values.get("flags", ()), True))
    return found


@cache  # an entry of a product asks for each of its prices, and making a schema copies its fields
def _in_order(schema: type[Schema]) -> list[tuple[str, fields.Field[Any]]]:
    """Return an entry's own keys before those that every entry has."""
    common = {"schema", *Published().fields, *Evidenced().fields}
    return sorted(schema().fields.items(), key=lambda one: one[0] in common)


def _written(value: Any, field: fields.Field[Any]) -> Any:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(field, Rate):
        return Decimal(f"{value // 1_000_000}.{value % 1_000_000:06}".rstrip("0").rstrip("."))
    return value
