"""What ``shop restore`` does not put into a shop: it names the file and changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import text

from shop.payments.double import StripeDouble
from tests.backup.copying import (
    back_up,
    engine_at,
    fingerprint,
    restore,
    sealed_anew,
    sealed_copy,
    shop_at,
)
from tests.conftest import PostgresDatabases, SqliteDatabases, migrate_and_seed
from tests.shopper import Shopper

#: "\nshop-backup 2026-11-24T16:00:00Z sha256 <64 digits>\n"
SEAL = 106


@pytest.fixture
def refused(app: Flask, seeded_url: str, file: Path) -> Callable[..., Result]:
    """Restore the file; see it refused by name and the database as it was."""

    def restore_and_look(*options: str) -> Result:
        before = fingerprint(seeded_url)

        result = restore(app, file, *options)

        assert result.exit_code == 2, result.output
        assert str(file) in result.output
        assert result.output.endswith("nothing was changed.\n")
        assert fingerprint(seeded_url) == before
        return result

    return restore_and_look


@pytest.mark.parametrize("share", [0, 1, 50, 99, 100])
def test_a_file_with_a_flipped_bit(
    app: Flask, file: Path, refused: Callable[..., Result], share: int
) -> None:
    back_up(app, file)
    content = bytearray(file.read_bytes())
    content[(len(content) - 1) * share // 100] ^= 1
    file.write_bytes(content)

    refused()


@pytest.mark.parametrize("share", [0, 50, 99])
def test_a_file_cut_short(app: Flask, file: Path, refused: Callable[..., Result], share: int) -> None:
    back_up(app, file)
    content = file.read_bytes()
    file.write_bytes(content[: len(content) * share // 100])

    refused()


def test_a_file_that_another_tool_made(app: Flask, file: Path, refused: Callable[..., Result]) -> None:
    back_up(app, file)
    file.write_bytes(file.read_bytes()[:-SEAL])

    assert "does not end with the seal" in refused().output


def test_a_file_of_something_else(file: Path, refused: Callable[..., Result]) -> None:
    sealed_anew(file, b"%PDF-1.7 a poster" * 1000)

    assert "is no backup of a shop" in refused().output


def test_a_file_that_was_damaged_before_it_was_sealed(
    app: Flask, file: Path, refused: Callable[..., Result]
) -> None:
    """Both engines look into the file too, and do not rest on the seal."""
    back_up(app, file)
    content = bytearray(file.read_bytes()[:-SEAL])
    middle = len(content) // 2
    content[middle : middle + 8192] = bytes(8192)
    sealed_anew(file, bytes(content))

    refused()


def test_a_file_of_another_schema(
    app: Flask, seeded_url: str, file: Path, refused: Callable[..., Result]
) -> None:
    revision = "UPDATE alembic_version SET version_num = :revision"
    with engine_at(seeded_url) as engine, engine.connect() as connection:
        ours = connection.scalar(text("SELECT version_num FROM alembic_version"))
        connection.execute(text(revision), {"revision": "9999"})
        connection.commit()
        sealed_copy(app, file)
        connection.execute(text(revision), {"revision": ours})
        connection.commit()

    assert f"is at schema 9999, this release at {ours}" in refused().output


def test_a_file_that_breaks_an_invariant(
    app: Flask, seeded_url: str, file: Path, refused: Callable[..., Result]
) -> None:
    with _breached(seeded_url):
        assert back_up(app, file).exit_code == 1

    result = refused()
    asked = restore(app, file, "--despite-breaches")

    assert "I3" in result.output
    assert asked.exit_code == 1
    assert "I3" in asked.output


@contextmanager
def _breached(url: str) -> Iterator[None]:
    with engine_at(url) as engine:
        with engine.begin() as connection:
            connection.execute(text("UPDATE stock SET on_hand = on_hand + 1"))
        yield
        with engine.begin() as connection:
            connection.execute(text("UPDATE stock SET on_hand = on_hand - 1"))


@pytest.mark.parametrize("journal", ["-wal", "-journal"])
def test_a_database_file_in_use(
    sqlite_databases: SqliteDatabases, double: StripeDouble, file: Path, journal: str
) -> None:
    """Its newest orders stand in the -wal file, and would be lost without a word."""
    template = sqlite_databases.template("seeded", migrate_and_seed)
    with sqlite_databases.copy(template) as url, shop_at(url, double) as app:
        back_up(app, file)
        file.with_name(file.name + journal).write_bytes(b"an order")

        result = restore(app, file)

    assert result.exit_code == 2
    assert f"has a {journal} file beside it: it is a database in use" in result.output


def test_a_file_of_the_other_engine(
    sqlite_databases: SqliteDatabases,
    postgresql_databases: PostgresDatabases,
    double: StripeDouble,
    file: Path,
) -> None:
    one, other = sqlite_databases, postgresql_databases
    with (
        one.copy(one.template("seeded", migrate_and_seed)) as light,
        other.copy(other.template("seeded", migrate_and_seed)) as heavy,
        shop_at(light, double) as small,
        shop_at(heavy, double) as large,
    ):
        dump = file.with_suffix(".dump")
        assert back_up(small, file).exit_code == 0
        assert back_up(large, dump).exit_code == 0

        assert "is an SQLite database; this shop's database takes" in restore(large, file).output
        assert "is a PostgreSQL dump; this shop's database takes" in restore(small, dump).output


def test_no_file(app: Flask, file: Path) -> None:
    result = restore(app, file)

    assert result.exit_code == 2
    assert "does not exist" in result.output


def test_a_shop_sells_on_after_a_refusal(
    app: Flask, shopper: Shopper, file: Path, refused: Callable[..., Result]
) -> None:
    file.write_bytes(b"")
    refused()

    shopper.places_order()
