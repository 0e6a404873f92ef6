"""What a mutant is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import event

from tests.simulator.world import World

Change = Callable[[World], AbstractContextManager[None]]


@dataclass(frozen=True)
class Mutant:
    """A bug put back.

    Attributes:
        name: Of the bug.
        rows: Of the table of real bugs, with a thread that tells it.
        change: Puts it into the code for as long as the block lasts.
        caught_by: A seed that is known to see it, tried first.
    """

    name: str
    rows: str
    change: Change
    caught_by: int = 0


@contextmanager
def without_checks(world: World) -> Iterator[None]:
    """Let SQLite ignore CHECK constraints."""

    def ignore(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA ignore_check_constraints = ON")

    event.listen(world.root_engine, "connect", ignore)
    try:
        yield
    finally:
        event.remove(world.root_engine, "connect", ignore)


@contextmanager
def without_index(world: World, *names: str) -> Iterator[None]:
    """Let the database of each history lack some unique indexes."""
    world.wounds = [f"DROP INDEX {name}" for name in names]
    try:
        yield
    finally:
        world.wounds = []
