"""The eighteen surprises of the real catalogue, each held by the database after seeding.

Source: the notes on the data model that came with the catalogue; one test for each.
"""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from shop.catalogue.models import (
    Colour,
    ComplianceRule,
    Component,
    Detail,
    Dispute,
    Family,
    HardwareItem,
    HardwareSet,
    HardwareSetItem,
    Lining,
    Material,
    Product,
    Source,
    Term,
    Variant,
    VariantDetail,
)
from shop.kit.db import Base
from shop.kit.text import fold
from shop.pricing.models import CategoryPlacement, Price, PriceObservation
from shop.search.models import SearchDocument


def variant(session: Session, sku: str) -> Variant:
    return session.scalars(select(Variant).where(Variant.sku == sku)).one()


def product(session: Session, slug: str) -> Product:
    return session.scalars(select(Product).where(Product.slug == slug)).one()


def hardware(session: Session, slug: str) -> HardwareSet:
    return session.scalars(select(HardwareSet).where(HardwareSet.slug == slug)).one()


def found_by(session: Session, words: str) -> set[str]:
    """Return the slugs of products whose document holds every word."""
    columns = (SearchDocument.name, SearchDocument.alias, SearchDocument.trait, SearchDocument.story)
    found = session.execute(select(Product.slug, *columns).join(SearchDocument)).all()
    return {slug for slug, *texts in found if set(fold(words).split()) <= set(" ".join(texts).split())}


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


def test_16_large_studs_and_original_sized_studs_are_one_fact(session: Session) -> None:
    detail = session.scalars(select(Detail).where(Detail.slug == "large-studs")).one()
    scales = session.scalars(
        select(HardwareSet.stud_scale)
        .join(Variant, Variant.hardware_set_id == HardwareSet.id)
        .join(VariantDetail)
        .where(VariantDetail.detail_id == detail.id)
        .distinct()
    ).all()

    assert detail.name == "Large studs"
    assert "original-sized studs" in detail.aliases
    assert scales == ["original"]


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
