"""``shop backup FILE``: whole, verified, and made while the shop sells."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from shop.payments.double import StripeDouble
from tests.backup.copying import PROJECT, back_up, engine_at, environment_of, fingerprint, shop_at
from tests.conftest import SqliteDatabases, migrate_and_seed
from tests.shopper import Shopper


def test_a_backup_tells_what_it_holds(app: Flask, sold: Shopper, file: Path) -> None:
    result = back_up(app, file)

    assert result.exit_code == 0, result.output
    assert "1 orders, the last of 20" in result.output
    assert "1 payments" in result.output
    assert "every invariant holds" in result.output
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_a_backup_is_readable_by_its_owner_only(app: Flask, file: Path) -> None:
    back_up(app, file)

    assert file.stat().st_mode & 0o777 == 0o600


def test_a_backup_replaces_no_file_unasked(app: Flask, file: Path) -> None:
    file.write_text("last week's")

    refused = back_up(app, file)
    kept = file.read_text()
    asked = back_up(app, file, "--overwrite")

    assert (refused.exit_code, kept) == (2, "last week's")
    assert f"{file} exists" in refused.output
    assert asked.exit_code == 0, asked.output
    assert file.stat().st_size > 100_000


def test_a_backup_into_no_folder_is_refused(app: Flask, file: Path) -> None:
    result = back_up(app, file.parent / "missing" / "shop.backup")

    assert result.exit_code == 2
    assert "there is no folder" in result.output


def test_a_backup_changes_nothing_in_the_shop(app: Flask, seeded_url: str, file: Path) -> None:
    before = fingerprint(seeded_url)

    back_up(app, file)

    assert fingerprint(seeded_url) == before


def test_a_shop_that_breaks_an_invariant_is_backed_up_and_told(
    app: Flask, seeded_url: str, file: Path
) -> None:
    with engine_at(seeded_url) as engine, engine.begin() as connection:
        connection.execute(text("UPDATE stock SET on_hand = on_hand + 1"))

    result = back_up(app, file)

    assert result.exit_code == 1
    assert "I3" in result.output
    assert f"{file} is kept" in result.output
    assert file.exists()


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (
            "UPDATE price SET variant_id = 0 WHERE id = 1",
            "foreign key check: row 1 of price points at no row",
        ),
        ("UPDATE stock SET held = on_hand + 1", "integrity check: CHECK constraint failed in stock"),
    ],
)
def test_rows_that_break_a_constraint_of_sqlite_are_told(
    sqlite_databases: SqliteDatabases, double: StripeDouble, file: Path, damage: str, told: str
) -> None:
    """On PostgreSQL such rows cannot be restored, and so not be verified."""
    template = sqlite_databases.template("seeded", migrate_and_seed)
    with sqlite_databases.copy(template) as url, shop_at(url, double) as app:
        with engine_at(url) as engine, engine.begin() as connection:
            connection.execute(text("PRAGMA ignore_check_constraints = ON"))
            connection.execute(text(damage))

        result = back_up(app, file)

    assert result.exit_code == 1
    assert told in result.output


def test_a_database_is_not_its_own_backup(sqlite_databases: SqliteDatabases, double: StripeDouble) -> None:
    template = sqlite_databases.template("seeded", migrate_and_seed)
    with sqlite_databases.copy(template) as url, shop_at(url, double) as app:
        result = back_up(app, Path(url.removeprefix("sqlite:///")), "--overwrite")

        assert result.exit_code == 2
        assert "is the shop's own database" in result.output
        Shopper(app.test_client(), double).places_order()


def test_a_database_of_another_schema_is_not_backed_up(app: Flask, seeded_url: str, file: Path) -> None:
    with engine_at(seeded_url) as engine, engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))

    result = back_up(app, file)

    assert result.exit_code == 2
    assert "is at 0000, this release needs" in result.output
    assert list(file.parent.iterdir()) == []


def test_a_person_sees_the_step_at_work(seeded_url: str, file: Path) -> None:
    screen, terminal = os.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "shop", "backup", str(file)],
        cwd=PROJECT,
        env={**environment_of(seeded_url), "TERM": "xterm"},
        stdout=subprocess.PIPE,
        stderr=terminal,
    ) as process:
        output, _ = process.communicate(timeout=60)
    os.close(terminal)
    seen = os.read(screen, 100_000).decode()
    os.close(screen)

    assert process.returncode == 0
    assert "Giving the copy its name" in seen
    assert output.decode().startswith(f"{file}: ")
