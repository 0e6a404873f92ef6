"""What the real catalogue gives for free to test with, as the database holds it after seeding."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from shop.catalogue.models import (
    Campaign,
    Colour,
    Detail,
    DetailSetItem,
    Family,
    FamilyLink,
    HardwareSet,
    Material,
    Product,
    TimelineEvent,
    Variant,
)
from shop.inventory.models import Movement, Stock
from shop.kit.db import db
from shop.pricing.models import Market, Price


@pytest.fixture
def session(app: Flask) -> Session:
    """A session that reads the seeded database."""
    return db.session()


def test_two_variants_differ_only_in_the_finish_of_the_b(session: Session) -> None:
    rows = session.execute(
        select(HardwareSet.slug, Variant.material_id, Variant.colour_id)
        .select_from(Variant)
        .join(HardwareSet)
        .join(Product)
        .join(Material)
        .join(Colour)
        .where(Product.slug == "hourglass-handbag-xs", Colour.slug == "black")
        .where(Material.slug == "croc-embossed-shiny-calfskin")
    ).all()

    assert {row[0] for row in rows} == {"hourglass-b-gold", "hourglass-b-silver"}
    assert len({row[1:] for row in rows}) == 1


def test_money_without_cents_and_a_sale_beside_the_list_price(session: Session) -> None:
    won = session.scalars(select(Price).where(Price.currency == "KRW")).one()
    sale = session.scalars(select(Price).where(Price.sale_amount_minor.is_not(None))).one()
    exponents = dict(session.execute(select(Market.currency, Market.exponent)).all())

    assert (won.amount_minor, exponents["KRW"], exponents["JPY"]) == (3_245_000, 0, 0)
    assert (sale.currency, sale.amount_minor, sale.sale_amount_minor) == ("HKD", 1_800_000, 1_260_000)


def test_rates_are_exact_parts_per_million(session: Session) -> None:
    rates = dict(session.execute(select(Market.code, Market.tax_rate_ppm)).all())

    assert rates == {
        "US": None,
        "FR": 200_000,
        "DE": 190_000,
        "IT": 220_000,
        "GB": 200_000,
        "JP": 100_000,
        "AE": 50_000,
        "SG": 90_000,
        "HK": 0,
        "KR": 100_000,
        "CN": 130_000,
    }


def test_launch_years_are_disputed_and_the_lineage_is_a_graph(session: Session) -> None:
    families = {family.id: family for family in session.scalars(select(Family))}
    links: Any = session.scalars(select(FamilyLink)).all()
    edges = {
        (families[link.from_family_id].slug, link.relation, families[link.to_family_id].slug): link.sources
        for link in links
    }
    le_city = next(family for family in families.values() if family.slug == "le-city")

    assert (le_city.launched_year, le_city.launched_year_alternatives) == (2000, [2001])
    assert le_city.launched_is_disputed
    assert edges == {
        ("le-city", "model_of", "motorcycle"): ["S01", "S11"],
        ("le-cagole", "spin_off", "le-city"): ["S01"],
        ("neo-cagole", "spin_off", "le-city"): ["S01"],
        ("neo-cagole", "shares_details", "le-cagole"): ["S51"],
        ("neo-classic", "reinterpretation", "motorcycle"): ["S56", "S57"],
    }
    assert {link.since for link in links} == {"2000", "2021", "2022", "2020"}


def test_the_timeline_sorts_although_its_dates_are_fuzzy(session: Session) -> None:
    events = session.execute(
        select(TimelineEvent.date, TimelineEvent.sorts_on).order_by(TimelineEvent.sorts_on)
    )

    dates = [date for date, _ in events]
    assert dates.index("2003/2004") < dates.index("2007") < dates.index("2021-prefall")
    assert dates.index("2022-04/06") < dates.index("2022-08") < dates.index("2024-01-23")


def test_the_closet_campaign_has_its_shelves_cast_and_credits(session: Session) -> None:
    closet: Any = session.scalars(select(Campaign).where(Campaign.slug == "closet-2024")).one()
    session.refresh(closet, ["shelves", "cast", "credits"])
    names = dict(session.execute(select(Family.id, Family.slug)).all())

    assert closet.revealed_on == "2024-01-23"
    assert [names[shelf.family_id] for shelf in closet.shelves] == ["le-city", "le-cagole", "hourglass"]
    assert len(closet.cast) == 6
    assert Counter(credit.role for credit in closet.credits) == {
        "photographer": 1,
        "director": 1,
        "creative_director": 1,
    }


def test_archive_variants_have_no_price_and_no_stock(session: Session) -> None:
    archive = select(Variant.id).where(Variant.sellable.is_(False))

    assert len(session.scalars(archive).all()) == 33  # 29 archive bags, 4 parts that are not sold alone
    for model in (Price, Stock, Movement):
        assert session.scalars(select(model.variant_id).where(model.variant_id.in_(archive))).all() == []


def test_le_city_in_arena_leather_with_large_studs_and_laced_pulls_is_found(session: Session) -> None:
    studs, pulls = aliased(DetailSetItem), aliased(DetailSetItem)
    large, laced = aliased(Detail), aliased(Detail)
    found = session.execute(
        select(Product.slug, HardwareSet.slug)
        .select_from(Variant)
        .join(Product)
        .join(Family)
        .join(Material)
        .join(HardwareSet)
        .join(studs, studs.detail_set_id == Variant.detail_set_id)
        .join(large, large.id == studs.detail_id)
        .join(pulls, pulls.detail_set_id == Variant.detail_set_id)
        .join(laced, laced.id == pulls.detail_id)
        .where(Family.slug == "le-city", Material.group == "arena")
        .where(large.slug == "large-studs", laced.slug == "laced-zipper-pulls")
    ).all()

    assert {bag for bag, _ in found} == {"le-city-bag-medium", "le-city-bag-small", "le-city-bag-mini"}
    assert {hardware_set for _, hardware_set in found} == {"le-city-palladium"}
    assert len(found) == 37
