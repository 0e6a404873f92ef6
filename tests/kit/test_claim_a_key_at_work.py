"""A key whose first request stands in a queue inside its transaction, on PostgreSQL.

On SQLite there is no such moment: the twin waits at the write gate, before it looks at the key.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import text

from shop.app import create_app
from shop.kit import idempotency
from shop.kit.db import transaction
from tests.conftest import dispose, migrate, settings_for
from tests.databases import PostgresDatabases


@pytest.fixture
def shop(postgresql_databases: PostgresDatabases) -> Iterator[Flask]:
    with postgresql_databases.copy(postgresql_databases.template("empty", migrate)) as url:
        app = create_app(settings_for(url))
        yield app
        dispose(app)


def test_a_twin_that_waited_in_vain_is_told_that_the_request_is_at_work(shop: Flask) -> None:
    attempt = idempotency.Attempt("a" * 64, "f" * 64)

    def twin() -> None:
        with shop.app_context(), transaction() as session:
            session.execute(text("SET LOCAL lock_timeout = '20ms'"))
            idempotency.claim(session, attempt)

    with shop.app_context(), transaction() as session, ThreadPoolExecutor(1) as pool:
        idempotency.claim(session, attempt)

        with pytest.raises(idempotency.RequestInProgress):
            pool.submit(twin).result()
