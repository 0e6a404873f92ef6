"""Applying a seed: idempotent, all or nothing, and kind to what was sold."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select

from shop.catalogue.models import Colour, Component, Material, Product, Source, Variant
from shop.inventory.models import Movement, Stock
from shop.kit.clock import now
from shop.kit.db import Base, db, transaction
from shop.pricing.models import Price, ShippingMethod
from shop.seeding import service
from shop.seeding.errors import SeedRefused
from shop.seeding.kinds import PRICE
from tests.seeding.conftest import CAMEL, SEED, SeedCopy, remove_camel

LE_CITY = "products/le-city.yaml"
BLACK = "8230582AA9S1000"


def variant_of(sku: str) -> Variant:
    return db.session.scalars(select(Variant).where(Variant.sku == sku)).one()


def rows_of(model: type[Base]) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_applying_the_seed_again_changes_nothing(app: Flask) -> None:
    report = service.apply(SEED)

    assert report.changes == 0
    assert str(report) == f"0 changes ({report.unchanged:,} rows checked)"
    assert report.unchanged > 2_500


def test_an_empty_database_gets_everything_and_says_so(empty_app: Flask) -> None:
    told = []

    report = service.apply(SEED, lambda done, total, what: told.append((done, total, what)))

    assert report.added == report.changes > 2_500
    assert str(report).startswith(f"{report.added:,} changes: {report.added:,} added (")
    assert {table.table: table.added for table in report.tables}["variant"] == 199
    assert [done for done, _, _ in told] == list(range(1, told[0][1] + 1))


def test_editing_one_price_changes_exactly_one_row(app: Flask, seed: SeedCopy) -> None:
    seed.edit(LE_CITY, "{currency: USD, amount_minor: 285000,", "{currency: USD, amount_minor: 290000,")

    report = service.apply(seed.folder, prune=True)

    assert str(report).startswith("1 change: 1 changed (")
    amount = select(Price.amount_minor).join(Variant).where(Variant.sku == BLACK, Price.currency == "USD")
    assert db.session.scalar(amount) == 290_000
    assert service.apply(seed.folder, prune=True).changes == 0


def test_a_plan_tells_what_would_change_and_changes_nothing(app: Flask, seed: SeedCopy) -> None:
    seed.edit(LE_CITY, "{currency: USD, amount_minor: 285000,", "{currency: USD, amount_minor: 290000,")

    plan = service.plan(seed.folder)

    [change] = plan.tables[PRICE].changed
    assert plan.count == 1
    assert change.key[:2] == (BLACK, "USD")
    assert change.fields == {"amount_minor": (285_000, 290_000)}
    assert service.apply(SEED).changes == 0


def test_one_bad_row_at_the_end_writes_nothing(empty_app: Flask, seed: SeedCopy) -> None:
    path = seed.folder / "stock.yaml"
    path.write_text(path.read_text() + '  - {sku: "NOSUCHVARIANT00", location: milan-01, pieces: 1}\n')

    with pytest.raises(SeedRefused, match="no such variant"):
        service.apply(seed.folder, prune=True)

    assert rows_of(Source) == rows_of(Product) == 0


def test_a_failure_while_writing_leaves_nothing_behind(empty_app: Flask) -> None:
    def fail_late(done: int, total: int, what: str) -> None:
        if what == "stock":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        service.apply(SEED, fail_late)

    assert rows_of(Source) == rows_of(Variant) == rows_of(Stock) == 0


def test_a_variant_gone_from_the_seed_is_retired_with_all_it_had(app: Flask, seed: SeedCopy) -> None:
    before = variant_of(CAMEL)
    remove_camel(seed)

    report = service.apply(seed.folder, prune=True)

    db.session.expire_all()
    after = variant_of(CAMEL)
    assert (report.retired, report.removed) == (1, 0)
    assert after.id == before.id
    assert (after.is_retired, after.sellable) == (True, False)
    assert db.session.scalars(select(Price).where(Price.variant_id == after.id)).all()
    assert after.detail_set_id is not None
    assert service.apply(seed.folder, prune=True).changes == 0


def test_a_retired_variant_that_returns_is_sold_again(app: Flask, seed: SeedCopy) -> None:
    remove_camel(seed)
    service.apply(seed.folder, prune=True)

    report = service.apply(SEED)

    db.session.expire_all()
    assert (report.added, report.retired) == (0, 0)
    assert variant_of(CAMEL).sellable
    assert not variant_of(CAMEL).is_retired
    assert service.apply(SEED).changes == 0


def test_a_placeholder_gives_way_to_the_real_code_of_the_same_bag(app: Flask, seed: SeedCopy) -> None:
    seed.edit(
        LE_CITY,
        'style_code: "ZZ0001 Z0214 Z012"\n        code_is_assigned: true',
        'style_code: "823058 2AA9S 7777"',
    )
    seed.edit("stock.yaml", '"ZZ0001Z0214Z012"', '"8230582AA9S7777"')

    service.apply(seed.folder, prune=True)

    old, new = variant_of("ZZ0001Z0214Z012"), variant_of("8230582AA9S7777")
    assert (old.is_retired, new.is_retired) == (True, False)
    assert (old.colour_id, old.material_id) == (new.colour_id, new.material_id)
    assert service.apply(seed.folder, prune=True).changes == 0


def test_a_product_gone_from_the_seed_is_retired_with_its_variants(app: Flask, seed: SeedCopy) -> None:
    path = seed.folder / "products/rodeo.yaml"
    text = path.read_text()
    path.write_text(text[: text.index("  - slug: rodeo-handbag-mini")])
    gone = db.session.scalars(
        select(Variant.sku).join(Product).where(Product.slug == "rodeo-handbag-mini")
    ).all()
    stock = seed.folder / "stock.yaml"
    lines = stock.read_text().splitlines(keepends=True)
    stock.write_text("".join(line for line in lines if not any(sku in line for sku in gone)))

    report = service.apply(seed.folder, prune=True)

    db.session.expire_all()
    product = db.session.scalars(select(Product).where(Product.slug == "rodeo-handbag-mini")).one()
    variants = db.session.scalars(select(Variant).where(Variant.product_id == product.id)).all()
    assert report.retired == 1 + len(variants)
    assert not product.sellable
    assert all(variant.is_retired for variant in variants)
    assert product.position > (db.session.scalar(select(func.count()).select_from(Product)) or 0)
    assert db.session.scalars(select(Component).where(Component.product_id == product.id)).all()
    assert service.apply(seed.folder, prune=True).changes == 0
    assert service.apply(SEED).retired == 0
    assert service.apply(SEED).changes == 0


def test_products_may_change_places(app: Flask, seed: SeedCopy) -> None:
    path = seed.folder / LE_CITY
    head, first, rest = path.read_text().partition("  - slug: le-city-bag-medium")
    medium, second, others = rest.partition("  - slug: le-city-bag-small")
    small, third, others = others.partition("  - slug: le-city-bag-mini")
    path.write_text(head + second + small + first + medium + third + others)

    report = service.apply(seed.folder, prune=True)

    assert report.changed == report.changes == 2
    slugs = db.session.scalars(select(Product.slug).order_by(Product.position).limit(3)).all()
    assert slugs == ["le-city-bag-small", "le-city-bag-medium", "le-city-bag-mini"]


def test_a_colour_goes_only_when_nothing_is_made_in_it(app: Flask, seed: SeedCopy) -> None:
    seed.cut("colours.yaml", "  - slug: camel\n", "  - slug: navy")
    text = (seed.folder / LE_CITY).read_text()
    (seed.folder / LE_CITY).write_text(text.replace("colour: camel", "colour: navy"))
    for name in (
        "products/le-cagole.yaml",
        "products/rodeo.yaml",
        "products/hourglass.yaml",
        "products/neo-classic.yaml",
        "products/neo-cagole.yaml",
    ):
        path = seed.folder / name
        path.write_text(path.read_text().replace("colour: camel", "colour: navy"))
    remove_camel(seed)

    service.apply(seed.folder, prune=True)
    kept = db.session.scalars(select(Colour.slug).where(Colour.slug == "camel")).all()

    assert kept == ["camel"]  # the retired variant still wears it
    assert service.apply(seed.folder, prune=True).changes == 0


def test_what_nothing_points_at_is_removed(app: Flask, seed: SeedCopy) -> None:
    seed.cut("materials.yaml", "  - slug: genuine-crocodile\n", "  - slug:")

    report = service.apply(seed.folder, prune=True)

    assert report.removed == 1
    assert db.session.scalars(select(Material).where(Material.is_exotic)).all() == []


def test_a_market_cannot_be_taken_away(app: Flask, seed: SeedCopy) -> None:
    path = seed.folder / "markets.yaml"
    text = path.read_text()
    path.write_text(text[: text.index('  - code: "CN"')])
    seed.cut("placements.yaml", "  - product: le-cagole-mini-multipouch", "  - product: le-cagole-shoulder")

    with pytest.raises(SeedRefused, match="`CN` is in the database and cannot be taken away"):
        service.apply(seed.folder, prune=True)

    assert service.apply(SEED).changes == 0


def test_a_way_to_send_parcels_is_retired_and_not_deleted(app: Flask, seed: SeedCopy) -> None:
    path = seed.folder / "markets.yaml"
    lines = path.read_text().splitlines(keepends=True)
    index = next(i for i, line in enumerate(lines) if "slug: express" in line)
    path.write_text("".join(lines[:index] + lines[index + 1 :]))

    report = service.apply(seed.folder, prune=True)

    assert report.retired == 1
    retired = select(ShippingMethod).where(ShippingMethod.is_retired)
    assert [method.market_code for method in db.session.scalars(retired)] == ["US"]


def test_stock_is_opened_with_its_entry_in_the_ledger(app: Flask) -> None:
    variant = variant_of(BLACK)

    [stock] = db.session.scalars(select(Stock).where(Stock.variant_id == variant.id)).all()
    [movement] = db.session.scalars(select(Movement).where(Movement.variant_id == variant.id)).all()

    assert (stock.on_hand, stock.held) == (8, 0)
    assert (movement.kind, movement.on_hand_delta, movement.held_delta) == ("opening", 8, 0)


def test_stock_that_was_sold_from_is_not_reset(app: Flask, seed: SeedCopy) -> None:
    variant = variant_of(BLACK)
    with transaction() as session:
        stock = session.scalars(select(Stock).where(Stock.variant_id == variant.id)).one()
        stock.on_hand -= 3
        session.add(
            Movement(
                variant_id=variant.id,
                location_id=stock.location_id,
                kind="sold",
                on_hand_delta=-3,
                reference=str(uuid4()),
                happened_at=now(),
            )
        )
    seed.edit(
        "stock.yaml",
        f'"{BLACK}", location: milan-01, pieces: 8',
        f'"{BLACK}", location: milan-01, pieces: 80',
    )

    report = service.apply(seed.folder, prune=True)

    db.session.expire_all()
    assert report.changes == 0
    on_hand = select(Stock.on_hand).where(Stock.variant_id == variant.id)
    assert db.session.scalars(on_hand).all() == [5]


def test_the_ledger_adds_up_to_the_stock_that_was_opened(app: Flask) -> None:
    on_hand = db.session.scalar(select(func.sum(Stock.on_hand)))
    moved = db.session.scalar(select(func.sum(Movement.on_hand_delta)))
    none_left = db.session.scalar(select(func.count()).select_from(Stock).where(Stock.on_hand == 0))
    last_piece = db.session.scalar(select(func.count()).select_from(Stock).where(Stock.on_hand == 1))

    assert on_hand == moved
    assert none_left
    assert last_piece


def test_a_relative_path_will_do(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(SEED.parent)

    assert service.apply(Path("seed")).changes == 0
