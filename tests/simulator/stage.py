"""Setting the stage: a world on an engine, with the shop's code seeing it instead of this machine."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from shop.kit import idempotency, stored_answers
from shop.kit.breaker import Breaker, UnavailableError
from shop.kit.clock import clock
from shop.payments import gateway
from tests.simulator.databases import rows_of
from tests.simulator.processes import AtWork
from tests.simulator.replacing import replaced
from tests.simulator.world import World


class _Faults(logging.Handler):
    """Hears what the shop logs as its own mistake."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno >= logging.ERROR and record.exc_info:
            self._world.breach(f"logged: {record.getMessage()}: {record.exc_info[1]!r}")


@contextmanager
def world_on(engine: str) -> Iterator[World]:
    """Make a world on an engine, ``sqlite`` or ``postgresql``, for the block."""
    before = clock.offset
    logger = logging.getLogger("shop")
    with rows_of(engine) as rows:
        world = World(rows)
        try:
            with _processes(world), replaced(logger, handlers=[_Faults(world)], propagate=False):
                yield world
        finally:
            world.close()
            clock.offset = before


@contextmanager
def _processes(world: World) -> Iterator[None]:
    """Let the shop see the world's processes instead of this one, each with its own memory."""

    def at_work() -> dict[str, Any]:
        return world.processes.at_work()

    class Table:
        def __getattr__(self, name: str) -> Any:
            return getattr(world.processes, name)

    class Watched(Breaker):
        """A breaker that tells the simulation when it lets nobody through."""

        def _enter(self) -> float:
            try:
                return super()._enter()
            except UnavailableError:
                if world.schedule.current:
                    world.schedule.current.hurt = True
                raise

    with (
        replaced(stored_answers, os=Table()),
        replaced(idempotency, _at_work=AtWork(at_work)),
        replaced(gateway, Breaker=Watched),
    ):
        yield
