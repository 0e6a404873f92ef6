"""The processes of the simulated shop, as the operating system would tell of them."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterator, MutableMapping
from typing import Any

from shop.payments.gateway import StripeGateway
from tests.simulator.schedule import Schedule

FIRST_PID = 101
WORKERS = 2


class Processes:
    """Two workers; one that is killed is replaced by one with a new number.

    Stands where the shop's code has ``os``: it asks who it is and whether another process lives.
    """

    def __init__(self, schedule: Schedule, gateway: Callable[[], StripeGateway]) -> None:
        self._schedule = schedule
        self._next = FIRST_PID + WORKERS
        self._gateway = gateway
        self._gateways: dict[int, StripeGateway] = {}
        self._at_work: defaultdict[int, dict[str, Any]] = defaultdict(dict)
        self.alive = list(range(FIRST_PID, FIRST_PID + WORKERS))

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)

    def getpid(self) -> int:
        """Return the number of the process at work."""
        task = self._schedule.current
        return task.pid if task else FIRST_PID - 1

    def kill(self, pid: int, signal: int) -> None:
        """Tell whether a process lives, which is all that signal 0 does.

        Raises:
            ProcessLookupError: It does not.
        """
        assert signal == 0
        if pid not in self.alive:
            raise ProcessLookupError(pid)

    def die(self, pid: int) -> None:
        """Kill a worker, and all that it has at work, with -9; another takes its place."""
        self.alive[self.alive.index(pid)] = self._next
        self._next += 1
        self._schedule.kill(pid)

    # What each process keeps in its memory, and loses with its life

    def gateway_of(self, pid: int) -> StripeGateway:
        """Return a process's own way to Stripe, with its breaker."""
        if pid not in self._gateways:
            self._gateways[pid] = self._gateway()
        return self._gateways[pid]

    def at_work(self) -> dict[str, Any]:
        """Return what the process at work notes of the keys that it works on."""
        return self._at_work[self.getpid()]


class AtWork(MutableMapping[str, Any]):
    """The note of keys at work that ``shop.kit.idempotency`` keeps, one for each process.

    Args:
        of: The note of the process at work.
    """

    def __init__(self, of: Callable[[], dict[str, Any]]) -> None:
        self._of = of

    def __getitem__(self, key: str) -> Any:
        return self._of()[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self._of()[key] = value

    def __delitem__(self, key: str) -> None:
        # A dead process unwinds though it is gone, and its note with it.
        self._of().pop(key, None)

    def __iter__(self) -> Iterator[str]:
        return iter(self._of())

    def __len__(self) -> int:
        return len(self._of())
