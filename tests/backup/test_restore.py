"""``shop restore FILE``: the shop as it was, or nothing changed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy import text

from shop.cli import cli
from shop.kit.clock import clock
from shop.payments.double import StripeDouble
from tests.backup.copying import back_up, engine_at, fingerprint, restore, shop_at
from tests.conftest import SqliteDatabases, migrate_and_seed
from tests.shopper import BAG, PIECES, Shopper


def test_a_lost_shop_comes_back_and_sells_on(
    app: Flask, sold: Shopper, double: StripeDouble, new_url: str, file: Path
) -> None:
    back_up(app, file)

    with shop_at(new_url, double) as other:
        result = restore(other, file)
        sold.client = other.test_client()
        order = sold.order()
        next_one = Shopper(other.test_client(), double).places_order()
        next_one.pays()
        next_one.comes_back()

        assert result.exit_code == 0, result.output
        assert "1 orders" in result.output
        assert order["status"] == "paid"
        assert next_one.order()["status"] == "paid"
        assert next_one.sees_available(BAG) == PIECES - 2


def test_a_running_shop_goes_on_with_what_was_restored(
    app: Flask, sold: Shopper, double: StripeDouble, seeded_url: str, file: Path
) -> None:
    back_up(app, file)
    then = fingerprint(seeded_url)
    Shopper(app.test_client(), double).places_order()
    assert sold.sees_available() == PIECES - 2

    result = restore(app, file, "--replace")

    assert result.exit_code == 0, result.output
    assert fingerprint(seeded_url) == then
    assert sold.sees_available() == PIECES - 1
    Shopper(app.test_client(), double).places_order()
    assert sold.sees_available() == PIECES - 2


def test_orders_are_not_lost_unasked(app: Flask, shopper: Shopper, seeded_url: str, file: Path) -> None:
    back_up(app, file)
    shopper.places_order()
    before = fingerprint(seeded_url)

    result = restore(app, file)

    assert result.exit_code == 2
    assert (
        "the database holds 1 orders that would be lost; say --replace; nothing was changed" in result.output
    )
    assert fingerprint(seeded_url) == before


def test_a_database_of_something_else_is_not_replaced(
    app: Flask, double: StripeDouble, new_url: str, file: Path
) -> None:
    back_up(app, file)

    with shop_at(new_url, double) as other:
        with engine_at(new_url) as engine, engine.begin() as connection:
            connection.execute(text("CREATE TABLE orders (letter TEXT)"))
        result = restore(other, file, "--replace")

        assert result.exit_code == 2
        assert "the database in place is at schema none" in result.output
        with engine_at(new_url) as engine, engine.connect() as connection:
            assert connection.execute(text("SELECT * FROM orders")).keys() == {"letter"}


def test_a_copy_is_judged_by_the_time_it_was_made(
    app: Flask, shopper: Shopper, double: StripeDouble, new_url: str, file: Path
) -> None:
    """A payment that was open then has ended since; reconciliation closes it, not the copy."""
    shopper.places_order()
    back_up(app, file)
    clock.advance(timedelta(days=2))

    with shop_at(new_url, double) as other:
        result = restore(other, file)
        reconciled = other.test_cli_runner().invoke(cli, ["reconcile"])
        shopper.client = other.test_client()

        assert result.exit_code == 0, result.output
        assert "Now `shop reconcile`" in result.output
        assert reconciled.exit_code == 0, reconciled.output
        assert shopper.order()["status"] == "expired"


def test_a_database_that_is_beyond_reading_is_told_what_to_do(
    double: StripeDouble, sqlite_databases: SqliteDatabases, tmp_path: Path, file: Path
) -> None:
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"not what it was" * 1000)
    with (
        sqlite_databases.copy(sqlite_databases.template("seeded", migrate_and_seed)) as url,
        shop_at(url, double) as app,
    ):
        back_up(app, file)

    with shop_at(f"sqlite:///{broken}", double) as other:
        refused = restore(other, file)
        broken.unlink()
        restored = restore(other, file)

    assert refused.exit_code == 2
    assert "file is not a database; restore into a new one (move the file away" in refused.output
    assert restored.exit_code == 0, restored.output
