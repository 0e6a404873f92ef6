"""How an order may move: forward only, each step from the states it may come from."""

from __future__ import annotations

from typing import Literal

Status = Literal[
    "pending_payment", "authorized", "paid", "partially_refunded", "refunded", "expired", "canceled"
]

Fulfilment = Literal["unfulfilled", "partially_fulfilled", "fulfilled"]

#: Statuses of an order whose bags may be sent.
SENDABLE: tuple[Status, ...] = ("paid", "partially_refunded")

#: New status: statuses it may be reached from.
TRANSITIONS: dict[Status, frozenset[Status]] = {
    "authorized": frozenset({"pending_payment"}),
    "paid": frozenset({"pending_payment", "authorized"}),
    "expired": frozenset({"pending_payment", "authorized"}),
    "canceled": frozenset({"pending_payment", "authorized"}),
}

#: Statuses of an order whose money came. Which of them is a function of what went back; a refund
#: that fails at the bank after all leads back.
SETTLED: tuple[Status, ...] = ("paid", "partially_refunded", "refunded")


#: Statuses of an order that came to nothing; none leads on.
ENDED: tuple[Status, ...] = ("expired", "canceled")


def settled_status(captured_minor: int, refunded_minor: int) -> Status:
    """Return the status of an order whose money came.

    Args:
        captured_minor: Minor units received.
        refunded_minor: Minor units that have gone back.
    """
    if refunded_minor == 0:
        return "paid"
    return "refunded" if refunded_minor >= captured_minor else "partially_refunded"


def may_follow(before: Status | None, after: Status) -> bool:
    """Return whether a status may come after another in an order's history.

    Args:
        before: None for an order that was just placed.
        after: The status moved to.
    """
    if before is None:
        return after == "pending_payment"
    if before in SETTLED:
        return after in SETTLED and after != before
    return before in TRANSITIONS.get(after, frozenset())


def fulfilment_of(sent: int, left: int) -> Fulfilment:
    """Return how far an order was sent.

    Args:
        sent: Whole pieces that left.
        left: Whole pieces that are still to be sent; those given back for money are not.
    """
    if not sent:
        return "unfulfilled"
    return "partially_fulfilled" if left else "fulfilled"
