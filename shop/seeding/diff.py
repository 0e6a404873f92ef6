"""A plan as people and programs read it: what is added, changed field by field, retired, kept."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from rich.console import Console
from rich.text import Text

from shop.seeding.kinds import Key
from shop.seeding.plan import Plan

#: Longer values are cut on a screen; ``--json`` has them whole.
_WIDEST = 60

#: Rows of a table that nothing happens to are counted; so many are listed too.
_MOST_KEPT = 10

#: By what happens to a row: its sign and colour.
_SIGNS = {
    "added": ("+", "green"),
    "changed": ("~", "yellow"),
    "retired": ("-", "magenta"),
    "removed": ("-", "red"),
    "kept": ("=", "dim"),
}

#: Where a row stands among others; moving one moves many.
_PLACE = "position"


@dataclass(frozen=True)
class Entry:
    """What happens to one row.

    Attributes:
        action: ``added``, ``changed``, ``retired``, ``removed``, or ``kept``, which is nothing.
        kind: Its table.
        key: What names it there.
        fields: What each field holds before and after; of an added row, all that it has.
    """

    action: str
    kind: str
    key: str
    fields: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)


def entries(plan: Plan) -> Iterator[Entry]:
    """Yield what a plan does, table by table."""
    for kind, changes in plan.tables.items():
        name = str(kind.table.name)  # a kind of str that JSON takes for none
        for values in changes.added:
            new = {column: (None, value) for column, value in values.items() if value not in (None, [], {})}
            yield Entry("added", name, _named(kind.key_of(values)), new)
        for action, rows in (("changed", changes.changed), ("retired", changes.retired)):
            for change in rows:
                yield Entry(action, name, _named(change.key), change.fields)
        for values in changes.removed:
            yield Entry("removed", name, _named(kind.key_of(values)))
        for key in plan.kept.get(kind, ()):
            yield Entry("kept", name, _named(key))
    for one in plan.openings:
        yield Entry("added", "stock", f"{one.sku} {one.location}", {"pieces": (None, one.pieces)})


def _named(key: Key) -> str:
    if isinstance(key, tuple):
        return " ".join("-" if part is None else as_text(part) for part in key)
    return str(key)


def as_text(value: Any) -> str:
    """Return a value of a row for people."""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, (list, dict, tuple)):
        return orjson.dumps(value, default=str).decode()
    if value is None:
        return "nothing"
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def _cut(value: Any) -> str:
    text = as_text(value)
    return text if len(text) <= _WIDEST else text[: _WIDEST - 3] + "..."


def counts(plan: Plan) -> dict[str, dict[str, int]]:
    """Return how many rows of each table meet what."""
    found: dict[str, dict[str, int]] = {}
    for entry in entries(plan):
        of_table = found.setdefault(entry.kind, {})
        of_table[entry.action] = of_table.get(entry.action, 0) + 1
    for table, more in plan.more.items():
        for action, number in more.items():
            of_table = found.setdefault(table, {})
            of_table[action] = of_table.get(action, 0) + number
    return found


def summary(plan: Plan) -> str:
    """Return a plan in one line, ``3 changes: 1 added, 2 changed``."""
    totals: dict[str, int] = {}
    for of_table in counts(plan).values():
        for action, number in of_table.items():
            totals[action] = totals.get(action, 0) + number
    kept = totals.pop("kept", 0)
    changes = sum(totals.values())
    line = f"{changes:,} {'change' if changes == 1 else 'changes'}"
    if totals:
        line += ": " + ", ".join(f"{totals[word]:,} {word}" for word in _SIGNS if word in totals)
    if kept:
        line += f"; {kept:,} gone from the files and kept (--prune takes them away)"
    return line


def print_diff(plan: Plan, console: Console) -> None:
    """Print a plan, grouped by table; coloured where the console is a terminal."""
    table, kept = None, 0
    numbers = counts(plan)
    for entry in entries(plan):
        if entry.kind != table:
            table, kept = entry.kind, 0
            of_table = ", ".join(f"{number:,} {word}" for word, number in numbers[table].items())
            console.print(Text.assemble((table, "bold"), f" ({of_table})"))
        kept += entry.action == "kept"
        if kept > _MOST_KEPT:
            continue
        sign, colour = _SIGNS[entry.action]
        line = Text(f"  {sign} {entry.key}", style=colour)
        if entry.action not in ("added", "changed"):
            line.append("  retired" if entry.action == "retired" else f"  {entry.action}")
        console.print(line)
        if entry.action != "removed":
            _print_fields(entry, console)
    if more := sum(sum(actions.values()) for actions in plan.more.values()):
        console.print(f"... and {more:,} more rows")
    console.print(summary(plan))


def _print_fields(entry: Entry, console: Console) -> None:
    for name, (before, after) in entry.fields.items():
        if entry.action == "added":
            if name != _PLACE and name not in entry.key.split():
                console.print(Text(f"      {name}: {_cut(after)}", style="green"))
        else:
            console.print(
                Text.assemble(f"      {name}: ", (_cut(before), "red"), " -> ", (_cut(after), "green"))
            )


def as_json(plan: Plan) -> str:
    """Return a plan for programs: every change with all its fields, one object."""
    found = [
        {
            "action": entry.action,
            "kind": entry.kind,
            "key": entry.key,
            "fields": {
                name: {"before": before, "after": after} for name, (before, after) in entry.fields.items()
            },
        }
        for entry in entries(plan)
    ]
    document = {"changes": plan.count, "counts": counts(plan), "entries": found}
    if plan.more:
        document["more"] = plan.more
    return orjson.dumps(document, default=_plain, option=orjson.OPT_INDENT_2).decode()


def digest(plan: Plan) -> str:
    """Return what tells a plan from every other one."""
    return hashlib.sha256(as_json(plan).encode()).hexdigest()


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else str(value)
