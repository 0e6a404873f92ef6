"""How an order may move: forward only, each step from the states it may come from."""

from __future__ import annotations

from typing import Literal

Status = Literal["pending_payment", "paid", "expired", "canceled", "refunded"]

#: New status: statuses it may be reached from.
TRANSITIONS: dict[Status, frozenset[Status]] = {
    "paid": frozenset({"pending_payment"}),
    "expired": frozenset({"pending_payment"}),
    "canceled": frozenset({"pending_payment"}),
    "refunded": frozenset({"paid"}),
}
