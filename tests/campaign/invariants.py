"""The books of 10,000 orders checked in a second, and every planted damage named."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from flask import Flask

from shop.app import create_app
from shop.kit.clock import clock
from shop.kit.db import db, transaction
from shop.payments.double import InProcessHTTPClient, StripeDouble
from shop.verification.service import INVARIANTS, verify
from tests.campaign.figures import Figure
from tests.conftest import dispose, migrate_and_seed, settings_for
from tests.databases import SqliteDatabases, postgres_databases
from tests.shopper import Shopper
from tests.verification.many_orders import multiply
from tests.verification.planted_damage import DAMAGE

ORDERS = 10_000
BAR_SECONDS = 1.0
RUNS = 5


def run(scale: float) -> list[Figure]:
    """Measure ``shop verify`` on both engines."""
    orders = max(100, int(ORDERS * scale))
    figures = []
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        engines = {
            "SQLite": SqliteDatabases(Path(folder)),
            "PostgreSQL": stack.enter_context(postgres_databases()),
        }
        for name, databases in engines.items():
            with databases.copy(databases.template("seeded", migrate_and_seed)) as url, _shop(url) as app:
                seconds, breaches = measure(app, orders)
            bar = BAR_SECONDS * orders / ORDERS if scale >= 1 else BAR_SECONDS
            figures.append(
                Figure(
                    f"`shop verify`, {orders:,} orders, {name}",
                    f"{seconds:.2f} s, {breaches} breaches",
                    f"at most {BAR_SECONDS:.0f} s, 0 breaches",
                    met=seconds <= bar and not breaches,
                )
            )
    planted = sum(map(len, DAMAGE.values()))
    figures.append(
        Figure(
            "invariants proven by planted damage",
            f"{len(DAMAGE)} of {len(INVARIANTS)} in {planted} ways; I10 has nothing to break without codes",
            "every one that can break, on both engines, in `make test`",
            met=len(DAMAGE) == len(INVARIANTS) - 1,
        )
    )
    return figures


def measure(app: Flask, orders: int) -> tuple[float, int]:
    """Fill a shop with orders and verify it; return the median seconds and the breaches found."""
    with app.app_context():
        with transaction() as session:
            multiply(session, orders - 1)
        times, found = [], 0
        for _ in range(RUNS):
            started = time.perf_counter()
            found = len(verify(db.session()))
            times.append(time.perf_counter() - started)
            db.session.remove()
    return statistics.median(times), found


@contextmanager
def _shop(url: str) -> Iterator[Flask]:
    """Open a shop in which one bag was sold."""
    now: Callable[[], float] = lambda: clock.now().timestamp()  # noqa: E731
    with StripeDouble(seed=1, now=now, webhook_url="http://127.0.0.1:1/webhooks/stripe") as double:
        app = create_app(settings_for(url), stripe_client=InProcessHTTPClient(double))
        shopper = Shopper(app.test_client(), double).places_order()
        shopper.pays()
        shopper.hears_webhooks()
        try:
            yield app
        finally:
            dispose(app)
