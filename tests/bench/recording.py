"""What the shop says to PostgreSQL in one purchase, as a script that pgbench plays.

A real purchase is made and every statement heard; what differs from purchase to purchase (ids,
hashes, numbers, the bag) is then replaced by an expression over one random number, so that the
script writes the same rows as the shop does, each time new ones.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import psycopg
from flask import Flask
from psycopg import sql
from sqlalchemy import event
from sqlalchemy.engine import make_url

from shop.kit.db import db
from shop.kit.engines import READING

#: Takes a statement's parameter by its name and value; returns SQL for it, None to write it out.
Replace = Callable[[str, Any], str | None]

_WRITES = re.compile(r"(INSERT|UPDATE|DELETE|WITH \w+ AS\s*\(\s*(UPDATE|INSERT))", re.IGNORECASE)
_QUOTED = re.compile(r"( ?E)?'((?:[^']|'')*)'")
_PARAMETER = re.compile(r"%\((\w+)\)s")
_HASH = re.compile(r"[0-9a-f]{64}")
_NUMBER = re.compile(r"[0-9A-Z]{5}-[0-9A-Z]{5}")
_SESSION = re.compile(r"cs_test_\w+")


@dataclass
class Heard:
    """Statements in the order they were made, with the transactions they were made in.

    Attributes:
        said: ``BEGIN``, ``COMMIT`` or a statement with its rows of parameters.
    """

    said: list[tuple[str, Sequence[Mapping[str, Any]]]] = field(default_factory=list)

    @property
    def statements(self) -> int:
        return sum(text not in ("BEGIN", "COMMIT") for text, _ in self.said)

    def writes(self) -> Heard:
        """Return only what writes, and the transactions in which something is written."""
        kept: list[tuple[str, Sequence[Mapping[str, Any]]]] = []
        for text, rows in self.said:
            if text == "COMMIT" and kept and kept[-1][0] == "BEGIN":
                kept.pop()
            elif text in ("BEGIN", "COMMIT") or _WRITES.match(text):
                kept.append((text, rows))
        return Heard(kept)

    def script(self, url: str, replace: Replace) -> str:
        """Return the script of it for pgbench."""
        with psycopg.connect(plain(url)) as connection:
            lines = [_filled_in(connection, text, rows, replace) for text, rows in self.said]
        return "".join(f"{line};\n" for line in lines)


@contextmanager
def listening(app: Flask) -> Iterator[Heard]:
    """Hear what an application says to its database while the block runs."""
    heard = Heard()

    def statement(_c: Any, _cu: Any, text: str, given: Any, _context: Any, many: bool) -> None:
        heard.said.append((text, given if many else [given]))

    def boundary(word: str) -> Callable[[Any], None]:
        def hear(connection: Any) -> None:
            if not connection.get_execution_options().get(READING):
                heard.said.append((word, []))

        return hear

    with app.app_context():
        engine = db.engine
    listeners = {
        "before_cursor_execute": statement,
        "begin": boundary("BEGIN"),
        "commit": boundary("COMMIT"),
    }
    for name, hear in listeners.items():
        event.listen(engine, name, hear)
    try:
        yield heard
    finally:
        for name, hear in listeners.items():
            event.remove(engine, name, hear)


def each_time_new(variant_id: int, variant: str) -> Replace:
    """Return expressions over pgbench's variable ``r`` for what differs from purchase to purchase.

    Args:
        variant_id: The bag that was bought.
        variant: What stands for it: a variable of the script.
    """
    numbers: dict[str, int] = {}

    def word(value: str) -> str:
        return f"md5('{numbers.setdefault(value, len(numbers))}/' || :r::text)"

    def replace(name: str, value: Any) -> str | None:
        if name.startswith("variant_id") and value == variant_id:
            return variant
        if isinstance(value, UUID):
            return f"{word(str(value))}::uuid"
        if not isinstance(value, str):
            return None
        if re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", value):
            return f"{word(value)}::uuid::text"
        if _HASH.fullmatch(value):
            return f"({word(value)} || {word(value)})"
        if _NUMBER.fullmatch(value):
            return f"upper(substr({word(value)}, 1, 5) || '-' || substr({word(value)}, 6, 5))"
        if _SESSION.fullmatch(value):
            return f"('cs_test_' || {word(value)})"
        return None

    return replace


def plain(url: str) -> str:
    """Return a database's address as libpq and its programs read it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def _filled_in(
    connection: psycopg.Connection[Any], text: str, rows: Sequence[Mapping[str, Any]], replace: Replace
) -> str:
    """Return a statement with its parameters in it; of many rows, one statement with all of them."""
    if not rows:
        return text

    def fill(part: str, row: Mapping[str, Any]) -> str:
        def value(found: re.Match[str]) -> str:
            name = found[1]
            return replace(name, row[name]) or _literal(connection, row[name])

        return _PARAMETER.sub(value, part).replace("%%", "%")

    if len(rows) == 1:
        return fill(text, rows[0])
    head, values = re.split(r"\sVALUES\s", text, maxsplit=1)
    return f"{head} VALUES {', '.join(fill(values, row) for row in rows)}"


def _literal(connection: psycopg.Connection[Any], value: Any) -> str:
    """Return a value as SQL in which pgbench finds no variables: no colon stands in its text."""

    def without_colons(found: re.Match[str]) -> str:
        escape, text = found.groups()
        if ":" not in text:
            return found[0]
        if not escape:
            text = text.replace("\\", "\\\\")
        return " E'" + text.replace(":", r"\x3a") + "'"

    return _QUOTED.sub(without_colons, sql.Literal(value).as_string(connection))
