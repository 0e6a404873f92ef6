"""A large table, laid out in the database, comes out as it does in memory: plan, faults and rows."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from shop.catalogue import queries
from shop.catalogue.models import Colour, HardwareSet, Material, Product, Variant
from shop.inventory.models import Location
from shop.kit.db import db, transaction
from shop.search.index import reindex
from shop.seeding import limits, service
from shop.seeding.changes import audited_changes
from shop.seeding.diff import as_json
from shop.seeding.errors import SeedRefused
from shop.seeding.kinds import RETIRED_PLACES
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


def difference(found: Any, known: Any) -> list[str]:
    """Return what one outcome has and the other has not, in lines that can be read."""
    both = [
        [json.dumps(line) for line in each[0]]
        if isinstance(each[0], list)
        else [*map(json.dumps, each[0].pop("entries")), *each[1], json.dumps([each[0], each[2]])]
        for each in (copy.deepcopy(found), copy.deepcopy(known))
    ]
    return [f"- {line}" for line in both[1] if line not in both[0]] + [
        f"+ {line}" for line in both[0] if line not in both[1]
    ]


def make_room(path: Path) -> None:
    """Leave variants, and a product with all of its own, to old orders; open a place without any stock."""
    products = select(Product.slug, Product.id).where(Product.kind == "bag").order_by(Product.position)
    (kept, kept_id), (_, gone_id) = db.session.execute(products.limit(2)).all()
    named = db.session.execute(
        select(Variant.style_code, Material.slug, Colour.slug, HardwareSet.slug, Variant.evidence)
        .join(Variant.material)
        .join(Variant.colour)
        .join(Variant.hardware)
        .where(Variant.product_id == kept_id, Variant.sellable)
        .order_by(Variant.position.desc())
        .limit(3)
    ).all()
    lines = [f"{kept},{','.join(row)}" for row in named]
    path.write_text("\n".join(["product,style_code,material,colour,hardware,evidence", *lines]))
    assert service.apply(path, prune=True).retired
    with transaction() as session:
        place = {"position": RETIRED_PLACES + gone_id, "sellable": False}
        session.execute(update(Product).where(Product.id == gone_id).values(**place))
        gone = {"sellable": False, "is_retired": True, "slug": "retired--" + func.lower(Variant.sku)}
        session.execute(update(Variant).where(Variant.product_id == gone_id).values(**gone))
        session.add(Location(code="third", position=99, name="The third place"))
        reindex(session)
    db.session.rollback()


@pytest.mark.parametrize("kind", ["stock", "prices", "variants"])
def test_a_table_comes_out_the_same_in_the_database_and_in_memory(
    app: Flask, tmp_path: Path, kind: str
) -> None:
    path = tmp_path / f"{kind}.csv"
    make_room(tmp_path / "variants.csv")
    applied = 0
    for number in range(FIRST, FIRST + TABLES):
        path.write_text(table(kind, Random(number), Names()), newline="")
        known = outcome(path)
        with as_large():
            found = outcome(path)
        assert difference(found, known) == [], f"{kind} {number}"
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
