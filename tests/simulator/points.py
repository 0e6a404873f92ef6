"""The named points of a request: where its process may die, or another may come in between.

``read`` before a statement outside any transaction · ``gate`` before a transaction · ``statement``
before a statement inside one · ``commit`` before its commit · ``committed`` after it · ``ask`` and
``answered`` before and after a call to Stripe.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from sqlalchemy import Engine, event

from shop.kit.db import db
from shop.kit.engines import WriteGate
from shop.payments.double import InProcessHTTPClient, StripeDouble
from tests.simulator import stripe_calls
from tests.simulator.processes import Processes
from tests.simulator.schedule import Killed, Schedule
from tests.simulator.trouble import Trouble


class Points:
    """Where the simulation takes hold of the shop's code without changing it."""

    def __init__(self) -> None:
        self.schedule = Schedule()
        self.processes: Processes | None = None
        self.trouble: Trouble | None = None

    def begin(self, schedule: Schedule, processes: Processes, trouble: Trouble) -> None:
        """Take the cast of a new history."""
        self.schedule, self.processes, self.trouble = schedule, processes, trouble

    def attach(self, app: Flask) -> None:
        """Listen at the application's database."""
        with app.app_context():
            engine: Engine = db.engine
        event.listen(engine, "before_cursor_execute", self._statement)
        event.listen(engine, "commit", self._commit)
        app.extensions["shop.write_gate"] = _Gate(self, app.extensions["shop.write_gate"])

    def reach(self, kind: str) -> None:
        """Pass a point, unless the process dies here; others may act first.

        Raises:
            Killed: The process is dead.
        """
        task = self.schedule.current
        if task is None or self.trouble is None or self.processes is None:
            return
        if task.dead:
            raise Killed
        if self.trouble.kills(task, kind):
            self.processes.die(task.pid)
            raise Killed
        if self.trouble.pauses(task, kind, len(self.schedule.paused)):
            self.schedule.pause(kind)

    def _statement(self, *_: Any) -> None:
        task = self.schedule.current
        self.reach("statement" if task and task.inside else "read")

    def _commit(self, _: Any) -> None:
        task = self.schedule.current
        if task and task.inside:
            self.reach("commit")


class _Gate:
    """The shop's write gate, where every transaction begins and ends."""

    def __init__(self, points: Points, gate: WriteGate | None) -> None:
        self._points = points
        self._gate = gate

    @contextmanager
    def held(self) -> Iterator[None]:
        self._points.reach("gate")
        task = self._points.schedule.current
        with self._gate.held() if self._gate else nullcontext():
            if task:
                task.inside = True
            try:
                yield
            finally:
                if task:
                    task.inside = False
        self._points.reach("committed")


class SimulatedStripe(InProcessHTTPClient):
    """The way to Stripe's stand-in, which fails as a history wants it.

    Attributes:
        double: Who answers; another one in each history.
    """

    def __init__(self, points: Points) -> None:
        super().__init__(StripeDouble())
        self._points = points

    @property
    def double(self) -> StripeDouble:
        """Who answers; a new one for each history."""
        return self._double

    @double.setter
    def double(self, double: StripeDouble) -> None:
        self._double.close()
        self._double = double

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None, **more: Any
    ) -> tuple[Any, int, Mapping[str, str]]:
        """Send one attempt of a call."""
        self._points.reach("ask")
        task, trouble = self._points.schedule.current, self._points.trouble
        fault = None
        if task and trouble:
            fault = trouble.fails(task, stripe_calls.name(method, urlsplit(url).path))
        if fault:
            self._double.faults.add(fault)
        try:
            answer = super().request(method, url, headers, post_data, **more)
        finally:
            if fault:
                self._double.faults.clear()
        if task and (answer[1] in (409, 429) or answer[1] >= 500):
            # Not only what was injected: Stripe repeats a 500 for as long as it keeps the key.
            task.hurt = True
        self._points.reach("answered")
        return answer
