"""Details follow from what a variant is made of."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import func, select

from shop.catalogue.models import Detail, DetailSet, DetailSetItem, Variant
from shop.kit.db import db
from shop.seeding import kinds, service
from shop.seeding.prepare import prepare
from shop.seeding.rows import Rows
from tests.seeding.conftest import CAMEL, SEED, SeedCopy, remove_camel

Having = Callable[[str], set[str]]


@pytest.fixture(scope="module")
def having() -> Having:
    """Return the SKUs of variants that have a detail."""
    return partial(_having, prepare(SEED).rows)


def _having(rows: Rows, detail: str) -> set[str]:
    sets = {name for name, held in rows[kinds.DETAIL_SET_ITEM] if held == detail}
    return {sku for sku, row in rows[kinds.VARIANT].items() if row.values["detail_set_id"] in sets}


def test_every_detail_belongs_to_some_variant() -> None:
    rows = prepare(SEED).rows

    assert all(_having(rows, detail) for detail in rows[kinds.DETAIL])


@pytest.mark.parametrize(
    ("detail", "has", "has_not"),
    [
        ("large-studs", "8230582AA9S1000", "6713091VG9Y1404"),
        ("laced-zipper-pulls", "8230582AA9S1000", "8657602ACFH1000"),
        ("knotted-zipper-pulls", "8657602ACFH1000", "8230582AA9S1000"),
        ("tassel-zipper-pulls", "ZZ0040Z2101Z001", "8230582AA9S1000"),
        ("giant-studs", "ZZ0041Z2204Z045", "8230582AA9S1000"),
        ("lacquered-handles", "8230582AA9S1000", "6713091VG9Y1404"),
        ("braided-handles", "8230582AA9S1000", "59283328D0Y1272"),
        ("braided-strap", "6713091VG9Y1404", "8230582AA9S1000"),
        ("heart-mirror", "6713091VG9Y1404", "8230582AA9S1000"),
        ("removable-pouch", "6713091VG9Y1404", "8230582AA9S1000"),
        ("rhinestone-hardware", "671309210O98110", "6713091VG9Y1404"),
        ("dimpled-studs", "6713091VG9Y1404", "8230582AA9S1000"),
        ("oversized-b", "59283328D0Y1272", "8230582AA9S1000"),
        ("two-tone-hardware", "7897722AA4V1000", "7897442AA4V1000"),
        ("metal-plate", "ZZ0041Z2211Z001", "8230582AA9S1000"),
        ("croc-embossed", "5935461LR6Y5812", "8230582AA9S1000"),
        ("patina", "8230582AA9S1000", "59283328D0Y1272"),
    ],
)
def test_a_detail_is_found_on_the_bags_that_have_it(
    having: Having, detail: str, has: str, has_not: str
) -> None:
    assert has in having(detail)
    assert has_not not in having(detail)


def test_all_conditions_on_a_component_hold_for_one_and_the_same_part(seed: SeedCopy) -> None:
    rule = '{component: {kind: [handle], shape: ["heart"]}}'
    seed.edit("details.yaml", "rule: {hardware: {stud_scale: [original]}}", f"rule: {rule}")

    rows = prepare(seed.folder).rows

    # Le Cagole has handles and a heart mirror, but no heart-shaped handle.
    assert not _having(rows, "large-studs")


def test_a_detail_that_is_pruned_goes_with_its_sets_but_for_those_of_retired_variants(
    app: Flask, seed: SeedCopy
) -> None:
    remove_camel(seed)
    service.apply(seed.folder, prune=True)
    own = db.session.scalars(select(Variant).where(Variant.sku == CAMEL)).one().detail_set_id
    kept = select(DetailSetItem.detail_id).where(DetailSetItem.detail_set_id == own)
    had = db.session.scalars(kept).all()
    seed.cut("details.yaml", "  - slug: classic-studs", "  - slug: flat-studs")

    report = service.apply(seed.folder, prune=True)

    db.session.expire_all()
    assert report.removed > 2
    assert "classic-studs" not in db.session.scalars(select(Detail.slug)).all()
    used = select(Variant.detail_set_id).where(Variant.detail_set_id.is_not(None))
    assert set(db.session.scalars(select(DetailSet.id))) == set(db.session.scalars(used))
    assert db.session.scalars(kept).all() == had != []
    assert service.apply(seed.folder, prune=True).changes == 0


def test_a_set_that_nothing_has_any_more_stays_until_a_seed_prunes(app: Flask, seed: SeedCopy) -> None:
    seed.edit(
        "details.yaml",
        "rule: {hardware: {stud_scale: [classic]}}",
        "rule: {hardware: {stud_scale: [giant-12]}}",
    )
    service.apply(seed.folder)
    sets = select(func.count()).select_from(DetailSet)
    there = db.session.scalars(sets).one()

    assert service.plan(seed.folder).kept == {}
    assert service.apply(seed.folder).changes == 0
    assert service.apply(seed.folder, prune=True).removed > 1
    assert db.session.scalars(sets).one() < there
