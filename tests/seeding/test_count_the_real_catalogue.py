"""Nothing of the real catalogue is lost on its way into the files and into the database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from shop.catalogue import models as catalogue
from shop.inventory.models import Location
from shop.kit.db import Base, db
from shop.pricing import models as pricing
from shop.seeding.fields import FLAG
from shop.seeding.formats.documents import Document
from shop.seeding.formats.yaml_text import read_yaml
from shop.seeding.kinds import KINDS
from tests.seeding.conftest import SEED

#: Facts of each file, counted when the catalogue was taken over: 10,221 of its own and what
#: was added (labels, details, stock, shipping). A file may grow; less means a loss.
FACTS = {
    "accessories.yaml": 110,
    "campaigns.yaml": 114,
    "colours.yaml": 412,
    "compliance.yaml": 31,
    "details.yaml": 249,
    "disputes.yaml": 133,
    "families.yaml": 236,
    "hardware.yaml": 396,
    "house.yaml": 180,
    "markets.yaml": 292,
    "materials.yaml": 375,
    "observations.yaml": 171,
    "people.yaml": 171,
    "placements.yaml": 39,
    "products/hourglass.yaml": 1124,
    "products/le-cagole.yaml": 1500,
    "products/le-city.yaml": 1611,
    "products/motorcycle.yaml": 740,
    "products/neo-cagole.yaml": 533,
    "products/neo-classic.yaml": 471,
    "products/rodeo.yaml": 460,
    "sources.yaml": 514,
    "stock.yaml": 540,
    "timeline.yaml": 124,
    "vocabularies.yaml": 284,
}


def tree_of(name: str) -> Any:
    document = Document(name)
    read_yaml(document, (SEED / name).read_bytes())
    return document.tree


def files() -> list[str]:
    return sorted(path.relative_to(SEED).as_posix() for path in SEED.rglob("*.yaml"))


def facts_in(tree: Any) -> int:
    if isinstance(tree, dict):
        return sum(facts_in(inner) for inner in tree.values())
    if isinstance(tree, list):
        return sum(facts_in(inner) for inner in tree)
    return 1


def count(model: type[Base], *conditions: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(model).where(*conditions)) or 0


def test_no_file_of_the_seed_has_lost_a_fact() -> None:
    found = {name: facts_in(tree_of(name)) for name in files()}

    assert set(found) == set(FACTS)
    assert {name: number for name, number in found.items() if number < FACTS[name]} == {}


def test_the_house_has_seven_families(app: Flask) -> None:
    roles = Counter(db.session.scalars(select(catalogue.Family.role)))

    assert roles == {"core": 4, "related": 2, "heritage": 1}


def test_fifty_bags_come_in_193_variants_of_which_29_are_archive(app: Flask) -> None:
    bags = count(catalogue.Product, catalogue.Product.kind == "bag")
    variants = select(catalogue.Variant.sellable).join(catalogue.Product)
    sellable = Counter(db.session.scalars(variants.where(catalogue.Product.kind == "bag")))

    assert bags == 50
    assert sellable == {True: 164, False: 29}


def test_archive_variants_belong_to_the_heritage_family_and_are_not_sold(app: Flask) -> None:
    heritage = (
        select(catalogue.Variant.sellable)
        .join(catalogue.Product)
        .join(catalogue.Family)
        .where(catalogue.Family.role == "heritage", catalogue.Product.kind == "bag")
    )

    assert Counter(db.session.scalars(heritage)) == {False: 29}


@pytest.mark.parametrize(
    ("model", "number"),
    [
        (catalogue.Material, 24),
        (catalogue.Lining, 5),
        (catalogue.Colour, 54),
        (catalogue.HardwareItem, 17),
        (catalogue.HardwareSet, 27),
        (catalogue.HardwareSetItem, 58),
        (catalogue.Component, 156),
        (catalogue.FamilyLink, 5),
        (catalogue.FamilyRelaunch, 3),
        (catalogue.TimelineEvent, 21),
        (catalogue.Person, 26),
        (catalogue.Ambassador, 5),
        (catalogue.Campaign, 5),
        (catalogue.CastMember, 19),
        (catalogue.Sighting, 2),
        (catalogue.Source, 127),
        (catalogue.Dispute, 16),
        (catalogue.ComplianceRule, 5),
        (catalogue.Personalisation, 3),
        (pricing.Market, 11),
        (pricing.DutyRate, 7),
        (pricing.ShippingMethod, 22),
        (Location, 2),
    ],
)
def test_every_part_of_the_catalogue_is_there(app: Flask, model: type[Base], number: int) -> None:
    assert count(model) == number


def test_six_accessories_are_products_of_one_variant(app: Flask) -> None:
    accessories = select(catalogue.Product.id).where(catalogue.Product.kind == "accessory")
    variants = select(catalogue.Variant.product_id).where(catalogue.Variant.product_id.in_(accessories))

    assert sorted(db.session.scalars(variants)) == sorted(db.session.scalars(accessories))
    assert count(catalogue.Product, catalogue.Product.kind == "accessory") == 6


def test_prices_that_somebody_saw_are_told_from_invented_ones(app: Flask) -> None:
    of_bags = select(pricing.Price.is_illustrative, pricing.Price.source.is_(None)).join(catalogue.Variant)
    of_bags = of_bags.join(catalogue.Product).where(catalogue.Product.kind == "bag")

    assert Counter(db.session.execute(of_bags)) == {(True, True): 811, (False, False): 19}


def test_observed_amounts_are_kept_apart_from_prices(app: Flask) -> None:
    kinds = Counter(db.session.scalars(select(pricing.PriceObservation.kind)))

    assert kinds == {"retail": 10, "resale": 8, "archive": 2, "disputed": 1}


def test_assigned_style_codes_are_marked_and_begin_with_z(app: Flask) -> None:
    codes = select(catalogue.Variant.style_code, catalogue.Variant.code_is_assigned)
    codes = codes.join(catalogue.Product).where(catalogue.Product.kind == "bag")
    found = db.session.execute(codes).all()

    assert Counter(assigned for _, assigned in found) == {True: 169, False: 24}
    assert all(code.startswith("Z") is assigned for code, assigned in found)


def flags_in(tree: Any, prefix: str = "") -> Iterator[str]:
    """Yield the flags of a file as the rows name them; those of prices aside."""
    if isinstance(tree, list):
        for inner in tree:
            yield from flags_in(inner, prefix)
    elif isinstance(tree, dict):
        for key, inner in tree.items():
            if inner is True and FLAG.fullmatch(key):
                yield prefix + key
            elif key in ("dimensions", "launched"):
                yield from flags_in(inner, key + "_")
            elif key == "composition":
                yield from {f"composition_{flag}" for flag in flags_in(inner)}
            elif key not in ("prices", "body", "sightings"):
                yield from flags_in(inner)


def test_every_flag_of_the_seed_is_a_flag_of_a_row(app: Flask) -> None:
    wanted: Counter[str] = Counter()
    for name in files():
        found = Counter(flags_in(tree_of(name)))
        if name == "accessories.yaml":  # an accessory is a product and a variant
            found += Counter(flags_in(tree_of(name)["accessories"]))
        wanted += found

    held: Counter[str] = Counter()
    for kind in KINDS:
        if "flags" in kind.columns:
            for flags in db.session.scalars(select(kind.table.c.flags)):
                held.update(flags)

    assert held == wanted
    assert held["weight_is_illustrative"] == 50
    assert held["hardware_is_inferred"] == 182
    assert held["combination_is_illustrative"] == 147
    assert held["dimensions_are_illustrative"] == 25
    assert sum(held.values()) > 800


def test_every_cited_source_is_there(app: Flask) -> None:
    known = set(db.session.scalars(select(catalogue.Source.id)))

    cited: set[str] = set()
    for kind in KINDS:
        if "sources" in kind.columns:
            for sources in db.session.scalars(select(kind.table.c.sources)):
                cited.update(sources)

    assert cited <= known
    assert len(cited) > 100


def test_products_stand_in_the_merchandisers_order(app: Flask) -> None:
    found = db.session.execute(
        select(catalogue.Family.slug, catalogue.Product.kind, catalogue.Product.position)
        .join(catalogue.Family, catalogue.Family.id == catalogue.Product.family_id)
        .order_by(catalogue.Product.position)
    ).all()

    bags = list(dict.fromkeys(slug for slug, kind, _ in found if kind == "bag"))
    assert bags == [
        *("le-city", "le-cagole", "neo-cagole", "hourglass"),
        *("neo-classic", "rodeo", "motorcycle"),
    ]
    assert [kind for _, kind, _ in found] == ["bag"] * 50 + ["accessory"] * 6
    assert [position for *_, position in found] == list(range(1, 57))


def test_the_catalogue_holds_no_images_and_no_copy() -> None:
    held = {path.suffix for path in SEED.rglob("*") if path.is_file()}

    assert held == {".yaml", ".md"}
    assert Path(SEED / "README.md").is_file()
