"""Surprises of the real catalogue about codes, names, customs, prices and sources, held after seeding.

The numbers are those of the list of eighteen; the others are about the bag itself:
``test_surprises_of_what_a_bag_is.py``.

Source: the notes on the data model that came with the catalogue; one test for each.
"""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from shop.catalogue.models import (
    Colour,
    Dispute,
    Material,
    Product,
    Source,
    Variant,
)
from shop.kit.db import Base
from shop.pricing.models import CategoryPlacement, Price, PriceObservation
from tests.catalogue.surprises import found_by, product, variant


def test_4_the_material_part_of_a_code_names_no_leather(session: Session) -> None:
    material = session.scalars(select(Material).where(Material.slug == "arena-lambskin-le-city")).one()
    codes = session.scalars(
        select(Variant.style_code).where(
            Variant.material_id == material.id, Variant.code_is_assigned.is_(False)
        )
    ).all()

    parts = {code.split()[1] for code in codes}

    assert set(material.house_codes) == {"2AA9S", "2AB7D", "2AB6A", "2ACFH", "2ACVW"}
    assert parts == {*material.house_codes, "2ACRZ"}  # one more on a bag than on the material
    assert material.house_code_note is not None
    assert "NOT documented" in material.house_code_note


def test_5_colour_names_and_colour_codes_are_many_to_many(session: Session) -> None:
    colours = session.scalars(select(Colour)).all()
    by_name = {colour.slug: colour for colour in colours}
    of_9104 = {colour.slug for colour in colours if "9104" in colour.house_codes}

    assert of_9104 == {"white", "optic-white"}
    assert by_name["silver"].house_codes == ["8110", "8103"]
    assert by_name["grey"].house_codes == ["1272", "1314"]
    assert {by_name[slug].colour_family for slug in of_9104} == {"white"}


def test_6_codes_are_text_even_when_they_look_like_numbers(session: Session) -> None:
    backpack = product(session, "le-city-backpack-mini")
    metallized = session.scalars(select(Material).where(Material.slug == "arena-lambskin-metallized")).one()
    belt = variant(session, "718979210KN7206")

    assert backpack.model_codes == ["A006Q2"]
    assert variant(session, "A006Q22ACRZ1000").product_id == backpack.id
    assert metallized.house_codes == ["0GT3Y"]
    assert variant(session, "7009400GT3Y8103").style_code == "700940 0GT3Y 8103"
    assert belt.style_code == "718979 210KN 7206"
    assert {len(sku) for sku in session.scalars(select(Variant.sku))} == {15}


def test_9_a_bag_has_another_category_in_another_market_and_sale_replaces_it(session: Session) -> None:
    rows = session.execute(
        select(
            Product.slug, CategoryPlacement.market_code, CategoryPlacement.path, CategoryPlacement.is_overlay
        ).join(Product)
    ).all()
    placed = {(slug, market, " > ".join(path)): overlay for slug, market, path, overlay in rows}

    assert placed == {
        ("le-cagole-heart-mini-bag", "HK", "SMALL LEATHER GOODS"): False,
        ("le-cagole-mini-multipouch", "CN", "SMALL LEATHER GOODS > WOMEN SHOULDER BAGS"): False,
        ("neo-classic-mini-wallet", "CN", "MEN > SMALL LEATHER GOODS > HANDBAGS"): False,
        ("le-cagole-shoulder-bag-xs", "HK", "BAGS"): False,
        ("le-cagole-shoulder-bag-xs", "HK", "SALE"): True,
    }


@pytest.mark.parametrize(
    ("words", "slug"),
    [
        ("RH", "classic-city"),
        ("GSH", "classic-city"),
        ("G21", "classic-city"),
        ("G12", "classic-city"),
        ("MGGH", "city-mini-heritage"),
        ("FB", "first"),
        ("motorcycle", "classic-city"),
        ("moto", "classic-city"),
        ("Lariat", "first"),
        ("Le Dix", "first"),
        ("Classique", "first"),
        ("Neo Cagole City", "neo-cagole-handbag-xs"),
        ("Noir", "le-city-bag-medium"),
        ("Rouille", "work"),
        ("Le Cagole XS Shoulder Bag", "le-cagole-shoulder-bag-xs"),
    ],
)
def test_10_trade_names_find_bags(session: Session, words: str, slug: str) -> None:
    assert slug in found_by(session, words)


def test_11_a_season_letter_names_no_season(session: Session) -> None:
    dispute = session.get_one(Dispute, "K14")
    seasons = session.scalars(select(Colour.season).where(Colour.season.is_not(None))).all()

    assert {value["value"] for value in dispute.values} == {"D = FW2003", "D = SS2016"}
    assert all(any(digit.isdigit() for digit in season or "") for season in seasons)
    assert not any(
        "season_letter" in column.key for table in Base.metadata.tables.values() for column in table.c
    )


def test_12_the_customs_heading_belongs_to_the_variant(session: Session) -> None:
    headings = session.execute(
        select(Material.slug, Variant.hs)
        .select_from(Variant)
        .join(Material)
        .join(Product)
        .where(Product.slug == "le-cagole-shoulder-bag-xs")
        .distinct()
    )
    wallet = session.scalars(
        select(Variant.hs).join(Product).where(Product.slug == "neo-classic-mini-wallet")
    ).all()

    by_material = dict(headings.all())
    assert by_material["arena-lambskin"] == "4202.21"
    assert by_material["denim"] == by_material["sparkling-fabric"] == "4202.22"
    assert wallet == ["4202.31"]
    assert product(session, "neo-classic-mini-wallet").google_product_category == 3011


def test_15_a_disputed_price_is_parked_and_never_charged(session: Session) -> None:
    parked = session.scalars(select(PriceObservation).where(PriceObservation.kind == "disputed")).one()
    cited = select(Price.source).where(Price.source.in_(["S07", "S08"]))
    charged = select(Price.is_illustrative).where(Price.variant_id == parked.variant_id)
    rewrites = session.scalars(
        select(PriceObservation).where(
            PriceObservation.confidence == "disputed, K03", PriceObservation.kind == "retail"
        )
    ).all()

    assert (parked.low_minor, parked.sources) == (310_000, ["S07"])
    assert session.scalars(cited).all() == []
    assert set(session.scalars(charged)) == {True}  # what is charged is invented, and says so
    assert {(row.low_minor, *row.sources) for row in rewrites} == {(245_000, "S08"), (310_000, "S07")}
    assert len(session.get_one(Dispute, "K03").values) == 2


def test_17_a_source_says_what_its_rows_hold_whatever_its_address_says(session: Session) -> None:
    mislabelled = session.get_one(Source, "S69")
    seen = session.execute(
        select(Price.currency, Price.amount_minor, Variant.sku).join(Variant).where(Price.source == "S69")
    )

    assert mislabelled.url.endswith("Hong.Kong")
    assert "Singapore rows" in mislabelled.title
    assert set(seen) == {
        ("SGD", 350_000, "6713091VG9Y1404"),
        ("SGD", 955_000, "59283328D0Y1272"),
        ("SGD", 215_000, "6560501QJ4M9000"),
    }


def test_18_nothing_guesses_an_image_from_a_style_code(session: Session) -> None:
    black = session.scalars(
        select(Variant)
        .join(Product)
        .join(Colour)
        .where(Product.slug == "le-city-bag-small", Colour.slug == "black")
    ).one()

    assert black.note is not None
    assert "repeats the white bag's image code" in black.note
    assert black.code_is_assigned
    assert black.code_parts_believed == "797789 2AA9S 1000"
    assert not any("image" in column.key for column in Variant.__table__.c)
