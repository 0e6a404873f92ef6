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

from shop.audit.models import AuditEntry
from shop.catalogue import queries
from shop.catalogue.models import Colour, HardwareSet, Material, Product, Variant
from shop.inventory.models import Location
from shop.kit.db import db, transaction
from shop.pricing.models import Price
from shop.search.index import reindex
from shop.seeding import service
from shop.seeding.changes import audited_changes
from shop.seeding.diff import as_json, counts
from shop.seeding.errors import SeedRefused
from shop.seeding.formats import limits
from shop.seeding.kinds import RETIRED_PLACES
from shop.verification.service import verify
from tests.seeding.large_tables import Names, table

#: Tables that are tried of each kind; a search for faults of this program tries many more.
TABLES = int(os.environ.get("LARGE_TABLES", "5"))
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


def cells_of_variants() -> list[list[str]]:
    """Return rows of variants that are held, without a note."""
    query = (
        select(
            Product.slug, Material.slug, Colour.slug, HardwareSet.slug, Variant.evidence, Variant.style_code
        )
        .join(Variant.product)
        .join(Variant.material)
        .join(Variant.colour)
        .join(Variant.hardware)
        .where(Variant.sellable)
        .order_by(Variant.id)
    )
    return [list(row) for row in db.session.execute(query)]


@pytest.mark.parametrize("note", [r"\N", r"a\b", r"a\n", '"a, ""b"""', "plain"])
def test_a_note_is_kept_as_it_stands_beside_a_row_without_one(app: Flask, tmp_path: Path, note: str) -> None:
    path = tmp_path / "variants.csv"
    rows = [",".join([*row, text]) for row, text in zip(cells_of_variants(), (note, ""), strict=False)]
    path.write_text("\n".join(["product,material,colour,hardware,evidence,style_code,note", *rows, ""]))

    known = outcome(path)
    with as_large():
        found = outcome(path)

    assert known[0]["changes"]
    assert difference(found, known) == []


@pytest.mark.parametrize("cells", [(6, 8), (8, 6), (7, 6, 7, 8), (8, 7, 6), (6, 6, 6)])
def test_rows_of_wrong_lengths_are_refused_even_where_they_make_up_for_each_other(
    app: Flask, tmp_path: Path, cells: tuple[int, ...]
) -> None:
    # Where one row lacks a cell and a later one has one more, every cell of the latter may pass
    # for one of the column before.
    path = tmp_path / "variants.csv"
    full = [[code, code, *row, row[-1]] for *row, code in cells_of_variants()]
    rows = [",".join(row[:count]) for row, count in zip(full, cells, strict=False)]
    path.write_text("\n".join(["style_code,note,product,material,colour,hardware,evidence", *rows, ""]))

    known = outcome(path)
    with as_large():
        found = outcome(path)

    assert len([line for line in known[0] if "row: " in line]) == len(cells) - cells.count(7)
    assert found == known


def test_one_bad_row_at_the_end_of_a_large_table_writes_nothing(app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "prices.csv"
    rows = [f"{sku},USD,4200{at:02},true" for at, sku in enumerate(Names().sold)]
    path.write_text("\n".join(["sku,currency,amount_minor,is_illustrative", *rows, f"{rows[0]}0.5"]))
    before = [db.session.execute(select(table)).all() for table in (Price.__table__, AuditEntry.__table__)]

    with as_large(), pytest.raises(SeedRefused) as refused:
        service.apply(path)

    assert [fault.line for fault in refused.value.faults] == [len(rows) + 2]
    db.session.rollback()
    assert before == [
        db.session.execute(select(table)).all() for table in (Price.__table__, AuditEntry.__table__)
    ]


def test_a_large_table_tells_how_far_it_is_and_its_first_thousand_changes(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "stock.csv"
    make_room(tmp_path / "variants.csv")
    sold = Names().sold
    path.write_text("\n".join(["sku,location,pieces", *(f"{sku},third,2" for sku in sold)]))
    monkeypatch.setattr("shop.seeding.large.stock.MOST_ROWS", 3)
    told: list[int] = []

    with as_large():
        plan = service.plan(path)
        report = service.apply(path, lambda done, total, _what: told.append(100 * done // total))

    assert len(plan.openings) == 3
    assert plan.count == report.added == len(sold) > 3
    assert counts(plan) == {"stock": {"added": len(sold)}}
    assert told == sorted(told)
    assert told[-1] == 100
    entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.number.desc()).limit(1)).one()
    assert entry.after is not None
    assert entry.after["tables"] == {"stock": {"opened": len(sold)}}
    assert verify(db.session()) == []


def test_a_product_closes_its_gap_where_a_variant_leaves_it_and_others_come(
    app: Flask, tmp_path: Path
) -> None:
    """Nothing moves in a product that only gets variants, but for this."""
    first, *_ = rows = cells_of_variants()
    other = next(row[0] for row in rows if row[0] != first[0])
    header = "product,material,colour,hardware,evidence,style_code,slug,sellable\n"
    made_of = ",".join(first[1:5])
    lines = [f"{other},{made_of},{first[5]},,", f"{first[0]},{made_of},ZZ0001 Z0001 Z001,fresh,false"]
    path = tmp_path / "variants.csv"
    path.write_text(header + "\n".join(lines))
    known = outcome(path)
    with as_large():
        assert difference(outcome(path), known) == []
        service.apply(path)
        assert service.apply(path).changes == 0
    db.session.rollback()
    places = select(Variant.position).join(Variant.product).where(Product.slug == first[0])
    held = sorted(db.session.scalars(places.where(Variant.is_retired.is_(False))))
    assert held == list(range(1, len(held) + 1))
