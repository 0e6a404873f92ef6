"""Surprises of the real catalogue about hardware, sizes, parts, leather and editions, held after seeding.

The numbers are those of the list of eighteen; the others are about codes, names, trade and sources:
``test_surprises_of_what_is_said_of_it.py``.

Source: the notes on the data model that came with the catalogue; one test for each.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from shop.catalogue.models import (
    Colour,
    ComplianceRule,
    Component,
    Detail,
    DetailSetItem,
    Family,
    HardwareItem,
    HardwareSet,
    HardwareSetItem,
    Lining,
    Material,
    Product,
    Term,
    Variant,
)
from tests.catalogue.surprises import hardware, product


def test_1_the_finish_of_hardware_can_be_bound_to_the_leather(session: Session) -> None:
    following = session.scalars(select(HardwareSet.slug).where(HardwareSet.finish_follows_leather))

    assert set(following) == {"neo-classic-tonal", "hourglass-b-tonal", "giant-21-covered"}
    assert hardware(session, "neo-classic-tonal").finish == "galvanised-tonal"


def test_2_one_bag_carries_two_finishes(session: Session) -> None:
    items = (
        select(HardwareSet.slug, HardwareItem.slug, HardwareSetItem.finish)
        .join(HardwareSetItem, HardwareSetItem.hardware_set_id == HardwareSet.id)
        .join(HardwareItem)
        .where(HardwareSet.is_two_tone)
    )
    found = {(hardware_set, item): finish for hardware_set, item, finish in session.execute(items)}

    assert found["metal-plate-two-tone", "metal-plate"] == "silver"
    assert found["metal-plate-two-tone", "stud-thimble"] == "gold"
    assert found["rodeo-silver", "turn-lock"] == "aged-silver"
    assert found["rodeo-silver", "base-foot"] == "brass"


def test_3_one_black_le_city_medium_exists_under_three_style_codes(session: Session) -> None:
    blacks = session.execute(
        select(Variant.style_code, Variant.label)
        .join(Product)
        .join(Colour)
        .where(Product.slug == "le-city-bag-medium", Colour.slug == "black")
        .order_by(Variant.position)
    ).all()

    assert [tuple(black) for black in blacks] == [
        ("823058 2AA9S 1000", None),
        ("823058 2AB6A 1000", "second black"),
        ("865760 2ACFH 1000", "third black, new model number"),
    ]


def test_7_a_size_keeps_its_code_while_names_change_around_it(session: Session) -> None:
    xs = product(session, "le-cagole-shoulder-bag-xs")
    heritage = session.scalars(
        select(Product.name).join(Family).where(Family.role == "heritage", Product.size == "one-size")
    ).all()
    ranks = dict(session.execute(select(Term.code, Term.rank).where(Term.vocabulary == "size")).all())

    assert (xs.name, xs.size) == ("Le Cagole Shoulder Bag XS", "xs")
    assert [(name["name"], name["period"], name["sources"]) for name in xs.former_names] == [
        ("Le Cagole XS Shoulder Bag", "2023", ["S69"])
    ]
    assert product(session, "hourglass-handbag-xs").former_names[0]["name"] == "Hourglass XS Handbag"
    assert {"Part-Time", "Work", "Weekender"} <= set(heritage)
    assert ranks["xs"] < ranks["small"]


def test_8_a_strap_is_a_fixed_part_a_removable_part_and_a_product(session: Session) -> None:
    straps = select(Component.removable).where(Component.kind == "shoulder-strap")
    strap = product(session, "replacement-shoulder-strap")
    mirror = session.scalars(
        select(Component)
        .join(Product, Product.id == Component.product_id)
        .where(Product.slug == "le-cagole-shoulder-bag-xs", Component.kind == "mirror")
    ).one()
    linked = session.scalars(select(Component.accessory_id).where(Component.accessory_id.is_not(None))).all()

    assert {False, True} <= set(session.scalars(straps))
    assert (strap.kind, strap.accessory_kind, strap.is_special_order) == ("accessory", "strap", True)
    assert mirror.removable
    assert mirror.accessory_id == product(session, "heart-mirror-charm").id
    assert len(linked) == 7


def test_13_embossed_calfskin_is_not_crocodile(session: Session) -> None:
    materials = {material.slug: material for material in session.scalars(select(Material))}
    embossed = materials["croc-embossed-shiny-calfskin"]
    real = materials["genuine-crocodile"]
    used = set(session.scalars(select(Variant.material_id)))

    assert (embossed.embossed_as, embossed.animal, embossed.is_exotic) == ("crocodile", "calf", False)
    assert (real.embossed_as, real.animal, real.is_exotic, real.cites_required) == (
        None,
        "crocodile",
        True,
        True,
    )
    assert real.id not in used
    assert session.get_one(ComplianceRule, "cites-exotic").applies_when == {"material_is_exotic": True}


def test_14_an_edition_changes_the_lining_or_the_name_and_not_the_family(session: Session) -> None:
    exchange = product(session, "hourglass-hacker-project-xs")
    anniversary = session.scalars(select(Variant).where(Variant.edition.is_not(None))).one()
    lining = session.get_one(Lining, anniversary.lining_id)
    ordinary = session.scalars(select(Lining.slug).join(Product).where(Product.slug == "classic-city")).one()

    assert (exchange.co_brand, exchange.edition) == ("Gucci", "Hacker Project (2021)")
    assert session.get_one(Family, exchange.family_id).slug == "hourglass"
    assert anniversary.edition == "10th anniversary, Neiman Marcus, 2010"
    assert (lining.slug, ordinary) == ("patterned-cotton", "black-cotton")


def test_16_large_studs_and_original_sized_studs_are_one_fact(session: Session) -> None:
    detail = session.scalars(select(Detail).where(Detail.slug == "large-studs")).one()
    scales = session.scalars(
        select(HardwareSet.stud_scale)
        .join(Variant, Variant.hardware_set_id == HardwareSet.id)
        .join(DetailSetItem, DetailSetItem.detail_set_id == Variant.detail_set_id)
        .where(DetailSetItem.detail_id == detail.id)
        .distinct()
    ).all()

    assert detail.name == "Large studs"
    assert "original-sized studs" in detail.aliases
    assert scales == ["original"]
