"""Seeding and migrating killed with -9: the database is as before or as after, and a repeat finishes it.

The campaign kills the first migration and a change of the catalogue too, each many times.
"""

from __future__ import annotations

from pathlib import Path

from tests.conftest import Databases
from tests.crashes.interruptions import interrupt
from tests.crashes.tasks import migrating_sales, seeding


def test_a_killed_migration_of_a_shop_that_has_sold_is_finished_by_the_same_command(
    databases: Databases, tmp_path: Path
) -> None:
    result = interrupt(databases, migrating_sales(databases), tmp_path, kills=1, seed=1)

    assert result.wrong == []
    assert result.kills == 1


def test_a_killed_seeding_is_finished_by_the_same_command(databases: Databases, tmp_path: Path) -> None:
    result = interrupt(databases, seeding(databases), tmp_path, kills=1, seed=1)

    assert result.wrong == []
    assert result.kills == 1
