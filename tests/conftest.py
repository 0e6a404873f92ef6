"""What tests are given: an application on a fresh database of each engine, and its client."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import flask_migrate
import pytest
import stripe
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from shop.app import create_app
from shop.config import Settings
from shop.kit.clock import clock
from shop.kit.db import db
from shop.kit.engines import READING
from shop.payments.double import InProcessHTTPClient, StripeDouble
from shop.seeding import service as seeding
from tests.contract import Contract
from tests.databases import PostgresDatabases, SqliteDatabases, postgres_databases
from tests.scratch import use_memory
from tests.served import ServedShop
from tests.shopper import Shopper

SEED = Path(__file__).resolve().parent.parent / "seed"

Databases = SqliteDatabases | PostgresDatabases


def settings_for(url: str, **changes: object) -> Settings:
    """Return settings for a database."""
    values = {
        "secret_key": "a secret of the tests, long enough",
        "public_url": "https://shop.example",
        "return_origins": ("https://boutique.example",),
        "cors_origins": ("https://boutique.example",),
        # Tests look at once at what they did; those of tests/caching keep what everybody may read.
        "hot_bytes": 0,
    }
    return Settings(database_url=url, **{**values, **changes})  # type: ignore[arg-type]


def dispose(app: Flask) -> None:
    """Close every connection, so that a database can be copied or dropped."""
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def migrate(url: str) -> None:
    """Prepare an empty database."""
    app = create_app(settings_for(url))
    with app.app_context():
        flask_migrate.upgrade()
    dispose(app)


def migrate_and_seed(url: str) -> None:
    """Prepare an empty database and fill it with the real catalogue."""
    migrate(url)
    app = create_app(settings_for(url))
    with app.app_context():
        seeding.apply(SEED)
    dispose(app)


@pytest.fixture(scope="session")
def sqlite_databases(tmp_path_factory: pytest.TempPathFactory) -> SqliteDatabases:
    return SqliteDatabases(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgresql_databases() -> Iterator[PostgresDatabases]:
    with postgres_databases() as databases:
        yield databases


@pytest.fixture(params=["sqlite", "postgresql"])
def databases(request: pytest.FixtureRequest) -> Databases:
    """Each engine in turn: every test that touches the database runs on both."""
    found: Databases = request.getfixturevalue(f"{request.param}_databases")
    return found


@pytest.fixture(autouse=True)
def real_time() -> Iterator[None]:
    """Put the clock back after a test that moved it."""
    yield
    clock.reset()


@pytest.fixture
def empty_url(databases: Databases) -> Iterator[str]:
    """A migrated database without a row."""
    with databases.copy(databases.template("empty", migrate)) as url:
        yield url


@pytest.fixture
def seeded_url(databases: Databases) -> Iterator[str]:
    """A migrated database with the real catalogue."""
    with databases.copy(databases.template("seeded", migrate_and_seed)) as url:
        yield url


@pytest.fixture
def served(seeded_url: str, tmp_path: Path) -> Iterator[ServedShop]:
    """The shop in two worker processes, with a stand-in of its own, on the real catalogue."""
    with ServedShop(seeded_url, tmp_path / "served").running() as shop:
        yield shop


@pytest.fixture
def double() -> Iterator[StripeDouble]:
    """Stripe's stand-in, in memory; its clock is the shop's."""
    stand_in = StripeDouble(
        seed=1, now=lambda: clock.now().timestamp(), webhook_url="http://127.0.0.1:1/webhooks/stripe"
    )
    yield stand_in
    stand_in.close()


def _running(url: str, transport: stripe.HTTPClient) -> Iterator[Flask]:
    app = create_app(settings_for(url), stripe_client=transport)
    contract = Contract(app)
    yield app
    dispose(app)
    assert contract.violations == []


@pytest.fixture
def empty_app(empty_url: str, double: StripeDouble) -> Iterator[Flask]:
    """The shop on an empty database."""
    yield from _running(empty_url, InProcessHTTPClient(double))


@pytest.fixture
def app(seeded_url: str, double: StripeDouble) -> Iterator[Flask]:
    """The shop on the real catalogue, talking to Stripe's stand-in."""
    yield from _running(seeded_url, InProcessHTTPClient(double))


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """A session of the test's own that reads what the shop wrote, each statement afresh."""
    with app.app_context():
        engine = db.engine
    with Session(engine.execution_options(isolation_level="AUTOCOMMIT", **{READING: True})) as reading:
        yield reading


@pytest.fixture
def shopper(app: Flask, double: StripeDouble) -> Shopper:
    """Someone who buys bags over HTTP and pays at Stripe's stand-in."""
    return Shopper(app.test_client(), double)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Someone calling the shop."""
    return app.test_client()


def pytest_configure() -> None:
    """Keep what tests make in memory; the bench and the campaigns import this file, too, and do not."""
    use_memory()


def pytest_xdist_auto_num_workers() -> int:
    """Return how many processes ``-n auto`` means: many tests wait for a server, a lock or a clock."""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(processors * 3 // 2, 2)
