"""A large table, laid out in the database, comes out as it does in memory: plan, faults and rows."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest
from flask import Flask

from shop.catalogue import queries
from shop.kit.db import db
from shop.seeding import limits, service
from shop.seeding.changes import audited_changes
from shop.seeding.diff import as_json
from shop.seeding.errors import SeedRefused
from shop.verification.service import verify
from tests.seeding.large_tables import Names, table

#: Tables that are tried of each kind; a search for faults of this program tries many more.
TABLES = int(os.environ.get("LARGE_TABLES", "10"))
FIRST = int(os.environ.get("FIRST_TABLE", "0"))


@contextmanager
def as_large() -> Iterator[None]:
    """Read every table as a large one."""
    usual = limits.LARGE_TABLE_BYTES
    limits.LARGE_TABLE_BYTES = -1
    try:
        yield
    finally:
        limits.LARGE_TABLE_BYTES = usual


def outcome(path: Path) -> Any:
    """Return what a plan says, rows in any order, or what the table is refused for."""
    db.session.rollback()
    try:
        plan = service.plan(path)
    except SeedRefused as refused:
        return str(refused).splitlines(), refused.unread
    found = json.loads(as_json(plan))
    found["entries"].sort(key=json.dumps)
    told = [(each.action, each.object, each.before, each.after) for each in audited_changes(plan)]
    return found, sorted(map(repr, told)), plan.stocked


@pytest.mark.parametrize("kind", ["stock", "prices"])
def test_a_table_comes_out_the_same_in_the_database_and_in_memory(
    app: Flask, tmp_path: Path, kind: str
) -> None:
    path = tmp_path / f"{kind}.csv"
    applied = 0
    for number in range(FIRST, FIRST + TABLES):
        path.write_text(table(kind, Random(number), Names()), newline="")
        known = outcome(path)
        with as_large():
            found = outcome(path)
        assert found == known, f"{kind} {number}"
        if isinstance(known[0], dict) and known[0]["changes"]:
            before = queries.revision(db.session()).number
            with as_large():
                report = service.apply(path)
                assert report.changes == known[0]["changes"], f"{kind} {number}"
                assert service.apply(path).changes == 0
            db.session.rollback()
            assert outcome(path)[0]["changes"] == 0, f"{kind} {number}"
            assert queries.revision(db.session()).number == before + 1
            applied += 1
    assert verify(db.session()) == []
    assert applied
