"""Writing a plan: parents before children, each table with few statements."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import Table, bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from shop.inventory.models import Movement, Stock
from shop.kit.clock import now
from shop.seeding.current import Current
from shop.seeding.kinds import KINDS, LOCATION, VARIANT, Kind, Values
from shop.seeding.part import batched
from shop.seeding.plan import Change, Changes, Plan
from shop.seeding.prepare import Opening

#: Told after each table: how many are done, of how many, and which it was.
Progress = Callable[[int, int, str], None]

#: Far below any place a row can have.
_PARKED = -1_000_000_000


def write_plan(session: Session, plan: Plan, current: Current, progress: Progress | None = None) -> None:
    """Write a plan in the caller's transaction.

    Args:
        session: From ``transaction()``.
        plan: Made from ``current``.
        current: What the database holds, read in the same transaction.
        progress: Told after each table.
    """
    writer = _Writer(session, current)
    steps = len(KINDS) + 2
    for done, kind in enumerate(KINDS, 1):
        writer.put(kind, plan.tables[kind])
        if progress:
            progress(done, steps, kind.table.name)
    writer.open_stock(plan.openings)
    if progress:
        progress(steps - 1, steps, "stock")
    for kind in reversed(KINDS):
        writer.remove(kind, plan.tables[kind].removed)
    if progress:
        progress(steps, steps, "rows gone from the seed")


class _Writer:
    def __init__(self, session: Session, current: Current) -> None:
        self._session = session
        self._ids = {kind: dict(ids) for kind, ids in current.ids.items()}

    def put(self, kind: Kind, changes: Changes) -> None:
        """Update and add the rows of a table."""
        rewritten = [*changes.changed, *changes.retired]
        self._park(kind, changes)
        if rewritten:
            self._update(kind, rewritten)
        if changes.added:
            self._session.execute(insert(kind.table), [self._stored(kind, one) for one in changes.added])
            self._learn_ids(kind, changes.added)

    def remove(self, kind: Kind, removed: list[Values]) -> None:
        """Delete rows that nothing points at any more."""
        if removed:
            statement = delete(kind.table).where(*_is_row(kind.table))
            self._session.execute(statement, [self._row_key(kind, values) for values in removed])

    def open_stock(self, openings: Iterable[Opening]) -> None:
        """Count stock for the first time, with its entry in the ledger."""
        stock, movements, moment = [], [], now()
        for one in openings:
            at = {"variant_id": self._ids[VARIANT][one.sku], "location_id": self._ids[LOCATION][one.location]}
            stock.append({**at, "on_hand": one.pieces, "held": 0})
            if one.pieces:  # the ledger has no entry for nothing
                movements.append(
                    {
                        **at,
                        "kind": "opening",
                        "on_hand_delta": one.pieces,
                        "reference": "seed",
                        "reason": "opening stock of the seed",
                        "happened_at": moment,
                    }
                )
        if stock:
            self._session.execute(insert(Stock.__table__), stock)  # type: ignore[arg-type]
        if movements:
            self._session.execute(insert(Movement.__table__), movements)  # type: ignore[arg-type]

    def _park(self, kind: Kind, changes: Changes) -> None:
        """Free the places of rows that move, so that no two ever stand on one."""
        if "position" not in kind.table.c or not kind.table.c.position.unique:
            return
        rewritten = [*changes.changed, *changes.retired]
        moving = [change.key for change in rewritten if "position" in change.fields]
        moving += [kind.key_of(values) for values in changes.removed]
        if moving:
            column = kind.table.c[kind.key[0]]
            statement = update(kind.table).where(column.in_(moving))
            self._session.execute(statement.values(position=_PARKED - kind.table.c.position))

    def _update(self, kind: Kind, rewritten: list[Change]) -> None:
        keyed = {column.name for column in kind.table.primary_key}
        columns = [name for name in kind.columns if name not in keyed]
        statement = update(kind.table).where(*_is_row(kind.table))
        statement = statement.values({name: bindparam(f"new_{name}") for name in columns})
        parameters = []
        for change in rewritten:
            stored = self._stored(kind, change.after)
            parameters.append(
                {**{f"new_{name}": stored[name] for name in columns}, **self._row_key(kind, change.before)}
            )
        self._session.execute(statement, parameters)

    def _row_key(self, kind: Kind, values: Values) -> dict[str, Any]:
        if kind.has_id:
            return {"is_id": self._ids[kind][kind.key_of(values)]}
        stored = self._stored(kind, values)
        return {f"is_{column.name}": stored[column.name] for column in kind.table.primary_key}

    def _stored(self, kind: Kind, values: Values) -> Values:
        """Return a row as the database keeps it: ids instead of natural keys."""
        stored = dict(values)
        for column, target in kind.references.items():
            if target.has_id and stored[column] is not None:
                stored[column] = self._ids[target][stored[column]]
        return stored

    def _learn_ids(self, kind: Kind, added: list[Values]) -> None:
        if kind.has_id and len(kind.key) == 1:  # others point at it by that name
            column = kind.table.c[kind.key[0]]
            for keys in batched([kind.key_of(values) for values in added]):
                names = select(column, kind.table.c.id).where(column.in_(keys))
                self._ids[kind].update(self._session.execute(names).all())


def _is_row(table: Table) -> list[Any]:
    return [column == bindparam(f"is_{column.name}") for column in table.primary_key]
