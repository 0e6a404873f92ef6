"""What tests of backups are given besides the shop."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.backup.copying import Killer, engine_at, killer_at
from tests.conftest import Databases
from tests.postgres import BINARIES
from tests.shopper import Shopper


@pytest.fixture(autouse=True)
def programs_of_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the wheel's pg_dump first, unless the server is one of your own."""
    if not os.environ.get("SHOP_TEST_DATABASE_URL"):
        monkeypatch.setenv("PATH", str(BINARIES), prepend=os.pathsep)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where a backup goes; the folder is empty."""
    folder = tmp_path / "backups"
    folder.mkdir()
    return folder / "shop.backup"


@pytest.fixture
def new_url(databases: Databases) -> Iterator[str]:
    """A database in which nothing is: a new disk, a new server."""

    def touch(url: str) -> None:
        with engine_at(url) as engine, engine.connect() as connection:
            connection.execute(text("CREATE TABLE first (letter TEXT)"))
            connection.execute(text("DROP TABLE first"))

    with databases.copy(databases.template("new", touch)) as url:
        yield url


@pytest.fixture
def sold(shopper: Shopper) -> Shopper:
    """A shopper who has bought a bag, and paid for it."""
    shopper.places_order()
    shopper.pays()
    shopper.comes_back()
    assert shopper.order()["status"] == "paid"
    return shopper


@pytest.fixture
def killer(seeded_url: str) -> Iterator[Killer]:
    """Backs up and restores the shop in processes that are killed on the way."""
    with killer_at(seeded_url) as found:
        yield found
