"""What must hold: at every moment that anyone could look, and once the world has recovered."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

from sqlalchemy import text

from tests.audited import breaches
from tests.simulator import stripe_truth
from tests.simulator.shoppers import Buyer
from tests.simulator.stripe_truth import Charged
from tests.simulator.world import World

ENDED = ("canceled", "expired")
SETTLED = ("paid", "partially_refunded", "refunded")
WAITING = ("pending_payment", "authorized")

_ORDERS = """
    SELECT o.number, o.status, o.total_minor, o.cart_id, p.status AS payment, p.session_id, p.capture,
           p.captured_minor, p.refunded_minor, o.id AS order_id, p.id AS payment_id
    FROM orders o JOIN payment p ON p.reference = o.number ORDER BY o.number
"""
#: Pieces of an order's lines, and of its holds by status.
_LINES = "SELECT o.number, l.sku, l.quantity FROM order_line l JOIN orders o ON o.id = l.order_id"
_HOLDS = """
    SELECT o.number, v.sku, h.quantity, h.status, h.ends_at
    FROM hold h JOIN orders o ON o.id = h.owner JOIN variant v ON v.id = h.variant_id
"""
_HELD = """
    SELECT v.sku, s.location_id, s.on_hand, s.held,
           (SELECT COALESCE(SUM(h.quantity), 0) FROM hold h WHERE h.status = 'active'
            AND h.variant_id = s.variant_id AND h.location_id = s.location_id) AS promised
    FROM stock s JOIN variant v ON v.id = s.variant_id WHERE v.sku IN :skus
"""
_LEFT = """
    SELECT v.sku, SUM(s.on_hand) AS on_hand FROM stock s JOIN variant v ON v.id = s.variant_id
    WHERE v.sku IN :skus GROUP BY v.sku
"""
_RESTOCKED = """
    SELECT l.sku, r.quantity FROM refunded_line r JOIN order_line l
    ON l.order_id = r.order_id AND l.position = r.line_position WHERE r.restocked
"""
_OF_CHECKOUTS = """
    SELECT o.number, o.checkout_id, p.ends_at FROM orders o JOIN payment p ON p.reference = o.number
    WHERE o.status = 'pending_payment'
"""
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


def rows(world: World, statement: str) -> list[dict[str, Any]]:
    """Read rows as dictionaries, past the shop's code."""
    skus = ", ".join(f"'{sku}'" for sku in world.pieces)
    with world.engine.connect() as connection:
        found = connection.execute(text(statement.replace(":skus", f"({skus})")))
        return [dict(row) for row in found.mappings()]


class Books:
    """The shop's orders beside what Stripe really did."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.orders = rows(world, _ORDERS)
        self.stripe = stripe_truth.charged(world.double)
        self.lines = _by_number(rows(world, _LINES))
        self.holds = rows(world, _HOLDS)

    def charged(self, order: dict[str, Any]) -> Charged:
        """Return what Stripe did for an order."""
        return self.stripe.get(order["number"], Charged())

    def held(self, number: str, *statuses: str) -> Counter[str]:
        """Count the pieces of an order's holds that have one of some statuses."""
        return _pieces(hold for hold in self.holds if hold["number"] == number and hold["status"] in statuses)


def _by_number(found: list[dict[str, Any]]) -> dict[str, Counter[str]]:
    return {
        number: _pieces(row for row in found if row["number"] == number)
        for number in {row["number"] for row in found}
    }


def _pieces(found: Any) -> Counter[str]:
    pieces: Counter[str] = Counter()
    for row in found:
        pieces[row["sku"]] += row["quantity"]
    return pieces


