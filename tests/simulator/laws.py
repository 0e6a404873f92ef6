"""What must hold at every moment that anyone could look, also right after a process was killed."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

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
        self.lines = by_number(rows(world, _LINES))
        self.holds = rows(world, _HOLDS)

    def charged(self, order: dict[str, Any]) -> Charged:
        """Return what Stripe did for an order."""
        return self.stripe.get(order["number"], Charged())

    def held(self, number: str, *statuses: str) -> Counter[str]:
        """Count the pieces of an order's holds that have one of some statuses."""
        return _pieces(hold for hold in self.holds if hold["number"] == number and hold["status"] in statuses)


def by_number(found: list[dict[str, Any]]) -> dict[str, Counter[str]]:
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
