"""What really happened at Stripe: read from the stand-in's own rows, past its API."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from shop.payments.double import StripeDouble


@dataclass
class Charged:
    """What Stripe did for one reference (an order's number).

    Attributes:
        sessions: Checkout Sessions, each with its status.
        received: Minor units received.
        returned: Minor units given back, or on their way.
        underway: Whether money was accepted and has not arrived.
        authorized: Whether a bank holds money for the shop.
        disputed: Whether a bank took money back, or did.
    """

    sessions: dict[str, str] = field(default_factory=dict)
    expires: int = 0
    received: int = 0
    returned: int = 0
    underway: bool = False
    authorized: bool = False
    disputed: bool = False

    @property
    def kept(self) -> int:
        """Minor units that the shop has."""
        return self.received - self.returned

    @property
    def open(self) -> bool:
        """Whether it can still be paid."""
        return "open" in self.sessions.values()


def objects(double: StripeDouble, *kinds: str) -> list[dict[str, Any]]:
    """Read all objects of some kinds, oldest first."""
    marks = ", ".join("?" * len(kinds))
    rows = double._store.run(f"SELECT body FROM objects WHERE kind IN ({marks}) ORDER BY seq", *kinds)
    return [json.loads(body) for (body,) in rows]


#: Statuses in which the bank has not decided.
_UNDECIDED = {"payment_intent": "processing", "refund": "pending", "dispute": "needs_response"}


def undecided(double: StripeDouble) -> list[dict[str, Any]]:
    """List the payments, refunds and disputes that the bank has not decided."""
    found = objects(double, *_UNDECIDED)
    return [each for each in found if each["status"] == _UNDECIDED[each["object"]]]


def charged(double: StripeDouble) -> dict[str, Charged]:
    """Sum up what Stripe did, by the reference that the shop gave."""
    found: dict[str, Charged] = defaultdict(Charged)
    owner: dict[str, str] = {}
    for each in objects(double, "checkout.session", "payment_intent", "refund", "dispute"):
        if each["object"] == "checkout.session":
            reference = each["client_reference_id"] or each["id"]
            found[reference].sessions[each["id"]] = each["status"]
            found[reference].expires = max(found[reference].expires, each["expires_at"])
        elif each["object"] == "payment_intent":
            reference = each["metadata"].get("order") or each["id"]
            owner[each["id"]] = reference
            found[reference].received += each["amount_received"]
            found[reference].underway |= each["status"] == "processing"
            found[reference].authorized |= each["status"] == "requires_capture"
        elif each["object"] == "dispute":
            found[owner[each["payment_intent"]]].disputed = True
        elif each["status"] in ("pending", "succeeded", "requires_action"):
            found[owner[each["payment_intent"]]].returned += each["amount"]
    return found