def watch(world: World) -> None:
    """Check what must hold at every moment, also right after a process was killed."""
    books = Books(world)
    for order in books.orders:
        _watch_order(world, books, order)
    for row in rows(world, _HELD):
        if not 0 <= row["held"] <= row["on_hand"]:
            world.breach(f"{row['sku']}: {row['held']} held of {row['on_hand']} on hand")
        if row["held"] != row["promised"]:
            world.breach(f"{row['sku']}: {row['held']} held, {row['promised']} in active holds")
    live = Counter(order["cart_id"] for order in books.orders if order["status"] in (*WAITING, *SETTLED))
    for cart, count in live.items():
        if count > 1:
            world.breach(f"cart {cart} has {count} orders that take its money")
    gone: Counter[str] = Counter()
    for order in books.orders:
        if order["status"] in SETTLED:
            gone += books.lines[order["number"]]
    gone.subtract(_pieces(rows(world, _RESTOCKED)))
    for row in rows(world, _LEFT):
        left = world.pieces[row["sku"]] - gone[row["sku"]]
        if row["on_hand"] != left:
            world.breach(f"{row['sku']}: {row['on_hand']} on hand where {left} are left after sales")


def _watch_order(world: World, books: Books, order: dict[str, Any]) -> None:
    number, status, charged = order["number"], order["status"], books.charged(order)
    if status in ENDED:
        _watch_ended(world, books, order)
    if status in SETTLED:
        wanted = order["captured_minor"] if order["capture"] == "manual" else order["total_minor"]
        if charged.received != wanted or not charged.received:
            world.breach(f"order {number} is {status}, but Stripe received {charged.received}, not {wanted}")
        if books.held(number, "sold") != books.lines[number]:
            world.breach(f"order {number} is {status}, but other pieces were sold for it")
    if status in WAITING:
        _watch_waiting(world, books, order)


def _watch_waiting(world: World, books: Books, order: dict[str, Any]) -> None:
    number, status, charged = order["number"], order["status"], books.charged(order)
    # Lapsed pieces may have been taken again, and then count twice.
    statuses = ("active",) if status == "authorized" else ("active", "lapsed")
    if books.lines[number] - books.held(number, *statuses):
        world.breach(f"order {number} is {status} without its pieces")
    holds = [hold for hold in books.holds if hold["number"] == number and hold["status"] == "active"]
    ends = min((_seconds(hold["ends_at"]) for hold in holds), default=None)
    if ends is None:
        return
    if charged.open and ends <= charged.expires:
        world.breach(f"order {number} can be paid after its hold has ended")
    if order["payment"] in ("processing", "authorized") and ends <= world.now.timestamp():
        world.breach(f"order {number} has lost its pieces while its money waits")


def _watch_ended(world: World, books: Books, order: dict[str, Any]) -> None:
    number, status, charged = order["number"], order["status"], books.charged(order)
    if books.held(number, "active"):
        world.breach(f"order {number} is {status} and still holds pieces")
    if order["payment"] == "quarantined":
        return
    if charged.open:
        world.breach(f"order {number} is {status} and can still be paid")
    if charged.underway:
        world.breach(f"order {number} is {status} while its money is on the way")
    if charged.kept > 0 and order["payment"] != "paid":
        world.breach(f"order {number} was paid at Stripe, and is {status} without looking there")


def _seconds(moment: datetime | str) -> float:
    """Return a stored moment in seconds since 1970; SQLite keeps it as text, in UTC."""
    found = datetime.fromisoformat(moment).replace(tzinfo=UTC) if isinstance(moment, str) else moment
    return found.timestamp()


def waits_for(world: World, buyer: Buyer) -> str | None:
    """Return the number of the order that a shopper's latest checkout became and that can still be paid."""
    moment = world.now.timestamp()
    for order in rows(world, _OF_CHECKOUTS):
        same = UUID(str(order["checkout_id"])) == UUID(buyer.keyed["id"])
        # Stripe opens no payment whose end is less than half an hour away.
        if same and _seconds(order["ends_at"]) > moment + 31 * 60:
            return str(order["number"])
    return None


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
    in_cart = _by_number(rows(world, _CARTS))
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
