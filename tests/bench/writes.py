"""Purchases and holds, as a share of what PostgreSQL does with the same writes and nothing else.

Both sides have sixteen clients on the same server and database, and take turns. Of a purchase the
payment's call is left out: its request is written down and answered at once.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Iterator
from functools import partial

from flask import Flask
from sqlalchemy import select

from shop.app import create_app
from shop.catalogue.models import Variant
from shop.kit.db import db, transaction
from tests.bench.bench import REPORTED, Bench, shop_on, side_by_side
from tests.bench.buyers import buyer
from tests.bench.load import Seen, drive
from tests.bench.questions import skus_to_sell
from tests.bench.recording import Heard, each_time_new, listening, plain
from tests.bench.stores import PostgresStores
from tests.bench.variants import PromptStripe
from tests.campaign.figures import Figure
from tests.conftest import dispose, settings_for
from tests.crowd import leave_in_stock, owner_of
from tests.holding import holds_a_second, last_statement
from tests.postgres import BINARIES
from tests.shopper import BAG, Shopper

CLIENTS, PROCESSES = 16, 2
#: The shop has as many processes as pgbench; each works on so many requests at a time.
THREADS = 8
SECONDS, ROUNDS = 3.0, 5
BAGS, PIECES = 100, 10_000_000

LEAST_PURCHASES, LEAST_HOLDS = 0.3, 0.5


def run(bench: Bench) -> list[Figure]:
    """Measure on PostgreSQL's smallest catalogue."""
    store = next((each for each in bench.stores if isinstance(each, PostgresStores)), None)
    if store is None:
        return [
            Figure(name, "no PostgreSQL among the engines", REPORTED, met=True)
            for name in ("purchases of pgbench", "holds of one variant of pgbench")
        ]
    with store.copy(bench.sizes[0]) as url:
        return [*_purchases(bench, url), _holds(bench, url)]


def _purchases(bench: Bench, url: str) -> Iterator[Figure]:
    skus = skus_to_sell(url, BAGS)
    heard, writes, everything = scripts(url, skus)
    seconds, rounds = bench.seconds(SECONDS), bench.rounds(ROUNDS)
    with shop_on(url, worker="prompt", workers=PROCESSES, threads=THREADS) as shop:
        ours = partial(_bought_a_second, shop.port, skus, seconds)
        for name, script, bar in (
            ("its writes", writes, LEAST_PURCHASES),
            ("all its statements", everything, None),
        ):
            theirs = partial(pgbench, url, script, seconds)
            ratio, shops, floors = side_by_side(ours, theirs, rounds)
            yield Figure(
                f"purchases without the payment call, of pgbench with {name}",
                f"{ratio:.2f} ({shops:,.0f}/s of {floors:,.0f}/s)",
                REPORTED if bar is None else f">= {bar}",
                met=bar is None or ratio >= bar,
            )
    value = f"{heard.statements} statements, {heard.writes().statements} of them writes, in five requests"
    yield Figure("a purchase as PostgreSQL hears it", value, REPORTED, met=True)


def _holds(bench: Bench, url: str) -> Figure:
    with owner_of(url) as app:
        with app.app_context(), transaction() as session:
            leave_in_stock(session, {BAG: PIECES})
        text, parameters = last_statement(app)
    held = Heard([(text, [parameters])])
    script = _RANDOM + held.script(url, each_time_new(-1, ""))
    seconds = bench.seconds(SECONDS)
    ratio, shops, floors = side_by_side(
        lambda: holds_a_second(url, seconds, by_the_engine=False),
        partial(pgbench, url, script, seconds),
        bench.rounds(ROUNDS),
    )
    return Figure(
        "holds of one hot variant, of pgbench with the same statement",
        f"{ratio:.2f} ({shops:,.0f}/s of {floors:,.0f}/s)",
        f">= {LEAST_HOLDS}",
        met=ratio >= LEAST_HOLDS,
    )


_RANDOM = r"\set r random(1, 9000000000000000000)" + "\n"


def scripts(url: str, skus: list[str]) -> tuple[Heard, str, str]:
    """Buy one bag, and return what was heard, with scripts of its writes and of all of it.

    Args:
        url: A database of PostgreSQL's.
        skus: Which there will be plenty of.
    """
    app = create_app(settings_for(url), stripe_client=PromptStripe())
    try:
        with app.app_context():
            with transaction() as session:
                leave_in_stock(session, dict.fromkeys(skus, PIECES))
            ids = list(
                db.session.scalars(select(Variant.id).where(Variant.sku.in_(skus)).order_by(Variant.id))
            )
            bought = db.session.scalars(select(Variant.sku).where(Variant.id == ids[0])).one()
        _buy(app, bought)  # compiles statements, and opens connections
        with listening(app) as heard:
            _buy(app, bought)
    finally:
        dispose(app)
    # Not every id between the first and the last can be sold; a script picks by place in the list.
    picked = f"(ARRAY{ids}::int[])[:v]"
    head = _RANDOM + rf"\set v random(1, {len(ids)})" + "\n"
    replace = each_time_new(ids[0], picked)
    return heard, head + heard.writes().script(url, replace), head + heard.script(url, replace)


def _buy(app: Flask, sku: str) -> None:
    Shopper(app.test_client(), None).places_order(sku)  # type: ignore[arg-type]


def _bought_a_second(port: int, skus: list[str], seconds: float) -> float:
    seen = drive(port, [buyer(skus, number) for number in range(CLIENTS)], seconds)
    bought = seen.get("complete", Seen())
    assert set(bought.statuses) <= {201}, dict(bought.statuses)
    return bought.rate


def pgbench(url: str, script: str, seconds: float) -> float:
    """Return how often a second sixteen clients play a script."""
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script)
        file.flush()
        command = [str(BINARIES / "pgbench"), "--no-vacuum", "--protocol=prepared", f"--file={file.name}"]
        command += [
            f"--client={CLIENTS}",
            f"--jobs={PROCESSES}",
            f"--time={max(1, round(seconds))}",
            plain(url),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    rate = re.search(r"^tps = ([\d.]+)", done.stdout, re.MULTILINE)
    if done.returncode or rate is None:
        raise RuntimeError(f"pgbench ended with {done.returncode}:\n{done.stderr[-3000:]}")
    return float(rate[1])
