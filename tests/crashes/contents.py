"""All that a database holds, in a form in which two databases can be compared."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, Integer, MetaData, Table, select, text

from tests.crashes.soundness import reading

_SCHEMA = {
    "sqlite": ["SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"],
    "postgresql": [
        """SELECT table_name, column_name, ordinal_position, data_type, is_nullable, column_default,
        character_maximum_length FROM information_schema.columns WHERE table_schema = 'public'""",
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
        """SELECT conname, conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace""",
        "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
        """SELECT proname, pg_get_functiondef(oid) FROM pg_proc
        WHERE prokind = 'f' AND pronamespace = 'public'::regnamespace""",
    ],
}


@dataclass(frozen=True)
class Contents:
    """A database's schema and rows; equal when nothing that matters differs."""

    schema: list[str]
    rows: dict[str, list[str]]

    def difference(self, other: Contents) -> str:
        """Say where two databases differ, as briefly as possible."""
        if self.schema != other.schema:
            return f"the schema: {sorted(set(self.schema) ^ set(other.schema))[:3]}"
        differing = [
            f"{name} ({len(self.rows.get(name, []))} rows, {len(other.rows.get(name, []))})"
            for name in sorted(self.rows.keys() | other.rows.keys())
            if self.rows.get(name) != other.rows.get(name)
        ]
        return f"the rows of {', '.join(differing)}"


def contents(engine: Engine) -> Contents:
    """Read everything, in an order of its own.

    A number that the database chose is told by its rank: a seed that was killed and applied
    again may leave gaps in a sequence. Moments are left out, and the audit log's hashes of them:
    that the chain holds is for ``shop verify``.
    """
    metadata = MetaData()
    with reading(engine) as connection:
        schema = [
            repr(tuple(map(_without_order, row)))
            for statement in _SCHEMA[engine.dialect.name]
            for row in connection.execute(text(statement))
        ]
        metadata.reflect(connection)
        tables = {
            table.name: [dict(row) for row in connection.execute(select(table)).mappings()]
            for table in metadata.sorted_tables
        }
    ranks = {
        name: {number: rank for rank, number in enumerate(sorted(row[key] for row in rows))}
        for name, rows in tables.items()
        if (key := _chosen_key(metadata.tables[name]))
    }
    return Contents(
        sorted(schema),
        {
            name: sorted(repr(_compared(row, metadata.tables[name], ranks)) for row in rows)
            for name, rows in tables.items()
        },
    )


def _without_order(told: object) -> object:
    """Return a definition without the order of its clauses: copying a table may name them in any."""
    return sorted(re.split(r",?\s*\n", told)) if isinstance(told, str) else told


def _chosen_key(table: Table) -> str | None:
    """Return the column whose numbers the database chooses."""
    keys = list(table.primary_key)
    return keys[0].name if len(keys) == 1 and isinstance(keys[0].type, Integer) else None


def _compared(row: dict[str, Any], table: Table, ranks: dict[str, dict[Any, int]]) -> dict[str, Any]:
    left_out = ("hash", "previous_hash")
    compared = {name: it for name, it in row.items() if not name.endswith("_at") and name not in left_out}
    if key := _chosen_key(table):
        compared[key] = ranks[table.name][row[key]]
    for column in table.c:
        for foreign in column.foreign_keys:
            ranked = ranks.get(foreign.column.table.name)
            if ranked and row[column.name] is not None:
                compared[column.name] = ranked[row[column.name]]
    return compared
