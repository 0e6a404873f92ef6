"""Shoppers: they complete, pay, change their minds, open second tabs and press buttons twice."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from werkzeug.test import Client, TestResponse

from tests.shopper import BAG, Shopper
from tests.simulator.schedule import Task

if TYPE_CHECKING:
    from tests.simulator.world import World

SECOND = "8230582AB6A1000"

#: What the prepared carts hold.
CARTS = (
    {BAG: 1},
    {BAG: 1, SECOND: 1},
    {SECOND: 2},
    {BAG: 2},
    {SECOND: 1, BAG: 1},
)
#: Cards and how often they are drawn.
CARDS = {
    "pm_card_visa": 10,
    "pm_card_chargeDeclined": 3,
    "pm_card_authenticationRequired": 3,
    "pm_double_delayed": 3,
    "pm_card_pendingRefund": 2,
    "pm_card_refundFail": 1,
}


@dataclass(eq=False)
class Buyer(Shopper):
    """A shopper of the simulation; remembers what the shop acknowledged.

    Attributes:
        name: For the trace.
        key: Of the completion that is under way; None once it was refused for good.
        keyed: The checkout that the key completes.
        patient: Whether the shopper repeats what was not answered, or never comes back.
        tabs: How many completions were sent from other tabs.
        refused: Whether a completion was refused: the bags are gone, or an order waits already.
        answers: The body that each key was answered with.
        orders: Every order that the shop has acknowledged, with its token.
        seen: Statuses that the shop has told of each order, in turn.
    """

    name: str = "?"
    key: str | None = None
    keyed: dict[str, Any] = field(default_factory=dict)
    ui: str = "hosted"
    patient: bool = True
    tabs: int = 0
    refused: bool = False
    answers: dict[str, bytes] = field(default_factory=dict)
    orders: dict[str, str] = field(default_factory=dict)
    seen: dict[str, list[str]] = field(default_factory=dict)

    def enters(self, world: World) -> Buyer:
        """Return this shopper as one of a new history."""
        found = copy.deepcopy(self, {id(self.client): self.client, id(self.double): self.double})
        found.client, found.double = world.client(), world.double
        return found

    @property
    def gone(self) -> bool:
        """Whether the shopper gave up, with a request that was never answered."""
        return not self.patient and self.key is not None and self.key not in self.answers

    @property
    def session_id(self) -> str:
        """Stripe's id of the payment that the shopper was last sent to."""
        payment = self.placed["payment"]
        if payment["url"]:
            return str(payment["url"].rsplit("/", 1)[1])
        return str(payment["client_secret"]).partition("_secret_")[0]

    @property
    def can_pay(self) -> bool:
        """Whether the shop has shown where to pay."""
        payment = self.placed.get("payment") or {}
        return bool(payment.get("url") or payment.get("client_secret"))

    def pays(self, card: str = "pm_card_visa") -> TestResponse:
        """Press a button of Stripe's page."""
        return self._at_stripe("", payment_method=card)

    def authenticates(self, outcome: str) -> TestResponse:
        """Answer the bank's question: ``succeed`` or ``fail``."""
        return self._at_stripe("/authenticate", outcome=outcome)

    def _at_stripe(self, page: str, **data: str) -> TestResponse:
        secret = self.placed["payment"].get("client_secret")
        if secret:
            data["client_secret"] = secret
        return Client(self.double).post(f"/pay/{self.session_id}{page}", data=data)


def complete(world: World, buyer: Buyer, task: Task) -> None:
    """Complete the checkout; after no answer, the same again under the same key."""
    if buyer.key is None:
        buyer.key, buyer.keyed = str(uuid4()), buyer.checkout
    # The same request as the first time, though another tab may have opened another checkout.
    _answered(world, buyer, task, buyer.key, _completes(buyer, buyer.key, buyer.keyed))


def second_tab(world: World, buyer: Buyer, task: Task) -> None:
    """Open the cart's checkout in another tab, and complete it there under a key of its own."""
    opened = buyer.client.post("/v1/checkouts", json={"cart_id": buyer.cart["id"]}, headers=buyer.headers)
    world.expects(task, opened, {200, 201, 409})
    if opened.status_code == 409:
        return
    buyer.checkout = dict(opened.json or {})
    key = str(uuid4())
    buyer.tabs += 1
    _answered(world, buyer, task, key, _completes(buyer, key, buyer.checkout))


def _completes(buyer: Buyer, key: str, checkout: dict[str, Any]) -> TestResponse:
    headers = {**buyer.headers, "Idempotency-Key": key}
    return buyer.client.post(
        f"/v1/checkouts/{checkout['id']}/complete", json={"ui": buyer.ui}, headers=headers
    )


def _answered(world: World, buyer: Buyer, task: Task, key: str, answer: TestResponse) -> None:
    world.expects(task, answer, {201, 409})
    if answer.status_code == 201:
        document: dict[str, Any] = answer.json or {}
        if buyer.answers.setdefault(key, answer.data) != answer.data:
            world.breach(f"{buyer.name}: one key, two answers: {buyer.answers[key]!r} and {answer.data!r}")
        buyer.placed = document
        number = document["order"]["number"]
        buyer.orders[number] = document["order"]["token"]
    elif (
        answer.status_code == 409
        and buyer.key == key
        and (answer.json or {})["code"] != "request_in_progress"
    ):
        # Refused for good: the next try is a new wish with a new key.
        buyer.key, buyer.refused = None, True


def cancel(world: World, buyer: Buyer, task: Task) -> None:
    """Give the checkout up."""
    world.expects(task, buyer.cancels(), {200, 409})


def come_back(world: World, buyer: Buyer, task: Task) -> None:
    """Land on the page that Stripe sends shoppers back to."""
    world.expects(task, buyer.comes_back(), {200})


def edit(world: World, buyer: Buyer, task: Task) -> None:
    """Change the cart, which is refused while an order of it waits for its money."""
    sku = world.chance.choice((BAG, SECOND))
    world.expects(task, buyer.puts(sku, world.chance.randint(1, 2)), {200, 409})


def again(world: World, buyer: Buyer, task: Task) -> None:
    """Start anew with the same cart, whose order has ended."""
    opened = buyer.client.post("/v1/checkouts", json={"cart_id": buyer.cart["id"]}, headers=buyer.headers)
    world.expects(task, opened, {200, 201, 409})
    if opened.status_code != 409:
        buyer.checkout = dict(opened.json or {})
        world.expects(task, buyer.changes(), {200, 409})
        buyer.key = None
        complete(world, buyer, task)


def look(world: World, buyer: Buyer, task: Task) -> None:
    """Read each order that was acknowledged; what is read there must stay true."""
    for number, token in list(buyer.orders.items()):
        answer = buyer.client.get(f"/v1/orders/{number}", headers={"Authorization": f"Bearer {token}"})
        world.expects(task, answer, {200})
        if answer.status_code == 200:
            seen = buyer.seen.setdefault(number, [])
            status = (answer.json or {})["status"]
            if not seen or seen[-1] != status:
                seen.append(status)
