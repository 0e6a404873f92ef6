"""100,000 requests made from the OpenAPI document, right and wrong ones, half on each engine."""

from __future__ import annotations

import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import click

from shop.app import create_app
from shop.kit.clock import clock
from shop.payments.double import InProcessHTTPClient, StripeDouble
from tests.campaign.figures import Figure
from tests.conftest import Databases, dispose, migrate_and_seed, settings_for
from tests.databases import SqliteDatabases, postgres_databases
from tests.security.fuzzing import SETTINGS, Found, fuzz

CASES = 100_000

#: Cases after which the shop is opened anew on a fresh copy, so that its orders stay few.
CASES_OF_ONE_SHOP = 10_000

#: Shares of the full size in which an operation may happen never to succeed.
WHOLE = 0.5


def run(scale: float) -> list[Figure]:
    """Ask both engines, each half of the cases."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        engines: dict[str, Databases] = {
            "SQLite": SqliteDatabases(Path(folder)),
            "PostgreSQL": stack.enter_context(postgres_databases()),
        }
        return [
            _figure(name, databases, round(CASES / 2 * scale), scale) for name, databases in engines.items()
        ]


def _figure(name: str, databases: Databases, cases: int, scale: float) -> Figure:
    found, started = Found(), time.monotonic()
    for start in range(0, cases, CASES_OF_ONE_SHOP):
        _ask(databases, min(CASES_OF_ONE_SHOP, cases - start), start, found)
        click.echo(f"{name}: {found.cases.total():,} cases, {len(found.faults)} faults", err=True)
    seconds = time.monotonic() - started
    for fault in found.faults[:50]:
        click.echo(fault, err=True)
    server_errors = sum(count for (_, status), count in found.statuses.items() if status >= 500)
    unreached = sorted(found.unsuccessful()) if scale >= WHOLE else []
    value = (
        f"{found.cases.total():,} cases of {len(found.cases)} operations in {seconds:,.0f} s, "
        f"{server_errors} server errors, {len(found.faults)} faults"
    )
    if unreached:
        value += f"; never succeeded: {', '.join(unreached)}"
    return Figure(
        f"schemathesis over the OpenAPI document, {name}",
        value,
        "0 server errors, 0 answers that are not documented",
        not found.faults and not unreached,
    )


def _ask(databases: Databases, cases: int, start: int, found: Found) -> None:
    with (
        databases.copy(databases.template("seeded", migrate_and_seed)) as url,
        StripeDouble(
            seed=1, now=lambda: clock.now().timestamp(), webhook_url="http://127.0.0.1:1/webhooks/stripe"
        ) as double,
    ):
        app = create_app(settings_for(url, **SETTINGS), stripe_client=InProcessHTTPClient(double))
        found.add(fuzz(app, double, cases=cases, start=start))
        dispose(app)
