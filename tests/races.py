"""Making callers meet, so that a race is run and not hoped for."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from threading import Barrier
from types import ModuleType
from typing import Any, TypeAlias, TypeVar

import psycopg
import pytest
from sqlalchemy.engine import make_url

from tests.served import ServedShop

Result = TypeVar("Result")

#: Bounds every meeting: who never comes is a failure, not a hanging test. Seconds.
MEETING_SECONDS = 10.0

#: Counts the requests that stand inside a transaction or at its door.
Arrived: TypeAlias = Callable[[], int]


def all_at_once(calls: Sequence[Callable[[], Result]], *, at_a_time: int = 64) -> list[Result]:
    """Run calls in threads that start from one line; return what each returned.

    Args:
        calls: Started in this order.
        at_a_time: Threads; the calls beyond them follow as threads come free.
    """
    if not calls:
        return []
    line = Barrier(min(at_a_time, len(calls)), timeout=MEETING_SECONDS)
    with ThreadPoolExecutor(line.parties, initializer=line.wait) as pool:
        return [running.result() for running in [pool.submit(call) for call in calls]]


def meet_after(monkeypatch: pytest.MonkeyPatch, module: ModuleType, name: str, *, parties: int = 2) -> None:
    """Let threads of this process meet when each has come out of a function of ours.

    The function does what it does; nobody goes on before all have been through it. For points
    that no row marks: what was read outside any transaction.

    Args:
        monkeypatch: Puts the function back.
        module: Which calls it.
        name: Of the function.
        parties: How many threads; those that come later go by.
    """
    function, meeting, coming = getattr(module, name), Barrier(parties, timeout=MEETING_SECONDS), count()

    def followed_by_the_meeting(*arguments: Any, **named: Any) -> Any:
        result = function(*arguments, **named)
        if next(coming) < parties:
            meeting.wait()
        return result

    monkeypatch.setattr(module, name, followed_by_the_meeting)


def met(
    shop: ServedShop,
    calls: Sequence[Callable[[], Result]],
    rows: str,
    *parameters: object,
    meanwhile: Callable[[], None] = lambda: None,
) -> list[Result]:
    """Bring requests to a meeting at some rows, in turn, and let them go on together.

    Args:
        shop: Whose requests.
        calls: Each sends one request; the next is sent when it has arrived.
        rows: As for :func:`held_up`.
        *parameters: As for :func:`held_up`.
        meanwhile: Done when all have arrived.
    """
    with ThreadPoolExecutor(len(calls)) as pool:
        running = []
        with held_up(shop, rows, *parameters) as arrived:
            for number, call in enumerate(calls, start=1):
                running.append(pool.submit(call))
                _wait(number, arrived, running[-1])
            meanwhile()
        return [each.result() for each in running]


@contextmanager
def held_up(shop: ServedShop, rows: str, *parameters: object) -> Iterator[Arrived]:
    """Hold rows that requests need, so that they gather there; they go on when the block ends.

    On PostgreSQL they are then inside their transactions, waiting for the rows: what they read
    before may be stale when they get them. SQLite's writers wait for the gate before they
    begin; each has to be in a process of its own to be seen there.

    Args:
        shop: Whose requests.
        rows: ``SELECT`` of the rows, for PostgreSQL; the gate stands for them on SQLite.
        *parameters: Of that statement.
    """
    url = make_url(shop.database_url)
    if url.get_backend_name() == "sqlite":
        with Path(f"{url.database}.lock").open("ab") as gate:
            fcntl.flock(gate.fileno(), fcntl.LOCK_EX)
            yield lambda: _at_gate(shop, gate.name)
        return
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with (
        psycopg.connect(plain) as holding,
        psycopg.connect(plain, autocommit=True) as watching,
    ):
        holding.execute(f"{rows} FOR UPDATE", parameters)  # type: ignore[arg-type]
        yield lambda: _blocked(watching)


def require_free(shop: ServedShop, rows: str, *parameters: object) -> None:
    """State that no request has locked some rows; on SQLite none can while the gate is held.

    Raises:
        psycopg.errors.LockNotAvailable: One has.
    """
    url = make_url(shop.database_url)
    if url.get_backend_name() == "postgresql":
        plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(plain) as connection:
            connection.execute(f"{rows} FOR UPDATE NOWAIT", parameters)  # type: ignore[arg-type]


def _at_gate(shop: ServedShop, gate: str) -> int:
    return len({process for process, file in shop.server.open_files() if file == gate})


def _blocked(watching: psycopg.Connection) -> int:
    row = watching.execute(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    ).fetchone()
    assert row is not None
    return int(row[0])


def _wait(number: int, arrived: Arrived, last: Future[Any]) -> None:
    """Wait until so many requests are there, unless the last one goes by without stopping."""

    def here() -> bool:
        if last.done():
            raise RuntimeError(f"request {number} did not come to the meeting: it got {last.result()}")
        return arrived() >= number

    until(here, f"request {number} has come to the meeting")


def until(condition: Callable[[], bool], what: str, *, seconds: float = MEETING_SECONDS) -> None:
    """Wait for something that is bound to happen.

    Raises:
        TimeoutError: It did not.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds:.0f} s in vain until {what}")
        time.sleep(0.002)
