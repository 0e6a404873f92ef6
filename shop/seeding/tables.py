"""The tables of a seed: which columns each has, and the schema its rows are checked by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from marshmallow import Schema, fields

from shop.kit.fields import Int
from shop.seeding.fields import Yes
from shop.seeding.schemas import TABLES


@dataclass(frozen=True)
class Cell:
    """A column of a table, and how its cells are read."""

    name: str
    form: Literal["text", "list", "truth", "number"]


@dataclass(frozen=True)
class Table:
    """A kind of table.

    Attributes:
        row: What a row may hold.
        cells: Its columns by name.
        required: Those that must be there.
    """

    row: type[Schema]
    cells: Mapping[str, Cell]
    required: tuple[str, ...]

    @property
    def in_order(self) -> list[str]:
        """Return its columns as they are written: first what a row is of, then what it has to say."""
        return sorted(
            self.cells, key=lambda name: (name not in ("product", "sku"), name not in self.required)
        )


def _table(row: type[Schema]) -> Table:
    found = row().fields
    cells = {name: Cell(name, _form(field)) for name, field in found.items()}
    return Table(row, cells, tuple(name for name, field in found.items() if field.required))


def _form(field: fields.Field[object]) -> Literal["text", "list", "truth", "number"]:
    if isinstance(field, fields.List):
        return "list"
    if isinstance(field, Yes):
        return "truth"
    return "number" if isinstance(field, Int) else "text"


#: By the name of the file.
BY_NAME = {name: _table(row) for name, row in TABLES.items()}


def table_with(columns: list[str]) -> str | None:
    """Return the name of the table that a header is of, where the file's own name does not say."""
    if "pieces" in columns:
        return "stock.csv"
    if "amount_minor" in columns:
        return "prices.csv"
    return "variants.csv" if "style_code" in columns else None
