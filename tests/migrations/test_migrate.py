"""Migrations: from nothing to the models and back, on both engines."""

from __future__ import annotations

from collections.abc import Iterator

import flask_migrate
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from sqlalchemy import inspect

from shop.cli import cli
from shop.kit.db import Base, db
from shop.kit.migrations import NotMigratedError, is_modelled, require_migrated
from tests.conftest import SEED

COMPARED = {"compare_type": True, "include_name": is_modelled}


@pytest.fixture
def shop(empty_app: Flask) -> Iterator[Flask]:
    with empty_app.app_context():
        yield empty_app


def tables() -> set[str]:
    """Return the names of all tables but those that no model describes."""
    return {name for name in inspect(db.engine).get_table_names() if is_modelled(name, "table", {})} - {
        "alembic_version"
    }


def test_a_migrated_database_is_what_the_models_say(shop: Flask) -> None:
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=COMPARED)
        difference = compare_metadata(context, Base.metadata)

    assert difference == []


def test_a_difference_would_be_noticed(shop: Flask) -> None:
    with db.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE source ADD COLUMN surprise TEXT")
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=COMPARED)
        difference = compare_metadata(context, Base.metadata)

    assert len(difference) == 1


def test_only_the_search_index_has_no_model(shop: Flask) -> None:
    unmodelled = set(inspect(db.engine).get_table_names()) - set(Base.metadata.tables) - {"alembic_version"}

    shadows = {"search_index_config", "search_index_data", "search_index_idx"}
    assert unmodelled == {"search_index"} | (shadows if db.engine.dialect.name == "sqlite" else set())


def test_every_migration_can_be_taken_back_and_done_again(shop: Flask) -> None:
    assert tables() == set(Base.metadata.tables)

    flask_migrate.downgrade(revision="base")
    assert set(inspect(db.engine).get_table_names()) == {"alembic_version"}

    flask_migrate.upgrade()
    assert tables() == set(Base.metadata.tables)


def test_the_command_migrates(shop: Flask) -> None:
    result = shop.test_cli_runner().invoke(cli, ["db", "upgrade"])

    assert result.exit_code == 0, result.output


def test_a_database_of_another_schema_is_not_served_and_not_seeded(shop: Flask) -> None:
    flask_migrate.downgrade(revision="base")

    with pytest.raises(NotMigratedError, match="shop db upgrade"):
        require_migrated()
    seeded = shop.test_cli_runner().invoke(cli, ["seed", "apply", str(SEED)])

    assert seeded.exit_code == 1
    assert "run `shop db upgrade`" in seeded.output


def test_a_shop_without_payments_is_not_served(shop: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_DATABASE_URL", shop.config["SQLALCHEMY_DATABASE_URI"])
    monkeypatch.setenv("SHOP_SECRET_KEY", "s" * 32)

    result = shop.test_cli_runner().invoke(cli, ["serve"])

    assert result.exit_code == 2
    assert "nobody takes payments" in result.output


def test_a_migrated_database_is_served(shop: Flask) -> None:
    require_migrated()


def test_the_details_of_variants_come_through_a_migration_and_back(shop: Flask) -> None:
    assert shop.test_cli_runner().invoke(cli, ["seed", "apply", str(SEED)]).exit_code == 0
    through_sets = (
        "SELECT v.sku, d.slug FROM variant v JOIN detail_set_item i ON i.detail_set_id = v.detail_set_id "
        "JOIN detail d ON d.id = i.detail_id ORDER BY v.sku, d.slug"
    )
    by_variant = (
        "SELECT v.sku, d.slug FROM variant_detail i JOIN variant v ON v.id = i.variant_id "
        "JOIN detail d ON d.id = i.detail_id ORDER BY v.sku, d.slug"
    )

    def read(statement: str) -> list[tuple[str, str]]:
        with db.engine.connect() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(statement)]

    before = read(through_sets)
    flask_migrate.downgrade(revision="0015")
    assert read(by_variant) == before
    flask_migrate.upgrade()
    assert read(through_sets) == before
    again = shop.test_cli_runner().invoke(cli, ["seed", "apply", str(SEED)])

    assert len(before) > 1_000
    assert again.output.startswith("0 changes")
