"""The world recovers: nothing fails any more, and what was lost is found by whoever is to find it."""

from __future__ import annotations

from functools import partial
from typing import Literal

from tests.simulator import laws, owner, recovery, shoppers, staff, stripe_truth
from tests.simulator.world import World

#: Who hears of payments in a history. With webhooks alone none of them is lost for good, and
#: they must be enough; so must the reconciler alone.
Ears = Literal["both", "webhooks", "reconciler"]

#: Seconds between looks: soon, past the time to pay, past Stripe's keys, past its tries.
WAITS = (120, 3600, 26 * 3600, 60 * 3600, 80 * 3600)
#: Past the time for which a bank holds money.
AUTHORIZATION = 9 * 24 * 3600
MOST_DELIVERIES = 400


def heal(world: World, ears: Ears) -> None:
    """Let everything come to rest, and judge it."""
    world.trouble.over = True
    world.tell("nothing fails any more")
    while world.schedule.paused:
        world.go_on(world.schedule.paused[0])
    laws.watch(world)
    _repeat_unanswered(world, at_last=False)
    # Soon: a key is kept for two days, and a repeat after that is a new request.
    for key in [key for key, asked in world.asked.items() if asked.answer is None]:
        world.act("owner", "owner", lambda task, key=key: owner.send(world, key, task))
    by_itself = ears != "webhooks"
    for seconds in (*WAITS, AUTHORIZATION) if world.manual else WAITS:
        world.advance(seconds)
        for found in stripe_truth.undecided(world.double):
            staff.decide(world, found)
        _hear(world, ears)
        if by_itself:
            world.act("reconcile", "all", partial(staff.reconciles, world))
        world.advance(30)
        _hear(world, ears)
        if not by_itself:
            world.act("timer", "all", partial(staff.timer, world, hears_by_itself=False))
        if recovery.at_rest(world):
            break
    _repeat_unanswered(world, at_last=True)
    for buyer in filter(lambda each: each.orders, world.buyers):
        world.act("look", buyer.name, lambda task, buyer=buyer: shoppers.look(world, buyer, task))
    recovery.judge(world, by_itself=ears == "webhooks")


def _hear(world: World, ears: Ears) -> None:
    for _ in range(MOST_DELIVERIES):
        event = staff.next_due(world)
        if event is None:
            return
        if ears == "reconciler":
            world.double.webhooks.drop(event.event_id)
        else:
            world.act("webhook", event.event_type, lambda task, event=event: staff.hear(world, event, task))
    world.breach("webhooks never end")


def _repeat_unanswered(world: World, *, at_last: bool) -> None:
    """Send again what was never answered: the same key leads to the order, or to why there is none."""
    for buyer in world.buyers:
        if buyer.key is None or buyer.key in buyer.answers or buyer.gone:
            continue
        world.advance(30)
        ordered = laws.waits_for(world, buyer) if not buyer.tabs else None
        task = world.act("complete", buyer.name, partial(shoppers.complete, world, buyer))
        if ordered and ordered not in buyer.orders and not task.hurt:
            world.breach(f"{buyer.name} ordered {ordered}, and the same request does not lead to it")
        if at_last and buyer.key is not None and buyer.key not in buyer.answers:
            world.breach(f"{buyer.name} repeats a request and never gets its answer")
