"""The shop with a token for its metrics."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from shop.app import create_app
from shop.payments.double import InProcessHTTPClient, StripeDouble
from tests.conftest import dispose, settings_for
from tests.databases import SqliteDatabases

TOKEN = "a token of the tests, long enough"


@pytest.fixture
def databases(sqlite_databases: SqliteDatabases) -> SqliteDatabases:
    """One engine: what is counted and logged here does not depend on it."""
    return sqlite_databases


@pytest.fixture
def app(seeded_url: str, double: StripeDouble) -> Iterator[Flask]:
    """The shop on the real catalogue, with hot answers and metrics."""
    settings = settings_for(seeded_url, hot_bytes=8 * 1024 * 1024, metrics_token=TOKEN)
    app = create_app(settings, stripe_client=InProcessHTTPClient(double))
    yield app
    dispose(app)
