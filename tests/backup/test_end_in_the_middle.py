"""A backup or restore that is killed, or that meets another: no half file, no half database."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

from flask import Flask
from sqlalchemy import text

from shop.backup import service
from shop.backup.unfinished import unfinished
from shop.payments.double import StripeDouble
from tests.backup.copying import Killer, back_up, engine_at, fingerprint, restore, restores_in, shop_at
from tests.conftest import Databases, SqliteDatabases, migrate_and_seed
from tests.shopper import Shopper

#: More than a backup or a restore takes; each is killed at every one of its steps.
MOST_STEPS = 60

#: The server may be shared with other test runs.
COPIES_OF_THIS = """
    SELECT copy.datname FROM pg_database AS copy, pg_database AS this
    WHERE this.datname = current_database() AND copy.datname LIKE 'shop_copy_%'
    AND shobj_description(copy.oid, 'pg_database') LIKE '%(' || this.oid || ')'
"""


def test_a_killed_backup_leaves_no_file_of_its_name(app: Flask, killer: Killer, file: Path) -> None:
    kills = 0
    while killer.kills(kills + 1, "backup", file):
        kills += 1
        assert not file.exists()
        assert kills < MOST_STEPS

    assert kills == 5
    assert [path.name for path in file.parent.iterdir()] == [file.name]
    assert restore(app, file).exit_code == 0


def test_a_killed_backup_leaves_the_last_one_as_it_was(app: Flask, killer: Killer, file: Path) -> None:
    back_up(app, file)
    content = file.read_bytes()

    assert killer.kills(2, "backup", file)

    assert file.read_bytes() == content


def test_a_killed_restore_changes_nothing(
    app: Flask, seeded_url: str, double: StripeDouble, killer: Killer, file: Path
) -> None:
    back_up(app, file)
    then = fingerprint(seeded_url, log=False)
    Shopper(app.test_client(), double).places_order()
    before = fingerprint(seeded_url, log=False)
    kills = 0
    found = [before]
    while killer.kills(kills + 1, "restore", file):
        kills += 1
        found.append(fingerprint(seeded_url, log=False))
        # Written down with it, or not at all.
        assert len(restores_in(app)) == (found[-1] == then)
        assert kills < MOST_STEPS

    assert kills >= 4
    # All of it, or nothing; and never back.
    assert set(found) == {before, then}
    assert found == sorted(found, key=[before, then].index)
    assert fingerprint(seeded_url, log=False) == then


def test_a_killed_backup_leaves_no_database_for_long(
    app: Flask, seeded_url: str, databases: Databases, killer: Killer, file: Path
) -> None:
    def names() -> set[str]:
        if databases.engine == "sqlite":
            return {path.name for path in file.parent.iterdir()}
        with engine_at(seeded_url) as engine, engine.connect() as connection:
            return set(connection.scalars(text(COPIES_OF_THIS)))

    assert killer.kills(4, "backup", file)
    assert len(names()) == 1

    back_up(app, file)

    assert names() == ({file.name} if databases.engine == "sqlite" else set())


def test_two_backups_into_one_file_do_not_mix(app: Flask, file: Path) -> None:
    with unfinished(file, overwrite=False) as part:
        result = back_up(app, file)
        part.path.write_text("whole")

    assert result.exit_code == 2
    assert "another backup is writing" in result.output
    assert file.read_text() == "whole"


def test_backups_made_while_the_shop_sells_are_sound(
    app: Flask, double: StripeDouble, new_url: str, file: Path
) -> None:
    def buy() -> None:
        for _ in range(3):
            Shopper(app.test_client(), double).places_order()

    buyers = [threading.Thread(target=buy) for _ in range(2)]
    results = []
    for buyer in buyers:
        buyer.start()
    while any(buyer.is_alive() for buyer in buyers) or not results:
        results.append(back_up(app, file, "--overwrite"))
    for buyer in buyers:
        buyer.join()

    assert [result.output for result in results if result.exit_code] == []
    with shop_at(new_url, double) as other:
        assert restore(other, file).exit_code == 0
        Shopper(other.test_client(), double).places_order()


def test_no_order_comes_between_the_look_and_the_replacement(
    sqlite_databases: SqliteDatabases, double: StripeDouble, file: Path
) -> None:
    """On SQLite; on PostgreSQL the shop has to be stopped for that."""
    template = sqlite_databases.template("seeded", migrate_and_seed)
    with sqlite_databases.copy(template) as url, shop_at(url, double) as app:
        back_up(app, file)
        shopper = Shopper(app.test_client(), double).prepares()
        answers: list[int] = []
        buyer = threading.Thread(target=lambda: answers.append(shopper.completes().status_code))

        def tell(step: str) -> None:
            if step == "Putting it in the database's place":
                buyer.start()
                buyer.join(timeout=1)

        with app.app_context():
            service.restore(file, tell=tell)
        buyer.join()

    # His cart is gone: the order is refused, not placed and then lost.
    assert answers == [404]


def test_a_restore_does_not_wait_for_ever(
    sqlite_databases: SqliteDatabases, double: StripeDouble, file: Path
) -> None:
    """Another program has the database open for writing, and knows nothing of the write gate."""
    template = sqlite_databases.template("seeded", migrate_and_seed)
    with sqlite_databases.copy(template) as url, shop_at(url, double) as app:
        back_up(app, file)
        before = fingerprint(url)
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            result = restore(app, file)
            other.execute("ROLLBACK")

        assert result.exit_code == 2
        assert "another program is writing to the database" in result.output
        assert fingerprint(url) == before
        Shopper(app.test_client(), double).places_order()
