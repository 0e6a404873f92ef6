"""What the audit log tells of a seed: one entry for all of it, and one for each row that became another."""

from __future__ import annotations

from collections.abc import Iterator

from shop.audit.service import Change
from shop.seeding.kinds import Key, Kind
from shop.seeding.plan import Changes, Plan

#: With more rows than this, the seed's entry tells the numbers only: a log is read by people, and a
#: million prices at once are in the files that held them.
MOST_ROWS = 1_000


def audited_changes(plan: Plan) -> list[Change]:
    """Return a plan as entries of the audit log; rows added are told as numbers."""
    numbers = {kind.table.name: _numbers(changes) for kind, changes in plan.tables.items() if changes.count}
    if plan.openings:
        numbers["stock"] = {"opened": len(plan.openings)}
    rows = sum(len(each.changed) + len(each.retired) + len(each.removed) for each in plan.tables.values())
    told = list(_rows(plan)) if rows <= MOST_ROWS else []
    return [Change("seed.apply", "seed", None, {"tables": numbers, "rows_told": len(told)}), *told]


def _numbers(changes: Changes) -> dict[str, int]:
    counted = ("added", "changed", "retired", "removed")
    return {name: len(getattr(changes, name)) for name in counted if getattr(changes, name)}


def _rows(plan: Plan) -> Iterator[Change]:
    for kind, changes in plan.tables.items():
        for verb, rewritten in (("change", changes.changed), ("retire", changes.retired)):
            for each in rewritten:
                before, after = {}, {}
                for name, (was, now) in each.fields.items():
                    before[name], after[name] = was, now
                yield Change(f"seed.{verb}", _object(kind, each.key), before, after)
        for values in changes.removed:
            yield Change("seed.remove", _object(kind, kind.key_of(values)), values, None)


def _object(kind: Kind, key: Key) -> str:
    """Return the name of a row, as the admin API names it where it does: ``variant:8230582AA9S1000``."""
    parts = key if isinstance(key, tuple) else (key,)
    return f"{kind.table.name}:{'/'.join('' if part is None else str(part) for part in parts)}"
