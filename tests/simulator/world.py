"""The shop in a world of its own: database, clock, processes, Stripe, and what was seen of it."""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import flask_migrate
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from werkzeug.test import TestResponse

from shop.admin import keys
from shop.app import create_app
from shop.inventory import deliveries
from shop.kit.clock import clock
from shop.kit.db import db
from shop.kit.engines import READING
from shop.payments.double import StripeDouble
from shop.payments.gateway import StripeGateway
from shop.seeding import service as seeding
from tests.conftest import SEED, dispose, settings_for
from tests.shopper import BAG
from tests.simulator.coverage import Coverage
from tests.simulator.databases import Rows
from tests.simulator.points import Points, SimulatedStripe
from tests.simulator.processes import Processes
from tests.simulator.schedule import Schedule, Task
from tests.simulator.shoppers import CARTS, SECOND, Buyer
from tests.simulator.trouble import Trouble

#: When every history begins.
START = datetime(2027, 1, 4, 12, tzinfo=UTC)
WEBHOOKS = "http://127.0.0.1:1/webhooks/stripe"


@dataclass
class Asked:
    """What the owner asked for under a key.

    Attributes:
        verb: ``refunds``, ``capture`` or ``void``.
        number: Of the order.
        body: What was sent.
        answer: Status of the latest answer, None while there is none.
    """

    verb: str
    number: str
    body: dict[str, Any]
    answer: int | None = None


