"""Quick checks of a table's columns: they let pass what is surely sound, and doubt the rest.

What a check lets pass must be what the table's schema would make of it; what it doubts is looked
at again by the schema itself, which also finds the words for what is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from shop.kit.fields import Int
from shop.seeding.fields import FLAG, Code, Text
from shop.seeding.formats.csv_text import value_of
from shop.seeding.tables import Cell, Table

#: Different cells of a column that are remembered.
_MOST_KNOWN = 10_000

_NUMBER = "(?:0|[1-9][0-9]{0,15})"

#: Ends each cell where a whole column is looked at; no file of a seed may hold it.
_END = "\x1f"

#: What a spreadsheet program would run, and the sign that it shall not.
_NOT_PLAIN = "=+-@'"


class Doubt(Enum):
    """What a check returns for a cell that needs a closer look."""

    DOUBT = "doubt"


DOUBT = Doubt.DOUBT


class _Known(dict[str, Any]):
    """What cells mean, read once each: most columns hold the same few."""

    def __init__(self, read: Callable[[str], Any]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, text: str) -> Any:
        value = self._read(text)
        if len(self) < _MOST_KNOWN:
            self[text] = value
        return value


class Column:
    """One column of a table."""

    def __init__(self, cell: Cell, field: fields.Field[Any]) -> None:
        self.name = cell.name
        self._cell, self._field = cell, field
        self._known = _Known(self._meant)
        self._form: re.Pattern[str] | None = None
        self._span: tuple[int, int] | None = None
        self._longest = min(
            (each.max for each in field.validators if isinstance(each, validate.Length) and each.max),
            default=0,
        )
        if isinstance(field, Int):
            span = next(each for each in field.validators if isinstance(each, validate.Range))
            self._span = span.min or 0, span.max or 0
            self._form = self._repeated(_NUMBER)
        elif isinstance(field, Code):
            form = next(each for each in field.validators if isinstance(each, validate.Regexp))
            self._form = self._repeated(rf"(?![{re.escape(_NOT_PLAIN)}])" + _form_of(form))
        #: Words of it stand for themselves if they are no more than printable.
        self._is_plain_text = type(field) is Text and len(field.validators) == 1

    def _repeated(self, form: str) -> re.Pattern[str]:
        optional = "" if self._field.required else "?"
        return re.compile(rf"(?:(?:{form}){optional}{_END})*+", re.ASCII)

    def read(self, texts: Sequence[str]) -> list[Any]:
        """Return what cells mean: None for empty ones, :data:`DOUBT` for those to look at again."""
        if texts.count(texts[0]) == len(texts):
            return [self._known[texts[0]]] * len(texts)
        if self._form is not None and self._form.fullmatch(_END.join(texts) + _END):
            if self._span is None:
                if max(map(len, texts)) <= self._longest:
                    return list(texts) if self._field.required else [text or None for text in texts]
            else:
                numbers = [int(text) if text else None for text in texts]
                given = [number for number in numbers if number is not None]
                if not given or (self._span[0] <= min(given) and max(given) <= self._span[1]):
                    return numbers
        known = self._known
        return [known[text] for text in texts]

    def _meant(self, text: str) -> Any:
        if (
            self._is_plain_text
            and 0 < len(text) <= self._longest
            and text.isascii()
            and text.isprintable()
            and text[0] not in _NOT_PLAIN
            and text.strip() == text
        ):
            return text
        value, problem = value_of(self._cell, text)
        if problem or (value is None and self._field.required):
            return DOUBT
        if value is None:
            return None
        try:
            return self._field.deserialize(value)
        except ValidationError:
            return DOUBT


class Flags(Column):
    """The column of flags: each is a key of its own in other files, so each is known by name."""

    def __init__(self, cell: Cell, schema: Schema) -> None:
        super().__init__(cell, schema.fields[cell.name])
        self._schema = schema

    def _meant(self, text: str) -> Any:
        words, problem = value_of(self._cell, text)
        if problem or words is None:
            return DOUBT if problem else []
        plain = all(word not in self._schema.fields and self._is_flag(word) for word in words)
        return sorted(set(words)) if plain else DOUBT

    def _is_flag(self, word: str) -> bool:
        return bool(self._schema._is_flag(word))  # type: ignore[attr-defined]


def _form_of(check: validate.Regexp) -> str:
    return str(check.regex.pattern).removesuffix(r"\Z")


class Columns:
    """The columns of one table's file, and what a row of it must be as a whole."""

    def __init__(self, table: Table, cells: Sequence[Cell]) -> None:
        schema = table.row()
        self.width = len(cells)
        self._columns = [
            Flags(cell, schema) if cell.name == "flags" else Column(cell, schema.fields[cell.name])
            for cell in cells
        ]
        #: Columns of true and false that are flags as well: ``code_is_assigned``.
        self._is_flagged = "flags" in schema.fields
        names = [cell.name for cell in cells]
        #: What a row may hold by name; flags also where the file has no column of them.
        self.named = list(dict.fromkeys([*names, "flags"])) if self._is_flagged else names
        self._marks = [cell.name for cell in cells if cell.form == "truth" and FLAG.fullmatch(cell.name)]

    def read(self, texts: Sequence[Sequence[str]]) -> dict[str, list[Any]]:
        """Return what rows hold, by column.

        Args:
            texts: Their cells, by column; at least one of each.
        """
        values = {column.name: column.read(held) for column, held in zip(self._columns, texts, strict=True)}
        if self._is_flagged:
            self._gather_flags(values, len(texts[0]))
        return values

    def _gather_flags(self, values: dict[str, list[Any]], count: int) -> None:
        flags = values.setdefault("flags", [[]] * count)
        for name in self._marks:
            values["flags"] = flags = [
                sorted({*held, name}) if mark is True and held is not DOUBT else held
                for held, mark in zip(flags, values[name], strict=True)
            ]


def doubtful(values: dict[str, list[Any]]) -> set[int]:
    """Return which rows need a closer look."""
    found: set[int] = set()
    for column in values.values():
        if DOUBT in column:
            found.update(index for index, value in enumerate(column) if value is DOUBT)
    return found | _unexplained(values)


def _unexplained(values: dict[str, list[Any]]) -> set[int]:
    """Return prices that no source and no mark explains, and sales that are none; see ``PriceEntry``."""
    if "amount_minor" not in values:
        return set()
    nothing = [None] * len(values["amount_minor"])
    explained = zip(values.get("is_illustrative", nothing), values.get("source", nothing), strict=True)
    found = {index for index, (made_up, source) in enumerate(explained) if bool(made_up) == bool(source)}
    if "sale_amount_minor" in values:
        amounts = zip(values["sale_amount_minor"], values["amount_minor"], strict=True)
        found.update(
            index
            for index, (sale, full) in enumerate(amounts)
            if sale is not None and (sale is DOUBT or full is DOUBT or sale >= full)
        )
    return found
