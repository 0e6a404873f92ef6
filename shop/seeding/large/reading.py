"""The rows of a large table, thousands at a time.

Lines without quotes are parted by the commas in them, a block of lines at once. All others, and
whatever is wrong in a line, are read as :mod:`shop.seeding.formats.csv_text` reads every table.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import BinaryIO

from shop.seeding.formats.csv_text import Lines, Record, records_of
from shop.seeding.formats.documents import UnreadableError, refuse_characters

#: Read at a time. Bytes.
_BLOCK = 256 * 1024

#: Lines longer than this are looked at one by one. Characters.
_LONG = 4 * 1024

#: Rows with quotes that are read before they are handed on.
_ROWS = 5_000

#: What nobody has to look at twice: printable ASCII and ends of lines.
_PLAIN = bytes([10, *range(32, 127)])


@dataclass(frozen=True)
class Batch:
    """Rows of a table as they stand in the file.

    Attributes:
        lines: Where each row begins.
        texts: Each row as it stands there.
        read: How far the file is read with them. Bytes.
        parted: Their cells; None where they are what stands between commas.
    """

    lines: Sequence[int]
    texts: Sequence[str]
    read: int
    parted: Sequence[list[str]] | None = None

    @cached_property
    def cells(self) -> Sequence[list[str]]:
        """Return the cells of each row."""
        return [line.split(",") for line in self.texts] if self.parted is None else self.parted

    def columns(self, width: int) -> Sequence[Sequence[str]] | None:
        """Return the cells by column; None where a row has another number of them."""
        if self.parted is not None:
            right = all(len(row) == width for row in self.parted)
            return list(zip(*self.parted, strict=True)) if right else None
        cells = ",\n".join(self.texts).split(",")
        # Where all rows are of this width, the first cells are those that begin with the end of the
        # line before. No other text holds one, so none is elsewhere if each of the first has its own.
        first = "".join(cells[::width]).split("\n")
        if len(cells) != width * len(self.texts) or len(first) != len(self.texts):
            return None
        return [first, *(cells[index::width] for index in range(1, width))]

    def record(self, index: int) -> Record:
        """Return one row with its text."""
        text = self.texts[index]
        cells = text.split(",") if self.parted is None else self.parted[index]
        return Record(self.lines[index], text, cells)


class _Blocks:
    """A file that is read block by block, and line by line where that is asked for."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._block = b""
        self._at = 0
        self.read = 0

    def readline(self, size: int, /) -> bytes:
        """Return a line with its end, or as much of it as ``size`` says. Bytes."""
        while True:
            end = self._block.find(b"\n", self._at, self._at + size) + 1
            if end or len(self._block) - self._at >= size or not self._fill():
                break
        stop = end or min(self._at + size, len(self._block))
        line = self._block[self._at : stop]
        self._at = stop
        return line

    def whole_lines(self) -> bytes:
        """Return the lines that are whole in this block; empty at the end of the file."""
        while not (end := self._block.rfind(b"\n", self._at) + 1):
            if not self._fill() or len(self._block) - self._at > 2 * _BLOCK:
                return b""
        return self._block[self._at : end]

    def take(self, length: int) -> None:
        """Go on behind so many bytes."""
        self._at += length

    def _fill(self) -> bool:
        data = self._stream.read(_BLOCK)
        self._block = self._block[self._at :] + data
        self._at = 0
        self.read += len(data)
        return bool(data)


def batches(stream: BinaryIO) -> Iterator[Batch]:
    """Read a table to its end, the first row too, which comes alone.

    Raises:
        UnreadableError: It cannot be read any further; what came before was handed on.
    """
    blocks = _Blocks(stream)
    lines = Lines(blocks)
    careful = records_of(lines)
    first = next(careful, None)
    if first is None:
        return
    yield _batch([first], blocks.read)
    while True:
        data = blocks.whole_lines()
        if (quick := _parted(data)) is not None:
            blocks.take(len(data))
            start = lines.count + 1
            lines.count += len(quick)
            if batch := _without_blanks(quick, start, blocks.read):
                yield batch
            continue
        found: list[Record] = []
        until = lines.count + data.count(b"\n")
        try:
            for record in careful:
                found.append(record)
                if len(found) == _ROWS or lines.count >= until:
                    break
            else:
                break
        except UnreadableError:
            if found:
                yield _batch(found, blocks.read)
            raise
        yield _batch(found, blocks.read)
    if found:
        yield _batch(found, blocks.read)


def _batch(found: Sequence[Record], read: int) -> Batch:
    return Batch(
        [record.line for record in found],
        [record.text for record in found],
        read,
        [record.cells for record in found],
    )


def _parted(data: bytes) -> list[str] | None:
    """Return the lines of a block, or None where one needs a closer look."""
    if not data or b'"' in data:
        return None
    if data.translate(None, _PLAIN):
        try:
            text = data.decode().replace("\r\n", "\n")
            refuse_characters(text, tabs=True)
        except (UnicodeDecodeError, UnreadableError):
            return None
        text = unicodedata.normalize("NFC", text)
    else:
        text = data.decode("ascii")
    lines = text.split("\n")
    lines.pop()
    return None if max(map(len, lines)) > _LONG else lines


def _without_blanks(lines: list[str], start: int, read: int) -> Batch | None:
    numbers: Sequence[int] = range(start, start + len(lines))
    if not all(lines) or any(map(str.isspace, lines)):
        kept = [(number, line) for number, line in zip(numbers, lines, strict=True) if line.strip()]
        numbers, lines = [number for number, _ in kept], [line for _, line in kept]
    return Batch(numbers, lines, read) if lines else None
