"""The ways into the shop, each prepared while all was well, to be tried while something is not.

The matrix of the reliability programme (T8) has a column for each: browse, cart, checkout,
webhook, admin. No row for Redis or for a replica: the shop has neither.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from flask import Flask
from sqlalchemy import Engine, func, select
from werkzeug.test import TestResponse

from shop.checkout.reconciliation import reconcile
from shop.config import current_settings
from shop.kit.db import db
from shop.orders.models import Order
from shop.payments.current import current_gateway
from shop.payments.double import StripeDouble
from shop.payments.models import Refund
from tests.audited import breaches
from tests.owner import Owner
from tests.shopper import BAG, Shopper
from tests.test_errors import is_problem

#: The promise: nobody waits longer for an answer, whatever is down.
LONGEST_SECONDS = 10.0

OTHER = "8230582AB6A1000"

#: Orders there are when the trouble begins.
ORDERS_BEFORE = 2

#: Minor units that the owner gives back.
REFUNDED = 12_300


def engine_of(app: Flask) -> Engine:
    """Return a shop's engine. No context stays open: requests would share it, and its session."""
    with app.app_context():
        return db.engine


@dataclass
class Doors:
    """Shoppers who each stand at one step when the trouble begins."""

    app: Flask
    double: StripeDouble
    key: str = field(default_factory=lambda: str(uuid4()))
    refund_key: str = field(default_factory=lambda: str(uuid4()))

    def __post_init__(self) -> None:
        self.client = self.app.test_client()
        self.filler = self._shopper().opens_cart()
        self.filler.puts(BAG, 1)
        self.buyer = self._shopper().prepares()
        self.owner = Owner.of(self.app)
        self.returner = self._shopper().places_order(OTHER)
        self.returner.pays()
        self.returner.hears_webhooks()
        self.payer = self._shopper().places_order(OTHER)
        self.payer.pays()
        self.event = self._first_event()

    def _shopper(self) -> Shopper:
        return Shopper(self.app.test_client(), self.double)

    def _first_event(self) -> tuple[bytes, dict[str, str]]:
        """Catch what Stripe would tell the shop of the payment, and have it tell again later."""
        caught: list[tuple[bytes, dict[str, str]]] = []

        def send(_url: str, body: bytes, headers: Any) -> int:
            caught.append((body, dict(headers)))
            return 500

        self.double.webhooks.sender = send
        self.double.deliver_webhooks()
        return next(each for each in caught if b"checkout.session.completed" in each[0])

    def browse(self) -> TestResponse:
        """Look at a bag."""
        return self.client.get(f"/v1/variants/{BAG}")

    def cart(self) -> TestResponse:
        """Put one more piece into a cart."""
        return self.filler.puts(BAG, 2)

    def checkout(self) -> TestResponse:
        """Order what is in another cart."""
        return self.buyer.completes(self.key)

    def webhook(self) -> TestResponse:
        """Tell the shop of a payment, as Stripe does."""
        body, headers = self.event
        return self.client.post("/webhooks/stripe", data=body, headers=headers)

    def admin(self) -> TestResponse:
        """Give some of an order's money back."""
        number = self.returner.placed["order"]["number"]
        return self.owner.refunds(number, key=self.refund_key, amount=REFUNDED)

    def writes(self) -> dict[str, Callable[[], TestResponse]]:
        """The doors behind which something is written."""
        return {
            "cart": self.cart,
            "checkout": self.checkout,
            "webhook": self.webhook,
            "admin": self.admin,
        }

    def all(self) -> dict[str, Callable[[], TestResponse]]:
        """Every door."""
        return {"browse": self.browse, **self.writes()}

    def orders(self) -> int:
        """Count the orders."""
        with self.app.app_context():
            return db.session().scalar(select(func.count()).select_from(Order)) or 0

    def reconciles(self) -> None:
        """Let the shop ask Stripe what it has not heard."""
        with self.app.app_context():
            reconcile(current_settings(), current_gateway())

    def all_goes_on(self) -> None:
        """Require that the same application, not started anew, goes on where each shopper stood."""
        assert self.browse().status_code == 200
        assert self.cart().status_code == 200
        again = self.checkout()
        assert again.status_code == 201, again.text
        assert self.webhook().status_code == 204
        assert self.admin().status_code in (201, 202)
        self.reconciles()
        assert self.payer.order()["status"] == "paid"
        # Nothing was ordered, and no money given back, twice on the way.
        assert self.orders() == ORDERS_BEFORE + 1
        assert self.refunded() == [(REFUNDED, "succeeded")]
        self.is_sound()

    def refunded(self) -> list[tuple[int, str]]:
        """Read the refunds: minor units, and how each went."""
        with self.app.app_context():
            return [(*row,) for row in db.session().execute(select(Refund.amount_minor, Refund.status))]

    def is_sound(self) -> None:
        """Require that stock, holds, orders and money agree."""
        assert breaches(self.app) == []


def bounded(door: Callable[[], TestResponse]) -> TestResponse:
    """Knock, and require an answer in time."""
    before = time.monotonic()
    answer = door()
    assert time.monotonic() - before < LONGEST_SECONDS
    return answer


def come_back(door: Callable[[], TestResponse], code: str = "busy") -> int:
    """Knock, and require to be told to come back; return in how many seconds."""
    answer = bounded(door)
    is_problem(answer, 503, code)
    return int(answer.headers["Retry-After"])
