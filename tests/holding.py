"""How fast one hot variant is held: by the shop's service, and by the engine alone.

The service spends most of a hold's time in Python, which more processes share out. What they
cannot share is the row: the engine's figure replays the one statement of the service that locks it,
as a transaction, through the bare driver. That is as fast as all processes together may become.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Barrier
from typing import Any
from uuid import UUID, uuid4

import psycopg
from flask import Flask
from sqlalchemy import event
from sqlalchemy.engine import make_url

from shop.inventory import service as inventory
from shop.kit.clock import now
from shop.kit.db import db, transaction
from tests.crowd import leave_in_stock, owner_of
from tests.races import all_at_once
from tests.shopper import BAG

PROCESSES = 2
THREADS = 8
START_SECONDS = 60.0

Statement = tuple[str, Mapping[str, Any]]


def holds_a_second(url: str, seconds: float, *, by_the_engine: bool) -> float:
    """Hold single pieces of one variant from 2 processes with 8 threads each.

    Args:
        url: A seeded database that nobody else works on.
        seconds: How long.
        by_the_engine: Replay the service's last statement through the driver (PostgreSQL only).
    """
    with owner_of(url) as app:
        with app.app_context(), transaction() as session:
            leave_in_stock(session, {BAG: 1_000_000})
        statement = last_statement(app) if by_the_engine else None
    spawn = multiprocessing.get_context("spawn")
    line, counts = spawn.Barrier(PROCESSES, timeout=START_SECONDS), spawn.SimpleQueue()
    arguments = (url, statement, seconds, line, counts)
    holders = [spawn.Process(target=_hold, args=arguments) for _ in range(PROCESSES)]
    for holder in holders:
        holder.start()
    for holder in holders:
        holder.join(timeout=START_SECONDS + 3 * seconds)
        assert holder.exitcode == 0, "a process that holds pieces did not end well"
    return sum(counts.get() for _ in holders) / seconds


def _hold(
    url: str, statement: Statement | None, seconds: float, line: Barrier, counts: SimpleQueue[int]
) -> None:
    with owner_of(url) as app:
        hold = partial(_by_service, app) if statement is None else partial(_by_driver, url, *statement)
        hold(0)  # opens what the first one of a process has to open
        line.wait()
        counts.put(sum(all_at_once([partial(hold, time.monotonic() + seconds)] * THREADS)))


def _by_service(app: Flask, until: float) -> int:
    done = 0
    with app.app_context():
        while True:
            _hold_one_piece()
            if time.monotonic() > until:
                return done
            done += 1


def _by_driver(url: str, statement: str, parameters: Mapping[str, Any], until: float) -> int:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    ids = [name for name, value in parameters.items() if isinstance(value, UUID)]
    done = 0
    with psycopg.connect(plain, autocommit=True) as connection:
        while True:
            held = connection.execute(statement, {**parameters, **{name: uuid4() for name in ids}})  # type: ignore[arg-type]
            assert held.rowcount == 1
            if time.monotonic() > until:
                return done
            done += 1


def _hold_one_piece() -> None:
    with transaction() as session:
        inventory.hold(session, {BAG: 1}, owner=uuid4(), until=now() + timedelta(minutes=30))


def last_statement(app: Flask) -> Statement:
    """Listen to what the service tells the engine when it holds one piece."""
    heard: list[Statement] = []

    def hear(*told: Any) -> None:
        heard.append((told[2], dict(told[3])))

    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", hear)
        _hold_one_piece()
        event.remove(db.engine, "before_cursor_execute", hear)
    assert "UPDATE stock" in heard[-1][0], "a hold ends with the statement that locks the row"
    return heard[-1]
