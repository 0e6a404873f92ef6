"""SQLite's log cut, flipped, half written or without its index: what was committed before it is there."""

from __future__ import annotations

import random
from pathlib import Path

from tests.conftest import migrate_and_seed
from tests.crashes import wal
from tests.crashes.torn_logs import live_shop, open_damaged, wrong_with
from tests.databases import SqliteDatabases


def test_damaged_copies_open_as_what_was_committed_before_the_damage(
    sqlite_databases: SqliteDatabases, tmp_path: Path
) -> None:
    template = sqlite_databases.folder / f"{sqlite_databases.template('seeded', migrate_and_seed)}.db"

    result = open_damaged(template, tmp_path, copies=25, seed=1)

    assert not result.wrong, "\n".join(result.wrong)
    assert set(result.by_kind) == set(wal.KINDS)
    assert result.partly_checkpointed
    assert result.begun_anew


def test_a_log_torn_where_no_crash_tears_it_does_not_pass(
    sqlite_databases: SqliteDatabases, tmp_path: Path
) -> None:
    with (
        sqlite_databases.copy(sqlite_databases.template("seeded", migrate_and_seed)) as url,
        live_shop(url, random.Random(1)) as shop,
    ):
        for _ in range(3):
            shop.sells()
        shop.checkpoints()
        torn = wal.tear_what_is_checkpointed(shop.copy())

        assert wrong_with(torn, shop.told, tmp_path / "copy.db")
