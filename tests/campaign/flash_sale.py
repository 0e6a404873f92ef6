"""Flash sales of full size, on both engines, with one server process and with four.

Far more buyers than pieces complete at once over HTTP, one in ten tapping twice. Half of the
holds of those who got one then end, and their pieces are sold again; everybody pays in the end.
Carts are made beforehand: the rush is what is tried.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from tests import postgres
from tests.campaign.figures import Figure
from tests.conftest import Databases, migrate_and_seed
from tests.databases import PostgresDatabases, SqliteDatabases
from tests.holding import holds_a_second
from tests.rush import Outcome, Sale, hold_sale
from tests.served import ServedShop
from tests.shopper import BAG, OTHER

SALES = {
    "500 buyers, 20 pieces": Sale(500, 20),
    "10,000 buyers, 100 pieces": Sale(10_000, 100),
    "2,000 buyers, 1 piece": Sale(2_000, 1),
    "2,000 buyers of the same two bags, in opposite order, 20 of each": Sale(
        2_000, 20, carts=((BAG, OTHER), (OTHER, BAG))
    ),
}
PROCESSES = (1, 4)
#: Of each sale on each engine with each number of processes.
RUNS = 5

LONGEST_WAIT_SECONDS = 5.0
LEAST_HOLDS_A_SECOND = 1_500
HOLDING_SECONDS = 4.0

#: As an operator runs it: a commit is told when it is on the disk.
DURABLE = {"max_connections": "200"}


def run(scale: float) -> list[Figure]:
    """Hold every sale on every engine, and measure how fast one variant is held."""
    outcomes: dict[str, list[Outcome]] = {name: [] for name in SALES}
    with tempfile.TemporaryDirectory(prefix="shop-sale-") as home, _engines(Path(home)) as engines:
        for databases in engines:
            for processes in PROCESSES:
                place = Path(home) / f"{databases.engine}-{processes}"
                with _shop(databases, place, processes) as shop:
                    for name, sale in SALES.items():
                        outcomes[name] += [hold_sale(shop, _scaled(sale, scale)) for _ in _runs(scale)]
        rates = list(_rates(engines, Path(home), scale))
    return [_figure(name, found) for name, found in outcomes.items()] + rates


@contextmanager
def _engines(home: Path) -> Iterator[tuple[Databases, ...]]:
    with ExitStack() as stack:
        server = stack.enter_context(postgres.server(DURABLE))
        yield SqliteDatabases(home), PostgresDatabases(server.url)


@contextmanager
def _shop(databases: Databases, home: Path, processes: int) -> Iterator[ServedShop]:
    with (
        databases.copy(databases.template("seeded", migrate_and_seed)) as url,
        ServedShop(url, home, workers=processes, hears=False).running() as shop,
    ):
        yield shop


def _runs(scale: float) -> range:
    return range(max(1, round(RUNS * scale)))


def _scaled(sale: Sale, scale: float) -> Sale:
    """Return a sale with its whole crowd while each is held once at least, else with a part of it."""
    buyers = max(40, round(sale.buyers * min(scale * RUNS, 1)))
    return replace(sale, buyers=buyers, pieces=max(1, min(sale.pieces, buyers // 10)))


def _figure(name: str, outcomes: list[Outcome]) -> Figure:
    exact = sum(not outcome.faults for outcome in outcomes)
    faults = sorted({fault for outcome in outcomes for fault in outcome.faults})
    slowest = max(outcome.slowest for outcome in outcomes)
    answers = sum(outcome.requests for outcome in outcomes)
    rate = answers / sum(outcome.seconds for outcome in outcomes)
    value = (
        f"{exact} of {len(outcomes)} runs exact; {answers:,} answers, {rate:,.0f}/s, slowest {slowest:.1f} s"
    )
    return Figure(
        name=f"flash sale: {name}",
        value="; ".join([value, *(fault[:160] for fault in faults[:5])]),
        bar=f"all exact, 0 x 5xx, none waits > {LONGEST_WAIT_SECONDS:.0f} s",
        met=not faults and slowest <= LONGEST_WAIT_SECONDS,
    )


def _rates(engines: Iterable[Databases], home: Path, scale: float) -> Iterator[Figure]:
    """Measure how fast one variant is held, by the shop and by the engine alone.

    A hot row is locked until its commit is on the disk, so a slow disk is all that the second
    figure shows; the third is what PostgreSQL does where the kernel has the commit and the disk
    is left out. That one has the bar.
    """
    seconds = max(1.0, HOLDING_SECONDS * min(scale, 1))
    name = "holds of one variant"
    for databases in engines:
        rate = _median(databases, seconds, by_the_engine=False)
        yield Figure(f"{name} through the service, {databases.engine}", f"{rate:,.0f}/s", "reported", True)
    rate = _median(databases, seconds, by_the_engine=True)
    value = f"{rate:,.0f}/s, where a write to the disk takes {_disk_ms(home):.2f} ms"
    yield Figure(f"{name}, PostgreSQL's statement alone", value, "reported", True)
    with postgres.server(postgres.CRASH_SAFE) as server:
        rate = _median(PostgresDatabases(server.url), seconds, by_the_engine=True)
    bar = f">= {LEAST_HOLDS_A_SECOND:,}/s"
    yield Figure(
        f"{name}, PostgreSQL's statement without the disk",
        f"{rate:,.0f}/s",
        bar,
        rate >= LEAST_HOLDS_A_SECOND,
    )


def _median(databases: Databases, seconds: float, *, by_the_engine: bool) -> float:
    found = []
    for _ in range(3):
        with databases.copy(databases.template("seeded", migrate_and_seed)) as url:
            found.append(holds_a_second(url, seconds, by_the_engine=by_the_engine))
    return sorted(found)[1]


def _disk_ms(home: Path) -> float:
    """Measure how long the disk takes to have a page."""
    with (home / "page").open("wb", buffering=0) as file:
        started = time.monotonic()
        for _ in range(100):
            file.write(bytes(8192))
            os.fdatasync(file.fileno())
        return (time.monotonic() - started) * 1000 / 100
