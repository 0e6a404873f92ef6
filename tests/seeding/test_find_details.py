"""Details follow from what a variant is made of."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from shop.seeding import kinds
from shop.seeding.prepare import prepare
from shop.seeding.rows import Rows
from tests.seeding.conftest import SEED, SeedCopy

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
