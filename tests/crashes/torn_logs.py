"""A shop that sells on SQLite while its files are copied, and what damaged copies open as."""

from __future__ import annotations

import itertools
import random
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask
from sqlalchemy import Engine, create_engine, text

from shop.app import create_app
from shop.inventory.deliveries import receive
from shop.kit import engines
from shop.kit.db import db, write_gate
from shop.payments.double import InProcessHTTPClient, StripeDouble
from tests.conftest import dispose, settings_for
from tests.crashes import wal
from tests.crashes.soundness import faults, reading
from tests.shopper import BAG, Shopper

#: Copies taken from one shop before a new one is opened: its log begins anew a few times.
COPIES_OF_ONE_SHOP = 100

#: Copies of one moment, each damaged in its own way.
COPIES_OF_ONE_MOMENT = 5


@dataclass(frozen=True)
class Told:
    """What a shopper was told of an order, and how far the database's history was by then."""

    at: wal.Position
    number: str
    status: str


@dataclass
class LiveShop:
    """A shop in this process whose only shopper writes down what he was told."""

    app: Flask
    database: Path
    double: StripeDouble
    rng: random.Random
    told: list[Told] = field(default_factory=list)
    _reader: sqlite3.Connection | None = None

    def sells(self) -> None:
        """Sell one cart to its end: paid, given up, or left alone."""
        shopper = Shopper(self.app.test_client(), self.double)
        shopper.places_order(quantity=self.rng.randint(1, 3))
        self._note(shopper, "pending_payment")
        ending = self.rng.random()
        if ending < 0.6:
            shopper.pays()
            assert set(shopper.hears_webhooks()) <= {200, 204}
            self._note(shopper, "paid")
        elif ending < 0.8:
            assert shopper.cancels().status_code == 200
            self._note(shopper, "canceled")

    def _note(self, shopper: Shopper, status: str) -> None:
        assert shopper.order()["status"] == status
        self.told.append(Told(wal.position(self.database), shopper.placed["order"]["number"], status))

    def copy(self) -> wal.Files:
        """Copy the files as they lie, between two commits."""
        with self.app.app_context(), write_gate():
            return wal.Files.of(self.database)

    def someone_reads_on(self) -> None:
        """Begin a long read, or end it: while it lasts no checkpoint gets past what it sees."""
        if self._reader is None:
            self._reader = sqlite3.connect(self.database, isolation_level=None)
            self._reader.execute("BEGIN")
            self._reader.execute("SELECT count(*) FROM orders").fetchall()
        else:
            self._reader.close()
            self._reader = None

    def checkpoints(self) -> None:
        """Copy the log into the file now; SQLite does it by itself at a thousand pages."""
        with self.app.app_context(), write_gate():
            db.session.connection().exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)")

    def close(self) -> None:
        if self._reader is not None:
            self.someone_reads_on()
        dispose(self.app)
        self.double.close()


@contextmanager
def live_shop(url: str, rng: random.Random) -> Iterator[LiveShop]:
    """Open a shop on a seeded SQLite database, with plenty of one bag."""
    double = StripeDouble(seed=rng.randrange(2**32), webhook_url="http://127.0.0.1:1/webhooks/stripe")
    app = create_app(settings_for(url), stripe_client=InProcessHTTPClient(double))
    with app.app_context():
        receive(BAG, 100_000, location="milan-01", reason="for a campaign")
    shop = LiveShop(app, Path(url.removeprefix("sqlite:///")), double, rng)
    try:
        yield shop
    finally:
        shop.close()


