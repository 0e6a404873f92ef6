"""What differs between the rows as they shall be and those held, counted, listed and written.

The rows as they shall be stand in :data:`~shop.seeding.large.stage.FINAL`: each column of their
table, the ``id`` of the row that is held, if one is, and their place in the file.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    RowMapping,
    Text,
    case,
    cast,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.types import TypeEngine

from shop.seeding.changes import MOST_ROWS
from shop.seeding.kinds import Key, Kind, Values
from shop.seeding.large.stage import FINAL, Stage
from shop.seeding.plan import Change, Changes

#: Rows written by one statement, so that a progress bar moves.
_SLICE = 200_000

#: Told how many rows are written.
Tell = Callable[[int], None]


@dataclass(frozen=True)
class Counted:
    """How many rows differ.

    Attributes:
        added: Rows that are not held.
        changed: Rows that hold something else.
        columns: Of those, the columns that differ in any row.
    """

    added: int = 0
    changed: int = 0
    columns: Sequence[str] = ()


def columns_of(kind: Kind) -> dict[str, TypeEngine[Any]]:
    """Return the columns of :data:`FINAL` for a kind of rows, with their types.

    ``wrong`` is for what a table's own rules find, as bits.
    """
    own = {name: kind.table.c[name].type for name in kind.columns}
    return {"row": BigInteger(), "id": BigInteger(), "wrong": Integer(), **own}


@dataclass
class Difference:
    """Rows of one kind that shall be, against those held."""

    stage: Stage
    kind: Kind
    counted: Counted = field(default_factory=Counted)
    #: The rows as they shall be, where :data:`FINAL` alone does not say it.
    final: FromClause | None = None
    #: Names of what is not written yet, and so has a number of ours instead of an id.
    unwritten: Mapping[Kind, Mapping[int, Key]] = field(default_factory=dict)

    def count(self) -> Counted:
        """Count what differs."""
        final, table = self._final, self.kind.table
        laid_out = self.stage[FINAL]
        added = select(func.count()).select_from(laid_out).where(laid_out.c.id.is_(None))
        # Each row's columns as bits of one number: what differs is looked at once, and in one pass.
        bits = [case((differs, 1 << bit), else_=0) for bit, differs in enumerate(self._differs().values())]
        which: ColumnElement[int] = functools.reduce(operator.add, bits)
        joined = final.join(table, table.c.id == final.c.id)
        rows = dict(
            self.stage.connection.execute(
                select(which.label("which"), func.count()).select_from(joined).group_by("which")
            ).all()
        )
        changed = sum(number for which, number in rows.items() if which)
        seen = functools.reduce(operator.or_, rows, 0)
        columns = [name for bit, name in enumerate(self._differs()) if seen >> bit & 1]
        self.counted = Counted(self.stage.connection.scalar(added) or 0, changed, columns)
        return self.counted

    def listed(self) -> Changes:
        """Return the first rows that differ, as many as the audit log may want to tell."""
        final, connection = self._final, self.stage.connection
        own = [final.c[name] for name in self.kind.columns]
        found = Changes()
        if self.counted.added:
            new = select(*own).where(final.c.id.is_(None)).order_by(final.c.row).limit(MOST_ROWS)
            found.added = self._in_seed_terms(connection.execute(new).mappings().all())
        if self.counted.changed:
            table = self.kind.table
            held = [table.c[name].label(f"held_{name}") for name in self.kind.columns]
            both = select(*own, *held).select_from(final.join(table, table.c.id == final.c.id))
            both = both.where(self._is_changed()).order_by(final.c.row).limit(MOST_ROWS)
            rows = connection.execute(both).mappings().all()
            after, before = self._in_seed_terms(rows), self._in_seed_terms(rows, "held_")
            found.changed = [
                Change(self.kind.key_of(was), was, now) for was, now in zip(before, after, strict=True)
            ]
        return found

    def more(self) -> dict[str, int]:
        """Return how many rows differ besides those listed."""
        counted = {"added": self.counted.added, "changed": self.counted.changed}
        return {verb: number - MOST_ROWS for verb, number in counted.items() if number > MOST_ROWS}

    def write(self, last_row: int, tell: Tell) -> None:
        """Change and add the rows.

        Args:
            last_row: The greatest place of a row in the file.
            tell: Is told how many rows were looked at.
        """
        for start in range(0, last_row + 1, _SLICE):
            between = self._final.c.row.between(start, start + _SLICE - 1)
            self._write_changed(between)
            self._add(between)
            tell(min(start + _SLICE, last_row + 1))

    def free_slugs(self) -> None:
        """Let variants whose slug changes leave it first: two may swap theirs."""
        if "slug" not in self.counted.columns:
            return
        final, table = self._final, self.kind.table
        leaving = update(table).where(table.c.id == final.c.id, table.c.slug != final.c.slug)
        self.stage.connection.execute(leaving.values(slug="leaving--" + cast(table.c.id, Text)))

    def write_beyond(self, row: int) -> None:
        """Change the rows that are no rows of the file: from one on."""
        self._write_changed(self._final.c.row >= row)

    def _write_changed(self, which: ColumnElement[bool]) -> None:
        if not self.counted.changed:
            return
        final, table = self._final, self.kind.table
        statement = update(table).where(table.c.id == final.c.id, which, self._is_changed())
        self.stage.connection.execute(
            statement.values({name: final.c[name] for name in self.counted.columns})
        )

    def _add(self, which: ColumnElement[bool]) -> None:
        if not self.counted.added:
            return
        final = self._final
        new = select(*(final.c[name] for name in self.kind.columns)).where(final.c.id.is_(None), which)
        # In the order of their keys: each page of an index is found once for many rows.
        new = new.order_by(*(final.c[name] for name in self.kind.key))
        statement = insert(self.kind.table).from_select(list(self.kind.columns), new)
        with self.stage.seeking():
            self.stage.connection.execute(statement)

    @property
    def _final(self) -> FromClause:
        return self.stage[FINAL] if self.final is None else self.final

    def _in_seed_terms(self, found: Sequence[RowMapping], prefix: str = "") -> list[Values]:
        return in_seed_terms(self.stage.connection, self.kind, found, prefix, self.unwritten)

    def _differs(self) -> dict[str, ColumnElement[bool]]:
        final, table = self._final, self.kind.table
        return {name: table.c[name].is_distinct_from(final.c[name]) for name in self.kind.columns}

    def _is_changed(self) -> ColumnElement[bool]:
        differs = self._differs()
        return or_(*(differs[name] for name in self.counted.columns))


def in_seed_terms(
    connection: Connection,
    kind: Kind,
    found: Sequence[RowMapping],
    prefix: str = "",
    unwritten: Mapping[Kind, Mapping[int, Key]] | None = None,
) -> list[Values]:
    """Return rows in the seed's own terms: natural keys instead of ids.

    Args:
        connection: To look the ids up with.
        kind: Of the rows.
        found: Their columns, among others.
        prefix: Of the columns' names.
        unwritten: Names of what is not written yet, by numbers that no id is.
    """
    rows = [{name: row[prefix + name] for name in kind.columns} for row in found]
    for column, target in kind.references.items():
        if not target.has_id:
            continue
        ids = {row[column] for row in rows} - {None}
        key = target.table.c[target.key[0]]
        named = select(target.table.c.id, key).where(target.table.c.id.in_(ids))
        names: dict[int, Key] = {**(unwritten or {}).get(target, {}), **dict(connection.execute(named).all())}
        for row in rows:
            row[column] = names.get(row[column])
    return rows
