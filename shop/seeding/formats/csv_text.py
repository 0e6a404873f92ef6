"""Tables read strictly, with a place for every cell.

Measured with the usual reader: of a quote that is never closed two rows come out instead of
four, without a word; a short row ends in None, and of two columns of one name the last wins.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Protocol

from shop.seeding.errors import Fault, Faults, did_you_mean
from shop.seeding.formats.documents import Document, Mark, TreeBuilder, UnreadableError, refuse_characters
from shop.seeding.formats.limits import MAX_ROW_CHARACTERS, MAX_ROWS
from shop.seeding.tables import Cell, Table

#: What a spreadsheet program would run and not show.
_FORMULA = re.compile(r"[=+\-@]")

_SEMICOLONS = "columns are parted by commas, not by semicolons"
#: Said of a file without a row.
EMPTY = "an empty table: its first row names the columns"
_NEVER_CLOSED = "a quote that was opened in this row is never closed, or text follows a closed one"


@dataclass(frozen=True)
class Record:
    """A row of a table as it stands in the file."""

    line: int
    text: str
    cells: list[str]

    def mark(self, index: int) -> Mark:
        """Return where a cell begins."""
        line, column, cell, quoted = self.line, 1, 0, False
        for character in self.text:
            if cell == index:
                break
            if character == '"':
                quoted = not quoted
            elif character == "," and not quoted:
                cell += 1
            line, column = (line + 1, 1) if character == "\n" else (line, column + 1)
        return line, column


def records(stream: BinaryIO) -> Iterator[Record]:
    """Read a table row by row, the first one too; no more than one row is held.

    Raises:
        UnreadableError: It cannot be read any further.
    """
    yield from records_of(Lines(stream))


def records_of(lines: Lines) -> Iterator[Record]:
    """Read rows from lines; of these, none is taken that belongs to a later row.

    Raises:
        UnreadableError: They cannot be read any further.
    """
    reader = csv.reader(lines, strict=True)
    csv.field_size_limit(MAX_ROW_CHARACTERS)
    while True:
        start = lines.count + 1
        lines.start_row()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "field larger" in str(error):
                raise UnreadableError((start, 1), f"more than {MAX_ROW_CHARACTERS:,} characters") from None
            raise UnreadableError((start, 1), _NEVER_CLOSED) from None
        text = "".join(lines.taken)
        if text.strip():
            yield Record(start, text, cells)
        elif not cells:
            continue


class TakesLines(Protocol):
    """What lines are taken from: a file, or a buffer before one."""

    def readline(self, size: int, /) -> bytes:
        """Return a line with its end, or as much of it as ``size`` says. Bytes."""


class Lines:
    """The lines of a file, decoded and checked as they are asked for."""

    def __init__(self, stream: TakesLines) -> None:
        self._stream = stream
        self.count = 0
        self.taken: list[str] = []
        self._length = 0

    def start_row(self) -> None:
        """Forget the lines of the row before."""
        self.taken.clear()
        self._length = 0

    def __iter__(self) -> Lines:
        return self

    def __next__(self) -> str:
        data = self._stream.readline(MAX_ROW_CHARACTERS + 1)
        if not data:
            raise StopIteration
        self.count += 1
        if len(data) > MAX_ROW_CHARACTERS or self._length > MAX_ROW_CHARACTERS:
            line = self.count - len(self.taken)
            problem = f"a row of more than {MAX_ROW_CHARACTERS:,} characters; is a quote never closed?"
            raise UnreadableError((line, 1), problem)
        if self.count == 1:
            if data.startswith((b"\xff\xfe", b"\xfe\xff")):
                raise UnreadableError((1, 1), "not UTF-8: save the table as CSV UTF-8", "UTF-16")
            # Spreadsheet programs write this mark before every UTF-8 table.
            data = data.removeprefix(b"\xef\xbb\xbf")
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            mark = (self.count, len(data[: error.start].decode("utf-8")) + 1)
            raise UnreadableError(mark, "not UTF-8", f"byte {data[error.start]:#04x}") from None
        if not text.isascii() or not text.removesuffix("\n").isprintable():
            text = text.replace("\r\n", "\n")
            refuse_characters(text, tabs=True, line=self.count)
            text = unicodedata.normalize("NFC", text)
        self.taken.append(text)
        self._length += len(text)
        return text


def header_of(record: Record, table: Table, name: str, faults: Faults) -> list[Cell] | None:
    """Return the columns that a table's first row names, or None with faults."""
    found: list[Cell] = []
    before = len(faults)
    if _is_by_semicolons(record):
        faults.add(Fault(name, record.line, 1, "", _SEMICOLONS))
        return None
    for index, title in enumerate(record.cells):
        column = title.strip()
        mark = record.mark(index)
        if not column:
            faults.add(Fault(name, *mark, "", "a column without a name"))
        elif column not in table.cells:
            guess = did_you_mean(column, table.cells)
            faults.add(Fault(name, *mark, column, f"unknown column{guess}"))
        elif table.cells[column] in found:
            faults.add(Fault(name, *mark, column, "the column stands here twice"))
        else:
            found.append(table.cells[column])
    named = {cell.name for cell in found}
    for missing in table.required:
        if missing not in named:
            faults.add(Fault(name, record.line, 1, missing, "this column is missing"))
    return found if len(faults) == before else None


