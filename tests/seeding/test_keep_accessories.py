"""An accessory has one variant, which its entry is: what would give it another is refused, with the place."""

from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path

import pytest
import yaml
from flask import Flask

from shop.catalogue.models import Product, Variant
from shop.kit.db import db, transaction
from shop.seeding import service
from shop.seeding.errors import SeedRefused
from shop.seeding.exporting import export
from tests.seeding.conftest import SEED
from tests.seeding.test_read_large_tables import as_large

HEADER = "product,style_code,material,colour,hardware,evidence,sellable\n"
MADE_OF = "arena-lambskin-le-city,black,le-city-palladium,line,false\n"
BELT, CODE = "le-cagole-charms-belt", "718979 210KN 7206"
ACCESSORY = """
schema: "closet-seed/1"
accessories:
  - slug: {slug}
    name: Belt
    kind: belt
    family: le-cagole
    style_code: "{code}"
    evidence: exact
    sellable: false
pairings: []
personalisation: []
"""
BAG = """
schema: "closet-seed/1"
family: le-cagole
products:
  - {{slug: {slug}, name: Belt, silhouette: handbag, sellable: false, variants: [{variant}]}}
"""
OF_BAG = f'{{style_code: "{CODE}", material: arena-lambskin, colour: black, hardware: le-city-palladium, '
OF_BAG += "evidence: line}"

#: What stands in a file, and where and why it is refused.
REFUSED = [
    (
        "variants.csv",
        f"{HEADER}{BELT},999999 9999A 1000,{MADE_OF}",
        "2:1 rows[0].product: is an accessory, whose one variant stands with it in accessories.yaml",
    ),
    (
        "variants.csv",
        f"{HEADER}{BELT},{CODE},{MADE_OF}",
        "2:1 rows[0].product: is an accessory, whose one variant",
    ),
    (
        "variants.csv",
        f"{HEADER}le-city-bag-medium,{CODE},{MADE_OF}",
        "2:20 rows[0].style_code: is the code of the accessory `le-cagole-charms-belt`",
    ),
    (
        "le-cagole.yaml",
        BAG.format(slug="other", variant=OF_BAG),
        "products[0].variants[0].style_code: is the code of the accessory `le-cagole-charms-belt`",
    ),
    (
        "le-cagole.yaml",
        BAG.format(slug=BELT, variant=""),
        "products[0].slug: is an accessory in the shop",
    ),
    (
        "accessories.yaml",
        ACCESSORY.format(slug=BELT, code="999999 9999A 1000"),
        "has another variant in the shop, and an accessory has one: --prune retires 718979210KN7206",
    ),
    (
        "accessories.yaml",
        ACCESSORY.format(slug="le-city-bag-small", code="999999 9999A 1000"),
        "accessories[0].slug: has another variant in the shop",
    ),
]


@pytest.mark.parametrize(
    ("name", "text", "fault", "large"),
    # Only tables are read as large ones.
    [(*each, large) for each in REFUSED for large in (False, True) if not large or each[0].endswith(".csv")],
)
def test_a_second_variant_is_refused(
    app: Flask, tmp_path: Path, name: str, text: str, fault: str, *, large: bool
) -> None:
    (tmp_path / name).write_text(text)

    with as_large() if large else nullcontext(), pytest.raises(SeedRefused) as refused:
        service.apply(tmp_path / name)

    assert [str(each) for each in refused.value.faults if fault in str(each)], refused.value
    assert len(refused.value.faults) == 1


def without_boot_bag() -> str:
    """Return a file that leaves out a bag which a pairing names."""
    tree = yaml.safe_load((SEED / "products/le-cagole.yaml").read_text())
    tree["products"] = [each for each in tree["products"] if each["slug"] != "le-cagole-boot-bag"]
    return json.dumps(tree)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("accessories.yaml", ACCESSORY.format(slug=BELT, code="999999 9999A 1000")),
        ("accessories.yaml", ACCESSORY.format(slug="le-city-bag-small", code="999999 9999A 1000")),
        ("le-cagole.json", without_boot_bag()),
    ],
)
def test_after_pruning_nothing_names_what_is_gone(app: Flask, tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)

    assert service.apply(tmp_path / name, prune=True).changes
    export.write(tmp_path / "out", "csv")

    assert service.plan(tmp_path / "out", prune=True).count == 0


def test_a_second_variant_of_before_is_told_and_can_be_mended(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        export.write(tmp_path / "before", "yaml")
    with transaction() as session:
        belt = session.query(Product).filter_by(slug=BELT).one()
        second = {"sku": "9999999999A1000", "style_code": "999999 9999A 1000", "slug": "second"}
        states = {"code_is_assigned": False, "sellable": False, "evidence": "line", "position": 2}
        session.add(Variant(product_id=belt.id, **second, **states))
    db.session.rollback()

    with pytest.raises(export.NotExportableError) as refused:
        export.write(tmp_path / "out", "yaml")
    report = service.apply(tmp_path / "before/accessories.yaml", prune=True)

    assert f"the accessory {BELT} has to have one variant, and has 718979210KN7206, 9999999999A1000" in str(
        refused.value
    )
    assert (report.retired, report.changes) == (1, 1)
    assert service.plan(tmp_path / "before", prune=True).count == 0
