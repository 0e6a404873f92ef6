"""Customers of a shop that dies under them: they buy, pay, and repeat what was not answered."""

from __future__ import annotations

import http.client
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from tests.served import ServedShop, ServedShopper
from tests.shopper import BAG
from tests.wire import WireAnswer, WireClient

#: A shop that has not answered by then is not coming back by itself.
PATIENCE_SECONDS = 60.0

#: Between two tries of a request that was not answered.
PAUSE_SECONDS = 0.2

#: More bags that customers put into one cart, so that orders differ and share stock.
BAGS = (BAG, "8657602ACFH1000", "ZZ0001Z0214Z013")


class PatientClient(WireClient):
    """Sends a request again, unchanged, until it is answered.

    A broken connection, a 5xx and "the same request is being worked on" are no answers.

    Attributes:
        seen: Counts what came instead of an answer.
    """

    def __init__(self, base_url: str) -> None:
        super().__init__(base_url)
        self.seen: Counter[str] = Counter()

    def open(self, path: str, **rest: Any) -> WireAnswer:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                answer = super().open(path, **rest)
            except (OSError, http.client.HTTPException):
                self.seen["no answer"] += 1
            else:
                busy = answer.status_code == 409 and b"request_in_progress" in answer.data
                if answer.status_code < 500 and not busy:
                    return answer
                self.seen["in progress" if busy else str(answer.status_code)] += 1
            if time.monotonic() > deadline:
                raise TimeoutError(f"{path} was not answered in {PATIENCE_SECONDS:.0f} s: {self.seen}")
            time.sleep(PAUSE_SECONDS)


@dataclass
class PatientShopper(ServedShopper):
    """A shopper who is not put off by a shop that is down."""

    client: PatientClient


@dataclass
class Purchase:
    """What a customer wanted, and what he was told.

    Attributes:
        shopper: The customer, with his cart and checkout.
        key: Idempotency-Key of the one order he wanted.
        acknowledged: The body of the 201 that reached him.
        paid: Whether Stripe's page told him that he has paid.
        tries: How often he sent the request that places the order.
        replayed: Whether the shop had answered it before, to nobody.
    """

    shopper: PatientShopper
    key: str = field(default_factory=lambda: str(uuid4()))
    acknowledged: bytes | None = None
    paid: bool = False
    tries: int = 1
    replayed: bool = False


@dataclass
class Customers:
    """A crowd, each a thread that buys one cart after another.

    Attributes:
        shop: Where they buy; it may die at any time and is back soon.
        rng: Chooses what they buy, and whether they pay and come back.
        purchases: All that was begun.
        failures: Answers that no customer can do anything with, and none at all.
    """

    shop: ServedShop
    rng: random.Random
    purchases: list[Purchase] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    _leave: threading.Event = field(default_factory=threading.Event)
    _placing: int = 0
    _placed: int = 0
    _progress: threading.Condition = field(default_factory=threading.Condition)

    @contextmanager
    def buying(self, count: int) -> Iterator[Customers]:
        """Let them buy during the block; at its end each finishes what he has begun."""
        with ThreadPoolExecutor(count, thread_name_prefix="customer") as threads:
            working = [threads.submit(self._buy_on, random.Random(self.rng.random())) for _ in range(count)]
            try:
                yield self
            finally:
                self._leave.set()
            for one in working:
                one.result()

    def wait_for_orders(self, count: int, seconds: float) -> None:
        """Wait, but not longer than this, until so many more orders are placed and one is just being."""
        with self._progress:
            wanted = self._placed + count
            self._progress.wait_for(lambda: self._placed >= wanted and self._placing > 0, seconds)

    def _places(self, purchase: Purchase) -> WireAnswer:
        with self._progress:
            self._placing += 1
            self._progress.notify_all()
        try:
            return purchase.shopper.completes(purchase.key)
        finally:
            with self._progress:
                self._placing -= 1
                self._placed += 1
                self._progress.notify_all()

    @property
    def seen(self) -> Counter[str]:
        """What came instead of answers, and how often."""
        return sum((purchase.shopper.client.seen for purchase in self.purchases), Counter())

    @property
    def acknowledged(self) -> list[Purchase]:
        """The purchases whose order reached its customer."""
        return [purchase for purchase in self.purchases if purchase.acknowledged is not None]

    def _buy_on(self, rng: random.Random) -> None:
        while not self._leave.is_set():
            try:
                self._buy(rng)
            except (AssertionError, TimeoutError, OSError) as failure:
                self.failures.append(f"{type(failure).__name__}: {failure}"[:500])
                time.sleep(PAUSE_SECONDS)

    def _buy(self, rng: random.Random) -> None:
        shopper = PatientShopper(PatientClient(self.shop.base_url), WireClient(self.shop.stripe_url))
        purchase = Purchase(shopper)
        self.purchases.append(purchase)
        shopper.opens_cart()
        for sku in rng.sample(BAGS, rng.choice((1, 1, 2, 3))):
            added = shopper.puts(sku, rng.randint(1, 2))
            assert added.status_code == 200, added.text
        shopper.opens_checkout()
        shopper.fills_in()
        before = shopper.client.seen.total()
        placed = self._places(purchase)
        assert placed.status_code == 201, placed.text
        purchase.acknowledged = placed.data
        purchase.tries += shopper.client.seen.total() - before
        purchase.replayed = placed.headers["Idempotent-Replayed"] == "true"
        if rng.random() < 0.85:
            paid = shopper.pays()
            assert paid.status_code == 303, paid.text
            purchase.paid = True
            if rng.random() < 0.5:  # the others close the page: Stripe tells the shop
                shopper.comes_back()
