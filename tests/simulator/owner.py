"""The owner: gives money back, takes authorized money or lets it go, and presses buttons twice."""

from __future__ import annotations

from uuid import uuid4

from sqlalchemy import text
from werkzeug.test import TestResponse

from tests.owner import Owner
from tests.shopper import BAG
from tests.simulator.schedule import Task
from tests.simulator.shoppers import SECOND
from tests.simulator.world import Asked, World

#: What the owner mostly gives back, and mostly decides on.
PAID = ("paid", "partially_refunded")
AUTHORIZED = ("authorized",)


def _chosen(world: World, statuses: tuple[str, ...]) -> str | None:
    """Choose an order that a shopper was told of, mostly one of some statuses."""
    known = sorted(number for buyer in world.buyers for number in buyer.orders)
    with world.engine.connect() as connection:
        now = dict(connection.execute(text("SELECT number, status FROM orders")).all())
    fitting = [number for number in known if now[number] in statuses]
    if fitting and world.chance.random() < 0.9:
        known = fitting
    return world.chance.choice(known) if known else None


def refund(world: World, task: Task) -> None:
    """Give money of an order back, or repeat a refund that was not answered."""
    repeated = [key for key, asked in world.asked.items() if asked.verb == "refunds" and asked.answer is None]
    if repeated and world.chance.random() < 0.5:
        send(world, repeated[0], task)
        return
    number = _chosen(world, PAID)
    if number:
        _asks(world, task, Asked("refunds", number, _how_much(world)))


def _how_much(world: World) -> dict[str, object]:
    drawn = world.chance.random()
    if drawn < 0.4:
        return {"amount": world.chance.choice((1, 1_000, 200_000, 285_000))}
    if drawn < 0.7:
        sku = world.chance.choice((BAG, SECOND))
        restock = world.chance.random() < 0.5
        return {"lines": [{"sku": sku, "quantity": 1}], "restock": restock, "shipping": not restock}
    return {}


def decide(world: World, task: Task) -> None:
    """Take authorized money, whole or in part, or let it go; or repeat what was not answered."""
    repeated = [key for key, asked in world.asked.items() if asked.verb != "refunds" and asked.answer is None]
    if repeated and world.chance.random() < 0.5:
        send(world, repeated[0], task)
        return
    number = _chosen(world, AUTHORIZED)
    if number:
        focus = world.trouble.wants("stripe")
        wanted = focus[1] if focus and focus[1] in ("capture", "void") else ""
        verb = wanted or world.chance.choice(("capture", "capture", "void"))
        body = {"amount": 100_000} if verb == "capture" and world.chance.random() < 0.3 else {}
        _asks(world, task, Asked(verb, number, body))


def _asks(world: World, task: Task, asked: Asked) -> None:
    key = str(uuid4())
    world.asked[key] = asked
    send(world, key, task)


#: Answers that stand: whatever is heard later, what they acknowledge was asked for.
ACKNOWLEDGED = (201, 202)


def _posted(owner: Owner, asked: Asked, key: str) -> TestResponse:
    if asked.verb == "refunds":
        return owner.refunds(asked.number, key=key, **asked.body)
    if asked.verb == "capture":
        return owner.captures(asked.number, key=key, **asked.body)
    return owner.voids(asked.number, key=key)


def send(world: World, key: str, task: Task) -> None:
    """Send a request of the owner, once more under its key where it was sent before."""
    asked = world.asked[key]
    owner = Owner(world.client(), world.owner_key)
    told = None
    try:
        answer = _posted(owner, asked, key)
        # 202 where Stripe did not answer, or is just being told the same by another process: the
        # laws see that what was kept is done in the end. Refused is refused with 409 or 422.
        world.expects(task, answer, {201, 202, 409, 422})
        if answer.status_code != 503 and (answer.json or {}).get("code") != "request_in_progress":
            told = answer.status_code
    finally:
        # A refusal is not kept: a try of which nothing was heard may have been taken after it, so
        # that the owner has to ask again.
        if asked.answer not in ACKNOWLEDGED:
            asked.answer = told
