"""A large table row by row: what is sound goes on, what is doubted is looked at as in any table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field, replace
from typing import Any

from shop.seeding import tables
from shop.seeding.errors import Fault, Faults
from shop.seeding.formats.csv_text import (
    EMPTY,
    Record,
    header_of,
    length_problem,
    put_row,
)
from shop.seeding.formats.documents import Document, TreeBuilder, UnreadableError
from shop.seeding.formats.files import File
from shop.seeding.large.columns import Columns, doubtful
from shop.seeding.large.reading import Batch, batches
from shop.seeding.schemas import TABLE_FILES
from shop.seeding.seed import Item, checked
from shop.seeding.tables import Cell

#: Wrong rows that are looked at word by word; of more, only their number is told.
_MOST_LOOKED_AT = 10_000

#: Takes sound rows: where each stands among all, the line it begins in, and what it holds by column.
Sink = Callable[[Sequence[int], Sequence[int], Mapping[str, Sequence[Any]]], None]

#: Lends a sink for rows of these columns.
Sinks = Callable[[Sequence[str]], AbstractContextManager[Sink]]

#: Told how far the file is read. Bytes.
Tell = Callable[[int], None]


@dataclass
class Checked:
    """What reading a table found, besides its sound rows.

    Attributes:
        name: ``prices.csv``, ``stock.csv`` or ``variants.csv``; None where it is neither.
        cells: Of its first row; None where that is wrong.
        unread: Whether it cannot be read to its end.
        faults: What is wrong in it.
        declared: Names in rows that are wrong: they are not missed elsewhere.
        rows: How many rows there are.
        wrong: How many of them are wrong.
    """

    name: str | None = None
    cells: list[Cell] | None = None
    unread: bool = False
    faults: Faults = field(default_factory=Faults)
    declared: set[str] = field(default_factory=set)
    rows: int = 0
    wrong: int = 0


def name_of(file: File) -> str | None:
    """Return which table a file is, by its name or its first row; None where neither says."""
    if file.name in tables.BY_NAME:
        return file.name
    try:
        with file.open() as stream:
            first = next(batches(stream), None)
    except UnreadableError:
        return None
    return tables.table_with([cell.strip() for cell in first.cells[0]]) if first else None


def check(file: File, name: str, sinks: Sinks, tell: Tell) -> Checked:
    """Read and check every row.

    Args:
        file: A table.
        name: Which one, as :func:`name_of` says.
        sinks: Lends what takes the sound rows.
        tell: Is told how far the file is read.
    """
    return _Reading(file, name).run(sinks, tell)


class _Reading:
    def __init__(self, file: File, name: str) -> None:
        self._file, self._name = file, name
        self._sink: Sink = lambda _numbers, _lines, _values: None
        self._found = Checked(name)
        #: What is wrong with cells is found before what is wrong with entries, as in other tables.
        self._of_cells, self._of_entries = Faults(), Faults()

    def run(self, sinks: Sinks, tell: Tell) -> Checked:
        found, columns = self._found, None
        try:
            with self._file.open() as stream, ExitStack() as stack:
                for batch in batches(stream):
                    if columns is None:
                        columns = self._header(batch.record(0))
                        if columns is None:
                            break
                        self._sink = stack.enter_context(sinks(columns.named))
                    else:
                        self._rows(batch, columns)
                    tell(batch.read)
        except UnreadableError as error:
            self._of_cells.add(Fault(self._file.name, *error.mark, "", error.problem, error.got))
            found.unread = True
        if columns is None and not len(self._of_cells):
            self._of_cells.add(Fault(self._file.name, 1, 1, "", EMPTY))
        found.unread |= columns is None
        found.faults.include(self._of_cells)
        if not found.unread:
            found.faults.include(self._of_entries)
        return found

    def _header(self, record: Record) -> Columns | None:
        table = tables.BY_NAME[self._name]
        self._found.cells = header_of(record, table, self._file.name, self._of_cells)
        return Columns(table, self._found.cells) if self._found.cells else None

    def _rows(self, batch: Batch, columns: Columns) -> None:
        start, width = self._found.rows, columns.width
        texts, lines = batch.columns(width), batch.lines
        records: Sequence[int] = range(len(lines))
        if texts is None:
            right = [index for index, row in enumerate(batch.cells) if len(row) == width]
            for index in sorted(set(records) - set(right)):
                self._refuse_length(batch.record(index))
            if not right:
                return
            texts = list(zip(*(batch.cells[index] for index in right), strict=True))
            lines, records = [lines[index] for index in right], right
        values = columns.read(texts)
        count = len(lines)
        self._found.rows += count
        doubted = doubtful(values)
        numbers: Sequence[int] = range(start, start + count)
        if doubted:
            sound = [index for index in range(count) if index not in doubted]
            for index in sorted(doubted):
                self._look_again(batch.record(records[index]), start + index)
            numbers, lines = [start + index for index in sound], [lines[index] for index in sound]
            values = {name: [held[index] for index in sound] for name, held in values.items()}
        if numbers:
            self._sink(numbers, lines, values)

    def _refuse_length(self, record: Record) -> None:
        assert self._found.cells is not None
        problem = length_problem(record, self._found.cells)
        self._of_cells.add(Fault(self._file.name, record.line, 1, "", problem or ""))
        self._found.wrong += 1

    def _look_again(self, record: Record, number: int) -> None:
        found = self._found
        if found.wrong >= _MOST_LOOKED_AT:
            self._of_entries.count(1)
            found.wrong += 1
            return
        looked = look_at(self._file, found, record)
        found.declared |= looked.declared
        self._of_cells.include(looked.cells)
        for fault in looked.entries:
            self._of_entries.add(renumbered(fault, number))
        found.wrong += bool(len(looked.cells) or len(looked.entries))
        if looked.item is not None:
            values = {name: [value] for name, value in looked.item.values.items()}
            self._sink([number], [record.line], values)


@dataclass
class Looked:
    """One row, looked at as the only one of a document.

    Attributes:
        item: As its schema reads it; None where it is wrong.
        cells: What is wrong in single cells.
        entries: What the schema says.
        declared: Names in it, where it is wrong.
    """

    item: Item | None = None
    cells: Faults = field(default_factory=Faults)
    entries: Faults = field(default_factory=Faults)
    declared: set[str] = field(default_factory=set)


def look_at(file: File, found: Checked, record: Record) -> Looked:
    """Read one row as rows of small tables are read."""
    assert found.name is not None
    assert found.cells is not None
    looked, document = Looked(), Document(file.name)
    builder = TreeBuilder(document)
    builder.start({}, (1, 1))
    builder.key("rows", (1, 1))
    builder.start([], (1, 1))
    put_row(builder, record, found.cells, looked.cells)
    whole = checked(document, TABLE_FILES[found.name], looked.entries, looked.declared)
    looked.item = next(whole.each("rows"), None) if whole else None
    return looked


def renumbered(fault: Fault, number: int) -> Fault:
    """Return a fault of a row that was looked at alone, as one of its place among all."""
    of_row = fault.field.startswith("rows[0]")
    return replace(fault, field=f"rows[{number}]" + fault.field[7:]) if of_row else fault


def items_at(found: Checked, file: File, wanted: Iterable[int]) -> Iterator[tuple[int, Item]]:
    """Read some sound rows again, to tell where they stand; in the order of the file.

    Args:
        found: What reading the file found.
        file: The table.
        wanted: Places among all rows.
    """
    assert found.name is not None
    assert found.cells is not None
    left, start, width = sorted(set(wanted), reverse=True), 0, len(found.cells)
    with file.open() as stream:
        rows = batches(stream)
        next(rows)
        for batch in rows:
            if not left:
                return
            right = [index for index, row in enumerate(batch.cells) if len(row) == width]
            while left and left[-1] < start + len(right):
                number = left.pop()
                item = look_at(file, found, batch.record(right[number - start])).item
                assert item is not None
                yield number, item
            start += len(right)
