"""What happens beside the shoppers: webhooks, reconciling, time, the bank's late answers."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from shop import background
from shop.checkout import inbox
from shop.checkout.reconciliation import reconcile
from shop.config import current_settings
from shop.payments.current import current_gateway
from shop.payments.double import Delivery
from shop.payments.double.errors import StripeError
from tests.simulator import stripe_truth
from tests.simulator.schedule import Killed, Task
from tests.simulator.world import World

MINUTES = 60
HOURS = 60 * MINUTES
#: Past the time to pay, past the hold, past an idempotency key at Stripe.
JUMPS = (20 * MINUTES, 46 * MINUTES, 57 * MINUTES, 2 * HOURS, 25 * HOURS)


def next_due(world: World) -> Delivery | None:
    """Return the webhook that Stripe would send next, None where none is due."""
    sending = world.double.webhooks._sending
    moment = world.now.timestamp() + 1
    due = [each for each in world.double.pending_events() if each.due_at <= moment and each.id not in sending]
    astray, call = world.trouble.wants("astray"), world.trouble.wants("stripe")
    wanted = {astray[1]} if astray else set()
    if call and call[1] == "list refunds":
        wanted |= {"refund.created", "charge.refunded"}
    for each in due:
        if each.event_type in wanted:
            world.double.webhooks.reorder([each.event_id])
            return each
    return due[0] if due else None


def hear(world: World, event: Delivery, task: Task) -> None:
    """Deliver one webhook, or let it go astray."""
    fault = world.trouble.goes_astray(event.event_type)
    forged = fault is not None and fault.kind in ("bad_signature", "stale_timestamp")
    if fault:
        world.double.faults.add(fault)
        world.tell(f"  {event.event_type}: {fault.kind}")

    def send(_url: str, body: bytes, headers: Mapping[str, str]) -> int:
        try:
            answer = world.client().post("/webhooks/stripe", data=body, headers=dict(headers))
        except Killed:
            raise ConnectionResetError from None
        world.expects(task, answer, {400} if forged else {204})
        # Stripe has its answer: what the shop does from here on may die unheard.
        with suppress(Killed):
            answer.close()
        return answer.status_code

    world.double.webhooks.sender = send
    world.double.deliver_webhooks(limit=1)


def reconciles(world: World, task: Task) -> None:
    """Run ``shop reconcile``."""
    with world.app.app_context():
        report = reconcile(current_settings(), current_gateway())
    if (report.failed or report.waiting) and not task.hurt:
        world.breach(
            f"reconcile left {report.failed} payments and {report.waiting} events though Stripe answered"
        )


def timer(world: World, task: Task, *, hears_by_itself: bool) -> None:
    """Do what a served shop does by itself, the reconciler with it where it may hear by itself."""
    with world.app.app_context():
        if hears_by_itself:
            background.look(due_events=background.EVENT_SECONDS)
        else:
            inbox.drain(current_settings(), current_gateway(), seconds=background.EVENT_SECONDS)


def jump(world: World, seconds: float) -> None:
    """Let a long time pass at once: a night, a suspended machine, a clock that was wrong."""
    for task in world.schedule.paused:
        world.rival("clock", task)
    world.advance(seconds)
    world.tell(f"{seconds / 60:.0f} minutes pass")


def dashboard(world: World) -> None:
    """Let a person refund a part in Stripe's dashboard, or the shopper's bank open a dispute."""
    taken = [each for each in stripe_truth.objects(world.double, "payment_intent") if each["amount_received"]]
    if not taken:
        return
    intent = world.chance.choice(taken)
    amount = world.chance.randint(1, intent["amount_received"] // 3)
    try:
        if world.chance.random() < 0.7:
            world.double.dashboard_refund(intent["id"], amount)
            world.tell(f"{amount} of {intent['id']} is refunded in the dashboard")
        else:
            world.double.open_dispute(intent["id"], intent["amount_received"])
            world.tell(f"{intent['id']} is disputed")
    except StripeError as refused:
        world.tell(f"the dashboard refuses: {refused.message}")


def bank_answers(world: World) -> None:
    """Let the bank decide the oldest payment or refund that it has not decided yet."""
    undecided = stripe_truth.undecided(world.double)
    if undecided:
        decide(world, undecided[0])


def decide(world: World, found: dict[str, Any]) -> None:
    """Let the bank decide a delayed payment or a pending refund, well or badly."""
    good = world.chance.random() < 0.7
    world.tell(f"the bank {'takes' if good else 'refuses'} {found['object']} {found['id']}")
    if found["object"] == "payment_intent":
        world.double.settle_delayed(found["id"], succeed=good)
    elif found["object"] == "dispute":
        world.double.close_dispute(found["id"], won=good)
    elif good:
        world.double.settle_refund(found["id"])
    else:
        world.double.fail_refund(found["id"])