class World:
    """Where histories play, one after the other.

    Attributes:
        app: The shop.
        chance: Draws of the world itself.
        trouble: What goes wrong.
        double: Stripe.
        breaches: What must not be, found so far in this history.
        told: The trace, line by line.
    """

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._points = Points()
        self._transport = SimulatedStripe(self._points)
        self._moment = START
        self._set_clock()
        rows.prepare(self._fill)
        rows.restore()
        # Retries of a history fall within seconds, and all histories of a process count together.
        unlimited = dict.fromkeys(("limit_carts", "limit_checkouts", "limit_admin", "limit_failures"), 10**6)
        self.app: Flask = create_app(settings_for(rows.url, **unlimited), stripe_client=self._transport)
        self._points.attach(self.app)
        with self.app.app_context():
            self.root_engine: Engine = db.engine
        self.engine: Engine = self.root_engine.execution_options(
            isolation_level="AUTOCOMMIT", **{READING: True}
        )
        #: Statements that hurt the database of each history, for mutants.
        self.wounds: list[str] = []

    def _fill(self, url: str) -> None:
        """Fill the template: the real catalogue, and shoppers whose carts are ready to be bought."""
        app = create_app(settings_for(url), stripe_client=self._transport)
        with app.app_context():
            flask_migrate.upgrade()
            seeding.apply(SEED)
            self.owner_key = keys.create("ada", keys.SCOPES, days=3650)
            deliveries.receive(BAG, 1, location="paris-boutique", reason="a second place to take pieces from")
        self._prepared = []
        for position, lines in enumerate(CARTS):
            buyer = Buyer(
                app.test_client(use_cookies=False), self._transport.double, name=f"buyer {position}"
            )
            buyer.opens_cart()
            for sku, pieces in lines.items():
                assert buyer.puts(sku, pieces).status_code == 200
            buyer.opens_checkout()
            assert buyer.fills_in()["status"] == "ready"
            self._prepared.append(buyer)
        dispose(app)

    # A new history

    def begin(self, seed: int, coverage: Coverage) -> None:
        """Forget everything and begin the history of a seed."""
        self.told: list[str] = []
        self.breaches: list[str] = []
        self._moment = START
        self._set_clock()
        dispose(self.app)
        self._rows.restore()
        self.chance = Random(f"world of {seed}")
        self.coverage = coverage
        self.trouble = Trouble(seed, self.chance, coverage)
        self.schedule = Schedule()
        self.processes = Processes(self.schedule, self._gateway)
        self._points.begin(self.schedule, self.processes, self.trouble)
        self.double = self._transport.double = StripeDouble(
            seed=seed, now=lambda: clock.now().timestamp(), webhook_url=WEBHOOKS, validate_responses=False
        )
        self.buyers = [buyer.enters(self) for buyer in self._prepared]
        #: Requests of the owner by their keys, and whether each was acknowledged.
        self.asked: dict[str, Asked] = {}
        #: Whether someone changes at Stripe how much is charged, and which payments they changed.
        self.tampered = self.chance.random() < 0.05
        self.charged_wrongly: set[str] = set()
        wanted = {operation for pair in self.trouble.focus.values() for operation in pair}
        manual = wanted & {"decide", "capture", "void", "payment_intent.amount_capturable_updated"}
        self._set("capture", "manual" if manual or self.chance.random() < 0.1 else "automatic")
        scarce = self.trouble.focus["stripe"][1] == "refund"
        self.pieces = {
            # One more is at the second place.
            BAG: self._leave(BAG, "milan-01", 0 if scarce else self.chance.choice((0, 0, 1, 2))),
            SECOND: self._leave(SECOND, "milan-01", self.chance.choice((1, 2, 3))),
        }

        with self.engine.connect() as connection:
            for wound in self.wounds:
                connection.exec_driver_sql(wound)

    def _gateway(self) -> StripeGateway:
        return StripeGateway(self.app.extensions["shop.settings"], http_client=self._transport)

    def _set(self, name: str, value: object) -> None:
        """Change a setting of the shop, as if it had been started with another."""
        object.__setattr__(self.app.extensions["shop.settings"], name, value)

    @property
    def manual(self) -> bool:
        """Whether the owner decides on each payment."""
        return bool(self.app.extensions["shop.settings"].capture == "manual")

    def _leave(self, sku: str, location: str, pieces: int) -> int:
        """Take all but some pieces away from a location; return how many are left at all of them."""
        where = {"sku": sku, "location": location, "pieces": pieces}
        place = (
            "variant_id = (SELECT id FROM variant WHERE sku = :sku)"
            " AND location_id = (SELECT id FROM location WHERE code = :location)"
        )
        with self.engine.connect() as connection:
            connection.execute(
                text(
                    "INSERT INTO movement (variant_id, location_id, kind, on_hand_delta, held_delta,"
                    " reason, happened_at) SELECT variant_id, location_id, 'adjusted', :pieces - on_hand, 0,"
                    f" 'scarcity', (SELECT MAX(happened_at) FROM movement) FROM stock WHERE {place}"
                    " AND on_hand <> :pieces"
                ),
                where,
            )
            connection.execute(text(f"UPDATE stock SET on_hand = :pieces WHERE {place}"), where)
            left = connection.scalar(
                text(
                    "SELECT SUM(on_hand) FROM stock JOIN variant ON variant.id = variant_id WHERE sku = :sku"
                ),
                where,
            )
        return int(left or 0)

    def close(self) -> None:
        """Leave nothing open."""
        dispose(self.app)
        self._transport.double.close()

    # Time

    @property
    def now(self) -> datetime:
        """The moment of the world."""
        return self._moment

    def advance(self, seconds: float) -> None:
        """Let time pass; Stripe notices, the shop only when it looks."""
        self._moment = max(self._moment + timedelta(seconds=seconds), clock.now())
        self._set_clock()
        self.double.tick()

    def _set_clock(self) -> None:
        clock.offset = self._moment - datetime.now(UTC)

    # Acting

    def client(self) -> FlaskClient:
        """Return a connection to the shop."""
        return self.app.test_client(use_cookies=False)

    def act(self, operation: str, subject: str, work: Callable[[Task], None], *, stop: bool = False) -> Task:
        """Let something be asked of the shop; returns when it is done, paused or dead."""
        task = Task(operation, subject, self.chance.choice(self.processes.alive), work)
        for other in self.schedule.paused:
            self.rival(operation, other)
        self.trouble.begins(task)
        if stop:
            self.trouble.stops(task)
        self._runs(task)
        self.schedule.start(task)
        self.ended(task)
        return task

    def go_on(self, task: Task) -> None:
        """Let a paused task go on."""
        self._runs(task)
        self.schedule.resume(task)
        self.ended(task)

    def _runs(self, task: Task) -> None:
        self.app.extensions["shop.gateway"] = self.processes.gateway_of(task.pid)

    def ended(self, task: Task) -> None:
        """Look how a turn ended."""
        self.schedule.bury()
        how = "died" if task.dead else "done" if task.done else f"paused before {task.at}"
        self.tell(f"{task.operation} of {task.subject} (process {task.pid}): {how}")
        if task.failure is not None:
            told = "".join(traceback.format_exception(task.failure)[-3:])
            self.breach(f"{task.operation} of {task.subject} raised {told}")

    def can_have(self, *buyers: Buyer) -> bool:
        """Tell whether there are enough pieces for some shoppers' carts as they were prepared."""
        wanted: Counter[str] = Counter()
        for buyer in buyers:
            wanted += Counter(CARTS[self.buyers.index(buyer)])
        return all(self.pieces[sku] >= pieces for sku, pieces in wanted.items())

    def tamper(self, session_id: str) -> None:
        """Let someone change at Stripe how much an open payment charges."""
        self.charged_wrongly.add(session_id)
        with self.double._state.operation():
            session = self.double._state.require("checkout.session", session_id)
            if session.body["status"] == "open":
                session.body["amount_total"] -= 10_000
                self.double._state.save(session)
                self.tell(f"someone takes 100 dollars off {session_id}")

    def rival(self, name: str, paused: Task) -> None:
        """Count that something came in between."""
        self.coverage.hit("rival", name, paused.operation)
        if self.trouble.focus["rival"] == (name, paused.operation):
            self.trouble.had("rival")

    # Seeing

    def tell(self, line: str) -> None:
        """Add a line to the trace."""
        self.told.append(f"{self._moment:%m-%d %H:%M:%S}  {line}")

    def breach(self, what: str) -> None:
        """Note what must not be."""
        self.breaches.append(what)
        self.tell(f"BREACH {what}")

    def expects(self, task: Task, answer: TestResponse, allowed: set[int]) -> None:
        """Check the status of an answer; 503 is right only where Stripe failed on purpose."""
        code = (answer.json or {}).get("code", "") if answer.is_json else ""
        self.tell(f"  {task.operation} of {task.subject}: {answer.status_code} {code}")
        if answer.status_code in allowed or (answer.status_code == 503 and task.hurt):
            return
        self.breach(
            f"{task.operation} of {task.subject} was answered {answer.status_code}: {answer.text[:300]}"
        )
