"""What must hold once the world has recovered: nothing waits, and both sides' books agree."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from typing import Any

from tests.audited import breaches
from tests.simulator import stripe_truth
from tests.simulator.laws import ENDED, SETTLED, WAITING, Books, by_number, rows, watch
from tests.simulator.world import World

_UNFINISHED = """
    SELECT (SELECT COUNT(*) FROM payment WHERE status IN ('opening', 'open', 'processing', 'authorized'))
         + (SELECT COUNT(*) FROM refund WHERE status IN ('requested', 'pending'))
         + (SELECT COUNT(*) FROM stripe_event WHERE handled_at IS NULL) AS unfinished
"""
_REFUNDS = """
    SELECT r.stripe_id, r.status, r.amount_minor, p.intent_id
    FROM refund r JOIN payment p ON p.id = r.payment_id
"""
_CARTS = """
    SELECT o.number, v.sku, l.quantity FROM orders o JOIN cart_line l ON l.cart_id = o.cart_id
    JOIN variant v ON v.id = l.variant_id WHERE o.status IN ('paid', 'partially_refunded', 'refunded')
"""


def at_rest(world: World) -> bool:
    """Tell whether nothing will change any more, neither here nor at Stripe."""
    here = rows(world, _UNFINISHED)[0]["unfinished"]
    return not (here or world.double.pending_events() or stripe_truth.undecided(world.double))


def judge(world: World, *, by_itself: bool) -> None:
    """Check what must hold once everything has recovered.

    Args:
        world: At rest: nobody acts, nothing fails.
        by_itself: Whether webhooks were all that the shop heard; what Stripe never heard of may
            then still wait for the reconciler.
    """
    watch(world)
    books = Books(world)
    for order in books.orders:
        _judge_order(world, books, order, by_itself=by_itself)
    _judge_carts(world, books)
    _judge_shoppers(world, books)
    _judge_owner(world)
    if not by_itself:
        _judge_refunds(world)
        for breach in breaches(world.app):
            if not _needs_a_person(books, breach):
                world.breach(f"verify: {breach}")
    known = {order["number"] for order in books.orders}
    for reference, charged in books.stripe.items():
        if reference not in known and charged.received:
            world.breach(f"Stripe received {charged.received} for {reference}, which the shop does not know")


def _needs_a_person(books: Books, breach: str) -> bool:
    """Tell whether late money is named that Stripe does not give back, though its dispute was won."""
    named = re.match(r"I6 order (\S+):", breach)
    return named is not None and named[1] in books.stripe and books.stripe[named[1]].disputed


def _judge_order(world: World, books: Books, order: dict[str, Any], *, by_itself: bool) -> None:
    number, charged = order["number"], books.charged(order)
    waits_unheard = by_itself and not charged.sessions
    if order["status"] in WAITING and not waits_unheard:
        world.breach(f"order {number} is {order['status']} for ever, its payment is {order['payment']}")
    if order["payment"] in ("opening", "open", "processing", "authorized") and not waits_unheard:
        world.breach(f"the payment of order {number} is {order['payment']} for ever")
    if len(charged.sessions) > 1:
        world.breach(f"order {number} has {len(charged.sessions)} payments at Stripe")
    if order["payment"] == "quarantined":
        return
    if order["status"] in SETTLED:
        wanted = order["captured_minor"] - order["refunded_minor"]
        if charged.kept != wanted and not by_itself:
            world.breach(f"of order {number} the shop counts {wanted} as kept, Stripe keeps {charged.kept}")
    elif charged.kept > 0 and not (charged.disputed or _bank_refused(world, number)):
        world.breach(f"order {number} is {order['status']}, and Stripe keeps {charged.kept} of its money")


def _bank_refused(world: World, number: str) -> bool:
    """Tell whether the bank refused to take the money of an order back: then a person must look."""
    refused = [each for each in stripe_truth.objects(world.double, "refund") if each["status"] == "failed"]
    intents = {
        each["id"]
        for each in stripe_truth.objects(world.double, "payment_intent")
        if each["metadata"].get("order") == number
    }
    return any(each["payment_intent"] in intents for each in refused)


def _judge_carts(world: World, books: Books) -> None:
    in_cart = by_number(rows(world, _CARTS))
    for order in books.orders:
        number = order["number"]
        if order["status"] in SETTLED and in_cart.get(number) != books.lines[number]:
            world.breach(f"the cart of order {number} holds other pieces than were bought")


def _judge_shoppers(world: World, books: Books) -> None:
    statuses = {order["number"]: order["status"] for order in books.orders}
    for buyer in world.buyers:
        for number in buyer.orders:
            if number not in statuses:
                world.breach(f"order {number} was acknowledged to {buyer.name} and is gone")
        for number, seen in buyer.seen.items():
            if not all(_may_be_seen(before, after) for before, after in pairwise(seen)):
                world.breach(f"order {number} was shown to {buyer.name} as {' and then '.join(seen)}")


def _may_be_seen(before: str, after: str) -> bool:
    """Tell whether a shopper who looks now and then may see one status after another."""
    if before == "pending_payment":
        return True
    if before == "authorized":
        return after in (*SETTLED, *ENDED)
    return before in SETTLED and after in SETTLED


def _judge_owner(world: World) -> None:
    """Check that each request of the owner that was acknowledged was carried out, once."""
    kept = [asked for asked in world.asked.values() if asked.answer in (201, 202)]
    done = {
        "refunds": rows(world, "SELECT amount_minor FROM refund WHERE actor = 'key:ada'"),
        "decisions": rows(world, "SELECT amount_minor FROM capture WHERE actor = 'key:ada'"),
    }
    for what, found in done.items():
        wanted = [asked for asked in kept if (asked.verb == "refunds") == (what == "refunds")]
        if len(found) != len(wanted):
            world.breach(f"the owner asked for {len(wanted)} {what}, {len(found)} were made")
        exact = Counter(asked.body["amount"] for asked in wanted if asked.body.get("amount"))
        if exact - Counter(row["amount_minor"] for row in found):
            world.breach(f"the owner asked for {what} of {dict(exact)}, others were made")
    for key, asked in world.asked.items():
        if asked.answer is None:
            world.breach(f"the owner repeats {asked.verb} under {key} and never gets an answer")


def _judge_refunds(world: World) -> None:
    """Compare each refund's row with Stripe's."""
    known = {each["id"]: each for each in stripe_truth.objects(world.double, "refund")}
    disputed = {each["payment_intent"] for each in stripe_truth.objects(world.double, "dispute")}
    elsewhere = {each["payment_intent"] for each in known.values() if not each["metadata"]}
    for row in rows(world, _REFUNDS):
        at_stripe = known.pop(row["stripe_id"], None)
        if at_stripe is None:
            # Refused by Stripe: right where the bank has the money, or the dashboard gave it back.
            if row["intent_id"] not in disputed | elsewhere or row["status"] != "failed":
                world.breach(f"a refund of {row['amount_minor']} is {row['status']} here, unknown to Stripe")
        elif row["status"] != at_stripe["status"] or row["amount_minor"] != at_stripe["amount"]:
            world.breach(
                f"refund {row['stripe_id']} is {row['status']} here, {at_stripe['status']} at Stripe"
            )
    for unknown in known:
        world.breach(f"refund {unknown} at Stripe is not in the books")
