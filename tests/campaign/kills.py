"""kill -9 at any moment: of the shop, of its workers, of its database, of seeding and of migrating.

And SQLite's log damaged in every way that a crash leaves it.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Sequence
from pathlib import Path

import click

from tests.campaign.figures import Figure
from tests.conftest import migrate_and_seed
from tests.crashes.interruptions import Databases, Interruptions, Task, interrupt
from tests.crashes.outages import (
    Endured,
    Outage,
    crashing,
    endure,
    group_killed,
    killing_workers,
    stocked_shop,
)
from tests.crashes.tasks import migrating, migrating_sales, seeding, seeding_anew
from tests.crashes.torn_logs import open_damaged
from tests.databases import PostgresDatabases, SqliteDatabases
from tests.postgres import CRASH_SAFE, server

SEED = 20

#: Outages of one shop before its customers are judged and the next one opens.
OUTAGES_OF_ONE_SHOP = 20

#: Orders placed before each outage, at most: a second or two of load.
ORDERS_BETWEEN = 20

READY_SECONDS = 2.0


def run(scale: float) -> list[Figure]:
    """Kill everything as often as the programme says, and return what came of it."""

    def times(count: int) -> int:
        return max(1, round(count * scale))

    with tempfile.TemporaryDirectory(prefix="shop-kills-") as name, server(CRASH_SAFE) as postgres:
        folder = Path(name)
        sqlite, postgresql = SqliteDatabases(folder), PostgresDatabases(postgres.url, "file_copy")
        on_sqlite = [group_killed] * times(200) + [killing_workers()] * times(20)
        on_postgresql: list[Outage] = [group_killed] * times(100) + [killing_workers()] * times(10)
        on_postgresql += [crashing(postgres)] * times(30)
        lived = [
            ("SQLite", _endured(sqlite, folder, on_sqlite)),
            ("PostgreSQL", _endured(postgresql, folder, on_postgresql)),
        ]
        return [
            *(_survival(engine, endured) for engine, endured in lived),
            *(_readiness(engine, endured) for engine, endured in lived),
            _torn_logs(sqlite, folder, times(600)),
            _whole("seeding", [sqlite, postgresql], folder, times(50)),
            _whole("migrating", [sqlite, postgresql], folder, times(50)),
        ]


def _endured(databases: Databases, folder: Path, outages: Sequence[Outage]) -> Endured:
    """Spread outages, in random order, over as many shops as are needed."""
    shuffled = random.Random(SEED).sample(outages, len(outages))
    result = Endured()
    for number, start in enumerate(range(0, len(shuffled), OUTAGES_OF_ONE_SHOP)):
        home = folder / f"{databases.engine}-{number}"
        with (
            databases.copy(databases.template("seeded", migrate_and_seed)) as url,
            stocked_shop(url, home) as shop,
        ):
            part = shuffled[start : start + OUTAGES_OF_ONE_SHOP]
            result += endure(shop, part, orders=ORDERS_BETWEEN, seed=SEED + number)
    return result


def _survival(engine: str, endured: Endured) -> Figure:
    words = {
        "group_killed": "of the whole server group",
        "workers_killed": "of all workers",
        "database_crashed": "of all of the database's processes",
    }
    kills = ", ".join(
        f"{len(endured.ready[name]):,} {what}" for name, what in words.items() if name in endured.ready
    )
    verdict = endured.verdict
    _tell([*verdict.lost, *verdict.doubled, *verdict.wrong])
    value = (
        f"{kills}; {verdict.acknowledged:,} orders acknowledged, {len(verdict.lost)} lost,"
        f" {len(verdict.doubled)} doubled, {len(verdict.wrong)} other breaches;"
        f" {endured.repeated:,} asked for again, {endured.replayed:,} of them placed already"
    )
    return Figure(f"kill -9 under load, {engine}", value, "0 lost, 0 doubled, 0 breaches", verdict.clean)


def _readiness(engine: str, endured: Endured) -> Figure:
    seconds = sorted(endured.ready["group_killed"])
    middle, last = (seconds[min(len(seconds) - 1, round(share * len(seconds)))] for share in (0.5, 0.99))
    return Figure(
        f"ready again after kill -9 of the server group, {engine}",
        f"p50 {middle:.2f} s, p99 {last:.2f} s",
        f"p99 <= {READY_SECONDS:.0f} s",
        last <= READY_SECONDS,
    )


def _torn_logs(sqlite: SqliteDatabases, folder: Path, copies: int) -> Figure:
    template = sqlite.folder / f"{sqlite.template('seeded', migrate_and_seed)}.db"
    result = open_damaged(template, folder, copies=copies, seed=SEED)
    _tell(result.wrong)
    kinds = ", ".join(f"{count} {kind}" for kind, count in result.by_kind.items())
    return Figure(
        "damaged copies of SQLite's files, opened",
        f"{result.opened} ({kinds}): {len(result.wrong)} not exactly what was committed before the damage",
        "0",
        not result.wrong,
    )


def _whole(name: str, both: Sequence[Databases], folder: Path, kills: int) -> Figure:
    """Kill a kind of command so often, on the two engines by turns."""
    places = [(databases, task) for databases in both for task in _tasks(name, databases, folder)]
    result = Interruptions()
    for number, (databases, task) in enumerate(places):
        part = kills // len(places) + (number < kills % len(places))
        if part:
            result += interrupt(databases, task, folder, kills=part, seed=SEED)
    _tell(result.wrong)
    return Figure(
        f"kill -9 of {name}, both engines",
        f"{result.kills} kills, {result.while_writing} of them while it wrote: {result.left_nothing} left"
        f" nothing, {result.left_all} left all, {len(result.wrong)} anything else;"
        " the same command finished each",
        "all or nothing, no manual step",
        not result.wrong,
    )


def _tasks(name: str, databases: Databases, folder: Path) -> list[Task]:
    if name == "migrating":
        return [migrating(databases), migrating_sales(databases)]
    return [seeding(databases), seeding_anew(databases, folder)]


def _tell(wrong: Sequence[str]) -> None:
    for each in wrong:
        click.echo(each, err=True)
