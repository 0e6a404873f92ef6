"""The whole shop killed with -9 under load: every order that reached its customer is there, once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import migrate_and_seed
from tests.crashes.outages import crashing, endure, group_killed, killing_workers, stocked_shop
from tests.databases import SqliteDatabases
from tests.postgres import CRASH_SAFE, Server, server


@pytest.fixture
def crashable() -> Iterator[Server]:
    """A PostgreSQL of the test's own, to be killed."""
    with server(CRASH_SAFE) as postgres:
        migrate_and_seed(postgres.url)
        yield postgres


def test_a_killed_shop_on_sqlite_loses_and_doubles_no_order(
    sqlite_databases: SqliteDatabases, tmp_path: Path
) -> None:
    template = sqlite_databases.template("seeded", migrate_and_seed)

    with sqlite_databases.copy(template) as url, stocked_shop(url, tmp_path / "served") as shop:
        endured = endure(shop, [group_killed, killing_workers()], orders=5, seed=1)

        assert endured.verdict.clean, endured.verdict
        assert endured.verdict.acknowledged > 0


def test_a_killed_shop_and_a_crashed_postgresql_lose_and_double_no_order(
    crashable: Server, tmp_path: Path
) -> None:
    with stocked_shop(crashable.url, tmp_path / "served") as shop:
        endured = endure(shop, [crashing(crashable), group_killed], orders=5, seed=1)

        assert endured.verdict.clean, endured.verdict
        assert endured.verdict.acknowledged > 0
