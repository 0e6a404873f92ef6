"""``shop restore FILE``: the shop as it was, or nothing changed."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy import text

from shop.audit.chain import head
from shop.cli import cli
from shop.kit.clock import clock
from shop.kit.commands import operator
from shop.kit.db import db
from shop.payments.double import StripeDouble
from tests.backup.copying import back_up, engine_at, fingerprint, restore, restores_in, shop_at
from tests.conftest import SqliteDatabases, migrate_and_seed
from tests.owner import Owner
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
    then = fingerprint(seeded_url, log=False)
    Shopper(app.test_client(), double).places_order()
    assert sold.sees_available() == PIECES - 2

    result = restore(app, file, "--replace")

    assert result.exit_code == 0, result.output
    assert fingerprint(seeded_url, log=False) == then
    assert sold.sees_available() == PIECES - 1
    Shopper(app.test_client(), double).places_order()
    assert sold.sees_available() == PIECES - 2


def test_the_audit_log_says_what_was_restored_over_what(
    app: Flask, sold: Shopper, double: StripeDouble, new_url: str, file: Path
) -> None:
    Owner.of(app)
    with app.app_context():
        before = head(db.session())
    back_up(app, file)
    content = file.read_bytes()
    app.test_cli_runner().invoke(cli, ["stock", "receive", BAG, "1"])
    with app.app_context():
        lost = head(db.session())

    assert restore(app, file, "--replace").exit_code == 0
    with shop_at(new_url, double) as other:
        assert restore(other, file).exit_code == 0
        (anew,) = restores_in(other)

    (entry,) = restores_in(app)
    moment, digest = re.fullmatch(rb"shop-backup (.*) sha256 (.*)", content.splitlines()[-1]).groups()  # type: ignore[union-attr]
    assert (entry.number, entry.previous_hash) == (before[0] + 1, before[1])
    assert (entry.actor, entry.object) == (operator(), "database")
    assert entry.before == {"orders": 1, "audit_number": lost[0], "audit_hash": lost[1]}
    assert entry.after == {
        "file": file.name,
        "made_at": moment.decode().replace("Z", "+00:00"),
        "seal_sha256": digest.decode(),
        "orders": 1,
    }
    assert (anew.before, anew.after) == (None, entry.after)
    assert file.read_bytes() == content


def test_a_database_without_an_end_of_its_log_can_be_replaced(
    app: Flask, seeded_url: str, file: Path
) -> None:
    back_up(app, file)
    with engine_at(seeded_url) as engine, engine.begin() as connection:
        connection.execute(text("ALTER TABLE audit_head RENAME TO gone"))
        connection.execute(text("CREATE TABLE audit_head AS SELECT * FROM gone WHERE id = 2"))
        connection.execute(text("DROP TABLE gone"))

    assert restore(app, file).exit_code == 0

    assert [entry.before for entry in restores_in(app)] == [{"orders": 0}]


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
