"""What must be true of every purchase after crashes: none lost, none doubled, each as it was told."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import create_engine, text

from shop.config import DOUBLE_KEY
from shop.kit import engines
from tests.crashes.commands import Command
from tests.crashes.customers import Customers, Purchase
from tests.crashes.soundness import faults, reading
from tests.served import ServedShop
from tests.wire import WireClient


@dataclass
class Verdict:
    """What was found of a crowd's purchases.

    Attributes:
        acknowledged: Orders whose 201 reached a customer.
        lost: Those that are gone, or are not as they were told.
        doubled: Orders or payments beyond the one that was wanted.
        wrong: Whatever else does not agree.
    """

    acknowledged: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return not (self.lost or self.doubled or self.wrong)

    def __iadd__(self, other: Verdict) -> Verdict:
        self.acknowledged += other.acknowledged
        self.lost += other.lost
        self.doubled += other.doubled
        self.wrong += other.wrong
        return self


def judge(shop: ServedShop, customers: Customers) -> Verdict:
    """Compare what customers were told with the shop and with Stripe; the shop is up and at rest."""
    verdict = Verdict(acknowledged=len(customers.acknowledged), wrong=list(customers.failures))
    for purchase in customers.acknowledged:
        verdict.lost += _lost(purchase)
    stored, unsound = _orders(shop)
    verdict.doubled += _doubled_orders(stored, customers.purchases)
    told = {order_of(purchase)["number"]: purchase for purchase in customers.acknowledged}
    at_stripe = WireClient(shop.stripe_url)
    verdict.doubled += _doubled_payments(at_stripe, told)
    if given_back := list(_listed(at_stripe, "/v1/refunds")):
        verdict.wrong.append(f"{len(given_back)} refunds that nobody wanted")
    verdict.wrong += [*unsound, *_unverified(shop)]
    verdict.wrong += [f"500: {mistake}" for mistake in _mistakes(shop.server.told())]
    return verdict


def _unverified(shop: ServedShop) -> list[str]:
    """Return what ``shop verify`` finds, here and at Stripe."""
    output = shop.home / "verify.log"
    status = Command(["verify", "--stripe"], shop.server.environment, output).start().wait()
    return [] if status == 0 else [f"shop verify ended with {status}: {output.read_text()[-2000:]}"]


def _mistakes(log: str) -> Iterator[str]:
    """Yield what was raised in each request that the shop answered with 500."""
    for trace in re.findall(r"request \w+ failed\nTraceback.*?(?=\nrequest |\n\[|\Z)", log, re.DOTALL):
        yield " / ".join(
            re.findall(r"^[\w.]+(?:Error|Exception|Violation|Shutdown)\b.*", trace, re.MULTILINE)[-2:]
        )


def order_of(purchase: Purchase) -> dict[str, Any]:
    """Return the order as the 201 told it."""
    assert purchase.acknowledged is not None
    return dict(json.loads(purchase.acknowledged)["order"])


def _lost(purchase: Purchase) -> Iterator[str]:
    told = order_of(purchase)
    wanted = "paid" if purchase.paid else "pending_payment"
    headers = {"Authorization": f"Bearer {told['token']}"}
    found = purchase.shopper.client.get(f"/v1/orders/{told['number']}", headers=headers)
    if found.status_code != 200:
        yield f"order {told['number']} is gone: {found.status_code}"
    elif found.json["status"] != wanted:
        yield f"order {told['number']} is {found.json['status']}, its customer was told {wanted}"
    again = purchase.shopper.completes(purchase.key)
    if again.data != purchase.acknowledged or again.status_code != 201:
        yield f"order {told['number']}: its key is answered differently: {again.status_code} {again.text}"
    elif again.headers["Idempotent-Replayed"] != "true":
        yield f"order {told['number']}: its key was worked on again"


def _orders(shop: ServedShop) -> tuple[dict[str, list[str]], list[str]]:
    """Return the numbers of stored orders by cart, and what is wrong in the database itself."""
    engine = create_engine(shop.database_url)
    engines.configure(engine)
    by_cart: dict[str, list[str]] = {}
    with reading(engine) as connection:
        for cart, number in connection.execute(text("SELECT cart_id, number FROM orders")):
            by_cart.setdefault(str(cart).replace("-", ""), []).append(number)
    unsound = faults(engine)
    engine.dispose()
    return by_cart, unsound


def _doubled_orders(stored: dict[str, list[str]], purchases: Iterable[Purchase]) -> Iterator[str]:
    wanted = {purchase.shopper.cart["id"].replace("-", "") for purchase in purchases if purchase.shopper.cart}
    for cart, numbers in stored.items():
        if len(numbers) > 1:
            yield f"one cart has the orders {', '.join(numbers)}"
        elif cart not in wanted:
            yield f"order {numbers[0]} is nobody's"


def _doubled_payments(at_stripe: WireClient, told: dict[str, Purchase]) -> Iterator[str]:
    taken = Counter(
        intent["metadata"]["order"]
        for intent in _listed(at_stripe, "/v1/payment_intents")
        if intent["status"] == "succeeded"
    )
    for number, purchase in told.items():
        if taken[number] != purchase.paid:
            yield f"order {number} was paid {taken[number]} times, its customer {int(purchase.paid)} times"
    yield from (f"{number} was paid for and is no order" for number in taken.keys() - told.keys())


def _listed(at_stripe: WireClient, path: str) -> Iterator[dict[str, Any]]:
    """Yield all objects of a kind at Stripe."""
    after = ""
    while True:
        page = at_stripe.get(f"{path}?limit=100{after}", headers={"Authorization": f"Bearer {DOUBLE_KEY}"})
        assert page.status_code == 200, page.text
        yield from page.json["data"]
        if not page.json["has_more"]:
            return
        after = f"&starting_after={page.json['data'][-1]['id']}"
