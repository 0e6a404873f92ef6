"""The first moves of a history, as in chess: the situation in which the seed's focus can strike."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from tests.simulator import staff
from tests.simulator.moves import Moves
from tests.simulator.shoppers import Buyer

#: Which move makes the shop ask this of Stripe.
ASKED_BY = {
    "open checkout": "complete",
    "close checkout": "cancel",
    "capture": "decide",
    "void": "decide",
    "refund": "refund",
    "list refunds": "webhook",
    "list events": "reconcile",
    "read intent": "webhook",
    "read checkout": "return",
}
#: What needs an order whose money went back in part.
AFTER_A_REFUND = ("list refunds", "charge.refunded")

Move = Callable[[], None]


def opening(moves: Moves, first: Buyer, second: Buyer) -> list[Move]:
    """Return the moves that a seed begins with.

    The first shopper orders and pays; what must not hinder that happens to the second.
    """
    focus = moves.world.trouble.focus
    call, event = focus["stripe"][1], focus["astray"][1]
    wanted = [focus["killed"][1], focus["rival"][1], ASKED_BY[call]]
    late = call == "refund" and not moves.world.manual and moves.chance.random() < 0.5
    found = _situation(moves, first, second, late=late)
    if moves.world.manual:
        if focus["rival"][0] == "decide":
            # Read as authorized once more, while the owner decides on it.
            found.append(partial(moves.make, focus["rival"][1], first))
        found.append(partial(moves.finish, "decide", first))
    if event in AFTER_A_REFUND or {"refund", "list refunds"} & {*wanted, call}:
        # Certainly paid, and heard of.
        found.append(partial(moves.finish, "return", first))
    if call in AFTER_A_REFUND or event in AFTER_A_REFUND:
        found += [partial(moves.finish, "refund", first), partial(moves.make, "webhook", first)]
    if call == "close checkout":
        found += [partial(moves.orders, second), partial(moves.make, "cancel", second)]
    found += [partial(moves.make, name, first) for name in dict.fromkeys(wanted)]
    return [*found, partial(moves.make, "webhook", first)]


def _situation(moves: Moves, first: Buyer, second: Buyer, *, late: bool) -> list[Move]:
    focus = moves.world.trouble.focus
    call, event = focus["stripe"][1], focus["astray"][1]
    order, pay = partial(moves.orders, first), partial(moves.pays, first, _card(moves))
    heard = partial(moves.finish, _heard(moves), first)
    before: list[Move] = []
    if event == "checkout.session.expired":
        past_end = moves.chance.choice((46 * staff.MINUTES, 57 * staff.MINUTES))
        before = [partial(moves.orders, second), partial(staff.jump, moves.world, past_end)]
    elif call == "open checkout":
        before = [partial(moves.orders, second)]
    if event == "payment_intent.payment_failed":
        declined = partial(moves.pays, first, "pm_card_chargeDeclined")
        before += [order, declined, partial(moves.make, "webhook", first)]
    if focus["rival"] == ("complete", "complete"):
        # What hangs goes on when the order is paid already; the shopper asks for the answer once more.
        after = [partial(moves.finish, name, first) for name in ("return", "complete")]
        return [
            *before,
            partial(moves.is_overtaken, first),
            pay,
            partial(moves.make, "return", first),
            *after,
        ]
    if late:
        # Money comes when its hold has ended and another holds the pieces.
        hours = moves.chance.choice((1, 2)) * staff.HOURS
        # Now and then a person gives a part of it back first, which the shop has not heard of.
        part = [partial(staff.dashboard, moves.world)] if moves.chance.random() < 0.5 else []
        late_order = [order, pay, partial(staff.jump, moves.world, hours), partial(moves.orders, second)]
        return [*late_order, *part, heard]
    return [*before, order, pay, heard]


def _card(moves: Moves) -> str:
    """Return what the first shopper pays with: now and then a method whose money takes days."""
    focus = moves.world.trouble.focus
    at_once = {"capture", "void", "refund", "list refunds", "decide"}
    needed = at_once & {pair[1] for pair in focus.values()} or focus["astray"][1].startswith(("pay", "cha"))
    return "pm_card_visa" if needed or moves.chance.random() < 0.7 else "pm_double_delayed"


def _heard(moves: Moves) -> str:
    """Return how the shop hears of a payment first: as the seed's focus wants it."""
    ways = {"return", "webhook", "reconcile", "timer"}
    if moves.ears == "reconciler":
        ways.discard("webhook")
    if moves.ears == "webhooks":
        ways.discard("reconcile")
    focus = moves.world.trouble.focus
    if focus["rival"][0] == "decide":
        # The owner decides on what was heard of before.
        ways.discard(focus["rival"][1])
    wanted = ways & {focus["killed"][1], focus["rival"][1]}
    return moves.chance.choice(sorted(wanted or ways - {"timer"}))
