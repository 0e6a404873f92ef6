"""What goes wrong in one history: drawn from its seed, and one thing of each kind for sure.

Faults drawn by chance alone leave rare pairs untried: thousands of histories may pass while a
refund's time-out has happened twice. So each seed also has a *focus*, one pair of each axis of
:mod:`coverage`, that strikes at its first opportunity.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

from shop.payments.double import Fault, WebhookFault
from tests.simulator.coverage import ASTRAY, AXES, DEATHS, FAILURES, Coverage, Pair
from tests.simulator.schedule import Task

STRIPE_FAULTS: dict[str, dict[str, Any]] = {
    "no answer, nothing done": {"kind": "drop"},
    "no answer, yet done": {"kind": "drop", "after_effect": True},
    "500, nothing done": {"status": 500},
    "500, yet done": {"status": 500, "after_effect": True},
    "409": {"status": 409},
    "429": {"status": 429},
}
#: The SDK tries three times; fewer failures than that are hidden by it.
ATTEMPTS = (1, 3, 3)
#: How many points of a kind a request may pass before it is struck.
DEPTHS = {"statement": 8, "commit": 2, "committed": 2, "ask": 1, "answered": 1}
#: Points where another process may come in between: no transaction is open there.
PAUSES = frozenset({"read", "gate", "committed", "ask", "answered"})
MOST_PAUSED = 3


@dataclass(frozen=True)
class Climate:
    """How bad the world of a history is: shares of the occasions."""

    pause: float
    kill: float
    stripe: float
    astray: float

    @classmethod
    def draw(cls, chance: Random) -> Climate:
        """Draw one; calm histories are needed too, because two faults may hide each other."""
        return cls(
            pause=chance.choice((0.0, 0.05, 0.2)),
            kill=chance.choice((0.0, 0.0, 0.1, 0.25)),
            stripe=chance.choice((0.0, 0.0, 0.05, 0.2)),
            astray=chance.choice((0.0, 0.1, 0.4)),
        )


class Trouble:
    """Decides at each point, call and delivery whether it goes wrong.

    Attributes:
        focus: One pair of each axis, which strikes for sure where it can.
        over: Whether the world is recovering: nothing goes wrong any more.
        may_lose: Whether webhooks may be lost for good.
    """

    def __init__(self, seed: int, chance: Random, coverage: Coverage) -> None:
        self._chance = chance
        self._coverage = coverage
        self.climate = Climate.draw(chance)
        self.focus = focus_of(seed)
        self._open = set(self.focus)
        self.over = False
        self.may_lose = True
        self._dooms: dict[Task, tuple[str, int]] = {}
        self._failing: dict[Task, tuple[str, str, int]] = {}
        self._stops: dict[Task, int] = {}

    def wants(self, axis: str) -> Pair | None:
        """Return the pair of an axis that has not struck yet."""
        return self.focus[axis] if axis in self._open else None

    def had(self, axis: str) -> None:
        """Note that the focus of an axis has struck."""
        self._open.discard(axis)

    def begins(self, task: Task) -> None:
        """Decide at the start of a task whether and where its process is to die."""
        if self.over:
            return
        kind, operation = self.focus["killed"]
        if "killed" in self._open and operation == task.operation:
            self._dooms[task] = kind, self._chance.randint(1, DEPTHS[kind])
        elif self._chance.random() < self.climate.kill:
            kind = self._chance.choice(DEATHS)
            self._dooms[task] = kind, self._chance.randint(1, 2 * DEPTHS[kind])

    def stops(self, task: Task) -> None:
        """Make a task pause at one of its first points, so that a rival can come in between."""
        self._stops[task] = self._chance.randint(1, 5)

    def kills(self, task: Task, kind: str) -> bool:
        """Tell whether the process of a task dies at this point."""
        doomed, left = self._dooms.get(task, ("", 0))
        if self.over or doomed != kind:
            return False
        if left > 1:
            self._dooms[task] = doomed, left - 1
            return False
        del self._dooms[task]
        self._coverage.hit("killed", kind, task.operation)
        if self.focus["killed"] == (kind, task.operation):
            self.had("killed")
        return True

    def pauses(self, task: Task, kind: str, paused: int) -> bool:
        """Tell whether a task pauses at this point."""
        if self.over or kind not in PAUSES:
            return False
        if task in self._stops:
            self._stops[task] -= 1
            return self._stops[task] == 0
        return paused < MOST_PAUSED and self._chance.random() < self.climate.pause

    def fails(self, task: Task, call: str) -> Fault | None:
        """Return how this attempt of a call to Stripe fails, None if it does not."""
        name, failing, left = self._failing.pop(task, ("", "", 0))
        if self.over:
            return None
        if failing != call or not left:
            name = self._failure(call)
            left = 1 if name == "429" else self._chance.choice(ATTEMPTS)
        if not name:
            return None
        if left > 1:
            self._failing[task] = name, call, left - 1
        task.hurt = True
        return Fault(**STRIPE_FAULTS[name])

    def _failure(self, call: str) -> str:
        name, focused = self.focus["stripe"]
        if "stripe" in self._open and focused == call:
            self.had("stripe")
        elif self._chance.random() < self.climate.stripe:
            name = self._chance.choice(FAILURES)
        else:
            return ""
        self._coverage.hit("stripe", name, call)
        return name

    def goes_astray(self, event: str) -> WebhookFault | None:
        """Return how a delivery goes astray, None if it does not."""
        kind, focused = self.focus["astray"]
        if self.over:
            return None
        if "astray" in self._open and focused == event:
            self.had("astray")
        elif self._chance.random() < self.climate.astray:
            kind = self._chance.choice(ASTRAY)
        else:
            return None
        if kind == "drop" and not self.may_lose:
            kind = "delay"
        self._coverage.hit("astray", kind, event)
        delay = 900.0 if kind == "stale_timestamp" else self._chance.choice((60.0, 3600.0, 8000.0))
        return WebhookFault(kind=kind, delay=delay)  # type: ignore[arg-type]


def focus_of(seed: int) -> dict[str, Pair]:
    """Return one pair of each axis: what goes wrong for sure in the history of a seed."""
    return {axis: _turn(pairs, seed, stride) for stride, (axis, pairs) in enumerate(AXES.items(), start=1)}


def _turn(pairs: tuple[Pair, ...], seed: int, stride: int) -> Pair:
    """Take turns, each axis at its own stride, so that the pairs of two axes meet in all ways.

    Even seeds take even places, odd seeds odd ones: each half of the seeds has half of the pairs
    to show, and may run elsewhere.
    """
    assert len(pairs) % 2 == 0
    return pairs[(seed + 2 * stride * (seed // len(pairs))) % len(pairs)]