def no_table(first: Record | None) -> str:
    """Say why a first row is of no table."""
    if first is None:
        return EMPTY
    return (
        _SEMICOLONS
        if _is_by_semicolons(first)
        else "no table of a seed has these columns; see seed/README.md"
    )


def _is_by_semicolons(record: Record) -> bool:
    return len(record.cells) == 1 and ";" in record.cells[0]


def read_table(document: Document, stream: BinaryIO, table: Table, faults: Faults) -> bool:
    """Read a table into a document ``{"rows": [..]}``; return whether it could be read to its end."""
    builder = TreeBuilder(document)
    builder.start({}, (1, 1))
    builder.key("rows", (1, 1))
    builder.start([], (1, 1))
    columns: list[Cell] | None = None
    try:
        for count, record in enumerate(records(stream)):
            if columns is None:
                columns = header_of(record, table, document.name, faults)
                if columns is None:
                    return False
            elif count > MAX_ROWS:
                raise UnreadableError((record.line, 1), f"more than {MAX_ROWS:,} rows; part the table")
            else:
                put_row(builder, record, columns, faults)
    except UnreadableError as error:
        faults.add(Fault(document.name, *error.mark, "", error.problem, error.got))
        return False
    if columns is None:
        faults.add(Fault(document.name, 1, 1, "", EMPTY))
        return False
    return True


def put_row(builder: TreeBuilder, record: Record, columns: list[Cell], faults: Faults) -> bool:
    """Put a row into a document, at the end of its open list; return whether it is one."""
    problem = length_problem(record, columns)
    if problem:
        faults.add(Fault(builder.document.name, record.line, 1, "", problem))
        return False
    builder.start({}, (record.line, 1))
    for index, (cell, text) in enumerate(zip(columns, record.cells, strict=True)):
        mark = record.mark(index)
        value, problem = value_of(cell, text)
        if problem:
            faults.add(Fault(builder.document.name, *mark, cell.name, problem, repr(text)))
        if value is None:
            continue
        if cell.name == "flags":  # in a file each of them is a key of its own
            for flag in value:
                builder.key(flag, mark)
                builder.put(True, mark)
            continue
        builder.key(cell.name, mark)
        if isinstance(value, list):
            builder.start([], mark)
            for one in value:
                builder.put(one, mark)
            builder.end()
        else:
            builder.put(value, mark)
    builder.end()
    return True


def length_problem(record: Record, columns: list[Cell]) -> str | None:
    """Return what is wrong with the number of a row's cells, if anything is."""
    if len(record.cells) == len(columns):
        return None
    word = "short" if len(record.cells) < len(columns) else "long"
    return f"a {word} row: {len(record.cells)} cells for {len(columns)} columns"


def value_of(cell: Cell, text: str) -> tuple[Any, str | None]:
    """Return what a cell means, None for an empty one, and what is wrong with it."""
    text = text.strip()
    if not text:
        return None, None
    if cell.form == "text":
        if text[0] in "=+-@":
            return None, "starts like a formula of a spreadsheet; put ' before it if it is text"
        return (text[1:] if text[0] == "'" and _FORMULA.match(text.lstrip("'")) else text), None
    if cell.form == "list":
        return [part.strip() for part in text.split("|")], None
    if cell.form == "truth":
        return {"true": True, "false": False, "TRUE": True, "FALSE": False}.get(text, text), None
    if re.fullmatch(r"-?(?:0|[1-9][0-9]{0,18})", text, re.ASCII):
        return int(text), None
    return text, None


def text_of(cell: Cell, value: Any) -> str | None:
    """Return how a cell says a value: the way back of :func:`value_of`; None where no cell can.

    Args:
        cell: Its column.
        value: Of an entry; None for nothing.
    """
    if value is None:
        return ""
    text = str(value)
    if cell.form == "truth":
        text = text.lower()
    elif cell.form == "list":
        text = "|".join(value)
    elif _FORMULA.match(text.lstrip("'")):
        # Quotes that stand there are counted from the first one on, which is ours.
        text = f"'{text}"
    try:
        refuse_characters(text, tabs=True)
    except UnreadableError:
        return None
    is_formula = text[:1] in tuple("=+-@") and cell.form != "number"
    return text if not is_formula and value_of(cell, text) == (value, None) else None


def stream_of(data: bytes) -> BinaryIO:
    """Return bytes as a stream."""
    return io.BytesIO(data)
