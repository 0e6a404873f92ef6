"""What the audit log tells of a seed: one entry for all of it, and one for each row that became another."""

from __future__ import annotations

from collections.abc import Iterator

from shop.audit.service import Change
from shop.seeding.kinds import Key, Kind
from shop.seeding.plan import Changes, Plan

#: With more rows than this, the seed's entry tells the numbers only: a log is read by people, and a
#: million prices at once are in the files that held them.
MOST_ROWS = 1_000

#: What happens to rows that were there before.
_REWRITING = ("changed", "retired", "removed")


def audited_changes(plan: Plan) -> list[Change]:
    """Return a plan as entries of the audit log; rows added are told as numbers."""
    numbers = {}
    for kind, changes in plan.tables.items():
        if counted := _numbers(plan, kind.table.name, changes):
            numbers[str(kind.table.name)] = counted
    if opened := plan.and_more("stock", "added", len(plan.openings)):
        numbers["stock"] = {"opened": opened}
    rows = sum(number for of in numbers.values() for verb, number in of.items() if verb in _REWRITING)
    told = list(_rows(plan)) if rows <= MOST_ROWS else []
    return [Change("seed.apply", "seed", None, {"tables": numbers, "rows_told": len(told)}), *told]


def _numbers(plan: Plan, table: str, changes: Changes) -> dict[str, int]:
    counted = {
        verb: plan.and_more(table, verb, len(getattr(changes, verb))) for verb in ("added", *_REWRITING)
    }
    return {verb: number for verb, number in counted.items() if number}


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
