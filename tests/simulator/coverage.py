"""What went wrong, counted: a run that never hurt an operation has shown nothing about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import product

#: Where a process may be killed.
DEATHS = ("statement", "commit", "committed", "ask", "answered")
#: What a process of the shop works on.
OPERATIONS = ("complete", "cancel", "webhook", "return", "reconcile", "timer", "refund", "decide")
#: How a call to Stripe may fail; the names are the keys of ``trouble.STRIPE_FAULTS``.
FAILURES = (
    "no answer, nothing done",
    "no answer, yet done",
    "500, nothing done",
    "500, yet done",
    "409",
    "429",
)
#: What Stripe is asked; the names are those of ``stripe_calls.CALLS``.
CALLS = (
    "open checkout",
    "read checkout",
    "close checkout",
    "capture",
    "void",
    "refund",
    "list refunds",
    "list events",
    "read intent",
)
#: How a webhook may go astray.
ASTRAY = ("duplicate", "reorder", "delay", "drop", "bad_signature", "stale_timestamp")
EVENTS = (
    "checkout.session.completed",
    "checkout.session.expired",
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "payment_intent.amount_capturable_updated",
    "charge.refunded",
)
#: Who may come in between, while an operation is paused.
RIVALS = ("complete", "second tab", "cancel", "webhook", "return", "reconcile", "refund", "decide", "clock")
#: Where they may.
INTERRUPTED = ("complete", "cancel", "webhook", "return", "reconcile", "timer", "refund", "decide")

Pair = tuple[str, str]

#: Every pair that a run must have exercised, by kind of fault.
AXES: dict[str, tuple[Pair, ...]] = {
    "killed": tuple(product(DEATHS, OPERATIONS)),
    "stripe": tuple(product(FAILURES, CALLS)),
    "astray": tuple(product(ASTRAY, EVENTS)),
    "rival": tuple(product(RIVALS, INTERRUPTED)),
}


@dataclass
class Coverage:
    """Counts of each fault on each operation, over any number of histories."""

    counts: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def hit(self, axis: str, fault: str, operation: str) -> None:
        """Count a fault that really happened."""
        self.counts[axis, fault, operation] += 1

    def __add__(self, other: Coverage) -> Coverage:
        return Coverage(self.counts + other.counts)

    def wanted(self) -> Iterable[tuple[str, str, str]]:
        """List what a run must have exercised."""
        return ((axis, *pair) for axis, pairs in AXES.items() for pair in pairs)

    def fewest(self) -> tuple[tuple[str, str, str], int]:
        """Return the pair that was exercised least, and how often."""
        rarest = min(self.wanted(), key=lambda name: self.counts[name])
        return rarest, self.counts[rarest]

    def missing(self, minimum: int, *, half: int | None = None) -> set[tuple[str, str, str]]:
        """Return the pairs exercised less often than a minimum.

        Args:
            minimum: How often each has to be.
            half: 0 for those that even seeds have to show, 1 for odd ones; None for all.
        """
        return {
            (axis, *pair)
            for axis, pairs in AXES.items()
            for place, pair in enumerate(pairs)
            if half in (None, place % 2) and self.counts[axis, *pair] < minimum
        }

    @property
    def faults(self) -> int:
        """How many faults were injected; rivals are no faults."""
        return sum(count for (axis, _, _), count in self.counts.items() if axis != "rival")
