"""One large table, from its file to a plan, and into the database."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from sqlalchemy import func, select

from shop.catalogue.models import Variant
from shop.kit.db import db
from shop.seeding.errors import Faults
from shop.seeding.formats import limits
from shop.seeding.formats.files import File
from shop.seeding.kinds import KINDS, Key, Kind
from shop.seeding.large import stage as staging
from shop.seeding.large.checking import Checked, check, name_of
from shop.seeding.large.difference import Tell
from shop.seeding.large.prices import PricesTable
from shop.seeding.large.stage import ROWS, Stage
from shop.seeding.large.stock import StockTable
from shop.seeding.large.variants import VariantsTable
from shop.seeding.large.wrong import Wrong, add_faults
from shop.seeding.plan import Changes, Plan
from shop.seeding.prepare import Opening
from shop.seeding.write import Progress


class Content(Protocol):
    """What a kind of table asks for; rows of :data:`~shop.seeding.large.stage.ROWS` are its own."""

    @property
    def changes(self) -> int:
        """Return how many rows are written."""

    @property
    def unchanged(self) -> int:
        """Return how many counts of stock were made before."""

    @property
    def is_search_affected(self) -> bool:
        """Tell whether what is found by words changes."""

    def resolve(self, found: Checked) -> None:
        """Find what the rows name."""

    def wrong(self, found: Checked, *, alone: bool) -> tuple[list[Wrong], int]:
        """Return what is wrong between rows, and with what they name."""

    def count(self) -> None:
        """Count what differs from what is held."""

    def listed(self) -> dict[Kind, Changes]:
        """Return the first rows that differ."""

    def more(self) -> dict[str, dict[str, int]]:
        """Return how many differ besides those listed."""

    def kept(self) -> tuple[dict[Kind, list[Key]], dict[str, int]]:
        """Return the first rows that only pruning would end, and how many there are besides, by table."""

    def openings(self) -> tuple[Opening, ...]:
        """Return the first counts that are new."""

    def write(self, last_row: int, tell: Tell) -> None:
        """Write what differs."""


_CONTENTS: dict[str, Callable[[Stage, File], Content]] = {
    "stock.csv": StockTable,
    "prices.csv": PricesTable,
    "variants.csv": VariantsTable,
}

#: Shares of the time, in hundredths: until the file is read, and until what it names is found.
_READ, _RESOLVED = 30, 50


def large_table_in(files: Sequence[File], *, prune: bool) -> str | None:
    """Return which table a seed is that is to be laid out in the database; None for all others.

    A table that prunes is read with the whole catalogue, whatever its size.
    """
    if len(files) != 1 or not files[0].alone or files[0].format != "csv" or prune:
        return None
    if files[0].size <= limits.LARGE_TABLE_BYTES and not _is_large_catalogue():
        return None
    return name_of(files[0])


def _is_large_catalogue() -> bool:
    further = select(Variant.id).offset(limits.LARGE_CATALOGUE).limit(1)
    return db.session.scalar(further) is not None


class LargeTable:
    """A table that is laid out in the database and not in memory.

    Call :meth:`read`, then :meth:`plan`, then :meth:`write`.
    """

    def __init__(self, stage: Stage, file: File, name: str, progress: Progress | None = None) -> None:
        self._stage, self._file, self._name = stage, file, name
        self._progress: Progress = progress or (lambda _done, _total, _what: None)
        self._found = Checked()
        self._content: Content | None = None

    def read(self) -> None:
        """Read and check every row by itself.

        Raises:
            SeedRefused: It cannot be read to its end.
        """
        name = self._name
        self._stage.take_time()
        self._stage.create(ROWS, staging.columns_of(name))
        whole = max(self._file.size, 1)
        self._found = check(
            self._file,
            name,
            self._stage.laying_out,
            lambda done: self._tell(done * _READ // whole, "Reading the table"),
        )
        if self._found.unread:
            self._found.faults.refuse(unread=True)
        self._stage.analyze(ROWS)
        self._content = _CONTENTS[name](self._stage, self._file)

    def plan(self, *, kept: bool = False) -> Plan:
        """Return what applying the table would change; the database may have changed since the last time.

        Args:
            kept: Tell what only pruning would end, too.

        Raises:
            SeedRefused: With all faults.
        """
        content = self._required
        self._tell(_READ, "Comparing with the database")
        content.resolve(self._found)
        faults = Faults()
        faults.include(self._found.faults)
        wrong, more = content.wrong(self._found, alone=len(faults) > 0)
        if wrong or more:
            add_faults(self._found, self._file, wrong, faults, more)
        faults.refuse()
        content.count()
        self._tell(_RESOLVED, "Comparing with the database")
        return self._plan(content, kept=kept)

    def write(self) -> None:
        """Write what was planned last, in the caller's transaction."""
        rows = max(self._found.rows, 1)
        left = 100 - _RESOLVED
        self._stage.get_ready_to_write()
        self._required.write(
            rows - 1, lambda done: self._tell(_RESOLVED + left * done // rows, "Writing the table")
        )

    @property
    def is_search_affected(self) -> bool:
        """Tell whether what is found by words changes."""
        return self._required.is_search_affected

    def _plan(self, content: Content, *, kept: bool) -> Plan:
        listed, more = content.listed(), content.more()
        tables = {}
        for kind in KINDS:
            changes = listed.get(kind) or Changes()
            held: Any = self._stage.connection.scalar(select(func.count()).select_from(kind.table))
            touched = len(changes.changed) + len(changes.retired) + len(changes.removed)
            of_more = more.get(str(kind.table.name), {})
            touched += sum(of_more.get(verb, 0) for verb in ("changed", "retired", "removed"))
            changes.unchanged = held - touched
            tables[kind] = changes
        keys, kept_more = content.kept() if kept else ({}, {})
        for table, number in kept_more.items():
            more.setdefault(table, {})["kept"] = number
        return Plan(tables, content.openings(), content.unchanged, keys, more)

    @property
    def _required(self) -> Content:
        assert self._content is not None, "the table is to be read first"
        return self._content

    def _tell(self, done: int, what: str) -> None:
        self._progress(done, 100, what)
