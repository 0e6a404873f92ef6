"""Outages of a shop under load: its processes, its workers or its database killed with -9."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from shop.app import create_app
from shop.inventory.deliveries import receive
from tests.conftest import dispose, settings_for
from tests.crashes.commands import Command
from tests.crashes.customers import BAGS, Customers
from tests.crashes.judgement import Verdict, judge
from tests.postgres import Server, children_of
from tests.served import ServedShop

CUSTOMERS = 6

#: For how long customers may take to place the orders between two outages. Seconds.
LOAD_SECONDS = 4.0

#: About how long placing an order takes: an outage falls anywhere into it. Seconds.
PLACING_SECONDS = 0.1

#: How long workers that replaced killed ones are left alone. Seconds.
LEFT_ALONE_SECONDS = 6.0

#: What happens to the shop, and must not hurt it; returns in how many seconds it was ready again.
Outage = Callable[[ServedShop], float]


def group_killed(shop: ServedShop) -> float:
    """Kill every process of the shop at once, and start it again."""
    shop.kill9()
    started = time.monotonic()
    shop.restart()
    return time.monotonic() - started


def killing_workers() -> Outage:
    """Kill every worker: the first process replaces them.

    Granian takes a worker that dies twice in 5.5 s for one that cannot run, and ends; who is
    replaced is left alone for so long.
    """
    replaced_at: dict[int, float] = {}

    def workers_killed(shop: ServedShop) -> float:
        assert shop.server.process is not None
        first = shop.server.process.pid
        time.sleep(max(0.0, replaced_at.get(first, 0.0) + LEFT_ALONE_SECONDS - time.monotonic()))
        workers = children_of(first)
        assert workers
        started = time.monotonic()
        for pid in workers:
            os.kill(pid, signal.SIGKILL)
        shop.wait_until_ready()
        replaced_at[first] = time.monotonic()
        return replaced_at[first] - started

    return workers_killed


def crashing(postgres: Server) -> Outage:
    """Kill every process of the database, and start it again: the shop gets over it by itself."""

    def database_crashed(shop: ServedShop) -> float:
        postgres.crash()
        postgres.start()
        started = time.monotonic()
        shop.wait_until_ready()
        return time.monotonic() - started

    return database_crashed


@dataclass
class Endured:
    """What a shop went through, and how it came out.

    Attributes:
        ready: Seconds until it answered again, by the name of the outage.
        verdict: Of what its customers were told.
        repeated: Orders that had to be asked for more than once.
        replayed: Those that had been placed, with nobody left to be told.
    """

    ready: dict[str, list[float]] = field(default_factory=dict)
    verdict: Verdict = field(default_factory=Verdict)
    repeated: int = 0
    replayed: int = 0

    def __iadd__(self, other: Endured) -> Endured:
        for name, seconds in other.ready.items():
            self.ready.setdefault(name, []).extend(seconds)
        self.verdict += other.verdict
        self.repeated += other.repeated
        self.replayed += other.replayed
        return self


@contextmanager
def stocked_shop(database_url: str, home: Path) -> Iterator[ServedShop]:
    """Serve a seeded database with more bags than customers can buy."""
    app = create_app(settings_for(database_url))
    with app.app_context():
        for sku in BAGS:
            receive(sku, 1_000_000, location="milan-01", reason="for a test of outages")
    dispose(app)
    with ServedShop(database_url, home).running() as shop:
        yield shop


def endure(shop: ServedShop, outages: Sequence[Outage], *, orders: int, seed: int) -> Endured:
    """Let customers buy through outages, and judge what is left.

    Args:
        shop: A stocked shop, with no order yet.
        outages: One after the other, each in the middle of the load.
        orders: How many are placed before each outage, at most.
        seed: Chooses what is bought and when outages come; which thread is how far by then is chance.
    """
    rng = random.Random(seed)
    result = Endured()
    with Customers(shop, rng).buying(CUSTOMERS) as customers:
        for outage in outages:
            # Most of a customer's time goes into his cart; what may be lost is in the last step.
            customers.wait_for_orders(rng.randint(1, orders), LOAD_SECONDS)
            time.sleep(rng.uniform(0, PLACING_SECONDS))
            result.ready.setdefault(outage.__name__, []).append(outage(shop))
    _hear_what_webhooks_lost(shop)
    result.verdict = judge(shop, customers)
    result.repeated = sum(purchase.tries > 1 for purchase in customers.purchases)
    result.replayed = sum(purchase.replayed for purchase in customers.purchases)
    return result


def _hear_what_webhooks_lost(shop: ServedShop) -> None:
    """Do what the operator's timer does; Stripe would repeat what was not taken for three days."""
    command = Command(["reconcile"], shop.server.environment, shop.home / "reconcile.log")
    status = command.start().wait()
    assert status == 0, (shop.home / "reconcile.log").read_text()