def damaged_copies(shop: LiveShop, count: int) -> Iterator[tuple[wal.Damaged, list[Told]]]:
    """Sell, copy and damage; yield each damaged copy with what had been told by then."""
    kinds = itertools.cycle(wal.KINDS)
    for number in range(count):
        if number % COPIES_OF_ONE_MOMENT == 0:
            files = _at_risk(shop, number // COPIES_OF_ONE_MOMENT)
        yield wal.damage(files, next(kinds), shop.rng), list(shop.told)


def _at_risk(shop: LiveShop, number: int) -> wal.Files:
    """Sell, and copy the files with commits that only the log has: by turns, in three states of it."""
    if number % 3 == 1:  # emptied into the file: the log begins anew
        shop.checkpoints()
    if number % 3 == 2:  # only a part of it is in the file: somebody reads what was before the rest
        shop.someone_reads_on()
        shop.sells()
        shop.checkpoints()
        shop.someone_reads_on()
    shop.sells()
    files = shop.copy()
    while files.checkpointed >= files.committed:  # SQLite has just emptied it by itself
        shop.sells()
        files = shop.copy()
    return files


@contextmanager
def opened(files: wal.Files, database: Path) -> Iterator[Engine]:
    """Open copied files as the shop opens its database."""
    files.put(database)
    engine = create_engine(f"sqlite:///{database}")
    engines.configure(engine)
    try:
        yield engine
    finally:
        engine.dispose()


def wrong_with(copy: wal.Damaged, told: list[Told], database: Path) -> list[str]:
    """Return why a damaged copy is not a sound, exact prefix of the shop's history."""
    with opened(copy.files, database) as engine:
        found = faults(engine) + _lost_or_too_new(engine, copy.survives, told)
        with engine.begin() as connection:
            connection.exec_driver_sql("UPDATE stock SET held = held")
        # What was recovered, and what is written on top of it, becomes the file itself.
        with reading(engine) as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        return found + [f"after the checkpoint: {fault}" for fault in faults(engine)]


def _lost_or_too_new(engine: Engine, survives: wal.Position, told: list[Told]) -> list[str]:
    with reading(engine) as connection:
        orders = connection.execute(text("SELECT number, status FROM orders ORDER BY created_at"))
        present = dict(orders.all())
    kept = [
        each for each in told if each.at.generation != survives.generation or each.at.frame <= survives.frame
    ]
    expected = {each.number: each.status for each in kept}
    # The step after the last one kept may have been half way: its order is there or is not.
    following = told[len(kept)].number if len(kept) < len(told) else None
    found = [f"lost: {number}" for number in expected if number not in present]
    found += [
        f"newer than a lost one: {number}"
        for number in present
        if number not in expected and number != following
    ]
    found += [
        f"{number} was {status} and is {present[number]}"
        for number, status in expected.items()
        if number in present and present[number] != status and number != following
    ]
    if [number for number in present if number in expected] != list(expected):
        found.append("orders are not in the order of their sale")
    return found


@dataclass
class TornLogs:
    """How many damaged copies were opened, of which kind, and what was wrong."""

    by_kind: Counter[str] = field(default_factory=Counter)
    partly_checkpointed: int = 0
    begun_anew: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def opened(self) -> int:
        return self.by_kind.total()


def open_damaged(template: Path, folder: Path, *, copies: int, seed: int) -> TornLogs:
    """Damage copies of a shop that sells, open each, and tell what was found.

    Args:
        template: A migrated and seeded SQLite database.
        folder: For copies.
        copies: How many.
        seed: Makes damage and sales the same again.
    """
    result = TornLogs()
    for number, part in enumerate(_parts(copies)):
        database = folder / f"live-{seed}-{number}.db"
        database.write_bytes(template.read_bytes())
        with live_shop(f"sqlite:///{database}", random.Random(f"{seed}.{number}")) as shop:
            first = wal.position(database).generation
            for copy, told in damaged_copies(shop, part):
                where = f"seed {seed}, shop {number}, copy {result.opened}, {copy.how}"
                result.by_kind[copy.how] += 1
                result.partly_checkpointed += copy.checkpointed > 0
                result.begun_anew += copy.survives.generation != first
                found = wrong_with(copy, told, folder / "copy.db")
                result.wrong += [f"{where}: {one}" for one in found]
        for path in folder.glob(f"{database.name}*"):
            path.unlink()
    return result


def _parts(copies: int) -> Iterator[int]:
    while copies > 0:
        yield min(copies, COPIES_OF_ONE_SHOP)
        copies -= COPIES_OF_ONE_SHOP
