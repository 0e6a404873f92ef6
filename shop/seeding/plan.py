"""The difference between what a seed wants and what the database holds; nothing is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shop.seeding import kinds
from shop.seeding.current import Current
from shop.seeding.errors import Fault, Faults
from shop.seeding.kinds import KINDS, Gone, Key, Kind, Values
from shop.seeding.pointers import point
from shop.seeding.prepare import Opening, Wanted
from shop.seeding.rows import Row, Rows

_STANDS_IN = {
    kinds.MARKET: ("markets.yaml", "markets"),
    kinds.LOCATION: ("stock.yaml", "locations"),
}


@dataclass(frozen=True)
class Change:
    """A row that becomes another."""

    key: Key
    before: Values
    after: Values

    @property
    def fields(self) -> dict[str, tuple[Any, Any]]:
        """Return what each changed column holds before and after."""
        return {
            name: (self.before[name], value)
            for name, value in self.after.items()
            if self.before[name] != value
        }


@dataclass
class Changes:
    """What happens to one table."""

    added: list[Values] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    retired: list[Change] = field(default_factory=list)
    removed: list[Values] = field(default_factory=list)
    unchanged: int = 0

    @property
    def count(self) -> int:
        """Return how many rows are written or removed."""
        return len(self.added) + len(self.changed) + len(self.retired) + len(self.removed)


@dataclass(frozen=True)
class Plan:
    """All that applying a seed will do, and nothing else.

    Attributes:
        tables: By kind, in the order of writing.
        openings: Stock that is counted for the first time.
        kept: What is gone from the files, and stays because nobody said ``--prune``.
        stocked: How many counts of the seed were made before.
        more: By table and what happens to them, how many more rows there are than are listed
            here: a plan of a large table lists the first ones.
    """

    tables: Mapping[Kind, Changes]
    openings: tuple[Opening, ...]
    stocked: int
    kept: Mapping[Kind, list[Key]] = field(default_factory=dict)
    more: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """Return how many rows are written or removed in all."""
        listed = sum(changes.count for changes in self.tables.values()) + len(self.openings)
        return listed + sum(sum(actions.values()) - actions.get("kept", 0) for actions in self.more.values())

    def and_more(self, table: str, action: str, listed: int) -> int:
        """Return how many rows of a table something happens to, of which so many are listed."""
        return listed + self.more.get(table, {}).get(action, 0)


def compare(wanted: Wanted, current: Current) -> Plan:
    """Compare what a seed asks for with the database, field by field.

    Raises:
        SeedRefused: The seed no longer holds something that business was done with and
            that cannot be retired.
    """
    rows, faults = wanted.rows, Faults()
    tables = {kind: _written(rows[kind], current.rows[kind]) for kind in KINDS}
    _handle_gone(tables, rows, current, faults)
    faults.refuse()
    new = tuple(one for one in wanted.openings if (one.sku, one.location) not in current.stocked)
    return Plan(tables, new, len(wanted.openings) - len(new), _prunable(wanted))


def _prunable(wanted: Wanted) -> dict[Kind, list[Key]]:
    """Return what pruning would end: what nothing that stays points at, and not with its owner."""
    rows, kept = wanted.rows, wanted.kept
    ending = {kind: set(keys) for kind, keys in kept.items()}
    pointed: dict[Kind, set[Key]] = {kind: set() for kind in KINDS}
    found = {}
    for kind in reversed(KINDS):
        for key, row in rows[kind].items():
            if (
                kept.get(kind)
                and key in ending[kind]
                and (kind.gone is not Gone.REMOVE or key not in pointed[kind])
            ):
                continue
            point(kind, row.values, pointed)
        found[kind] = [
            key
            for key in kept.get(kind, ())
            if (kind.gone is not Gone.REMOVE or key not in pointed[kind])
            and not (kind.owner and rows[kind][key].values[kind.owner] in ending[kind.references[kind.owner]])
        ]
    return {kind: keys for kind, keys in found.items() if keys}


def _written(wanted: Mapping[Key, Row], held: Mapping[Key, Values]) -> Changes:
    changes = Changes()
    for key, row in wanted.items():
        before = held.get(key)
        if before is None:
            changes.added.append(row.values)
        elif before != row.values:
            changes.changed.append(Change(key, before, row.values))
        else:
            changes.unchanged += 1
    return changes


def _handle_gone(tables: Mapping[Kind, Changes], rows: Rows, current: Current, faults: Faults) -> None:
    """Decide about every row that the database holds and the seed does not.

    What a row names that stays is among the seed's rows: :func:`shop.seeding.merge.hold` sees to that.
    """
    gone = {kind: set(current.rows[kind]) - set(rows[kind]) for kind in KINDS}
    for kind in KINDS:
        held, changes = current.rows[kind], tables[kind]
        for key in sorted(gone[kind], key=str):
            values = held[key]
            if kind.gone is Gone.REFUSE:
                faults.add(_cannot_go(kind, key))
            elif kind.gone is Gone.RETIRE:
                _retire(kind, key, values, current, changes)
            elif _belongs_to_gone(kind, values, gone):
                changes.unchanged += 1
            else:
                changes.removed.append(values)


def _belongs_to_gone(kind: Kind, values: Values, gone: Mapping[Kind, set[Key]]) -> bool:
    return kind.owner is not None and values[kind.owner] in gone[kind.references[kind.owner]]


def _retire(kind: Kind, key: Key, values: Values, current: Current, changes: Changes) -> None:
    assert kind.retired is not None
    after = {**values, **kind.retired(values, current.ids[kind][key])}
    if after == values:
        changes.unchanged += 1
    else:
        changes.retired.append(Change(key, values, after))


def _cannot_go(kind: Kind, key: Key) -> Fault:
    file, section = _STANDS_IN[kind]
    problem = f"`{key}` is in the database and cannot be taken away: business was done there"
    return Fault(file, 1, 1, section, problem)
