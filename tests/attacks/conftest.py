"""One served shop for all attacks, on each engine: two processes and their stand-in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import Databases, migrate_and_seed
from tests.served import ServedShop


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedShop]:
    """A shop under attack, deaf to webhooks; what one test left in it, the next one finds."""
    databases: Databases = request.getfixturevalue(f"{request.param}_databases")
    home = tmp_path_factory.mktemp("served")
    with (
        databases.copy(databases.template("seeded", migrate_and_seed)) as url,
        ServedShop(url, home, workers=2, threads=4, hears=False).running() as served,
    ):
        yield served
