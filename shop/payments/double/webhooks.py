"""Delivery of events to the shop: signed, in no particular order, repeated until taken."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from stripe import WebhookSignature

from . import contract
from .clock import HOUR, MINUTE
from .faults import Faults, WebhookFault
from .loopback import require_loopback_url
from .state import State

#: Takes (url, body, headers) and gives the status of the answer. Raises OSError for no answer.
Sender = Callable[[str, bytes, Mapping[str, str]], int]

_TIMEOUT_SECONDS = 10.0
#: Waits between tries; together three days, as Stripe's live mode, but quick at first for demos.
BACK_OFF_SECONDS = (
    1,
    5,
    30,
    2 * MINUTE,
    10 * MINUTE,
    HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    24 * HOUR,
    24 * HOUR,
)


@dataclass(frozen=True)
class Delivery:
    """One announcement of an event, due or waiting for its next try."""

    id: int
    event_id: str
    event_type: str
    object_id: str
    attempts: int
    due_at: float


def post(url: str, body: bytes, headers: Mapping[str, str]) -> int:
    """POST to a loop-back address over a real socket and give the status of the answer.

    Raises:
        ValueError: For an address that is not loop-back.
        OSError: When nobody answers.
    """
    parts = urlsplit(require_loopback_url(url))
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=_TIMEOUT_SECONDS)
    try:
        connection.request("POST", target, body=body, headers=dict(headers))
        response = connection.getresponse()
        response.read()
        return response.status
    except http.client.HTTPException as error:
        raise ConnectionError(str(error)) from error
    finally:
        connection.close()


class Webhooks:
    """The queue of deliveries and the hand that empties it.

    Attributes:
        sender: How a delivery is sent; replaceable.
        secret: The signing secret of the endpoint.
    """

    def __init__(self, state: State, faults: Faults, secret: str) -> None:
        self._state = state
        self._faults = faults
        self.secret = secret
        self.sender: Sender = post
        self._sending: set[int] = set()

    @property
    def url(self) -> str | None:
        """Where events go; None announces nothing. Setting it takes loop-back addresses only."""
        return self._state.webhook_url

    @url.setter
    def url(self, url: str | None) -> None:
        self._state.webhook_url = None if url is None else require_loopback_url(url)

    @property
    def in_order(self) -> bool:
        """Whether events emitted from now on are sent in their order. Off: order is no promise."""
        return self._state.in_order

    @in_order.setter
    def in_order(self, value: bool) -> None:
        self._state.in_order = value

    def pending(self) -> list[Delivery]:
        """List the deliveries not yet made, in the order in which they will be."""
        return self._waiting("1")

    def _waiting(self, condition: str, *values: object) -> list[Delivery]:
        rows = self._state.store.run(
            # ``condition`` is written in this module; the values are bound.
            "SELECT d.seq, d.event_id, json_extract(o.body, '$.type'),"  # noqa: S608
            " COALESCE(json_extract(o.body, '$.data.object.id'), ''), d.attempts, d.due_at"
            " FROM deliveries d JOIN objects o ON o.id = d.event_id"
            f" WHERE d.state = 'pending' AND {condition} ORDER BY d.rank, d.seq",
            *values,
        )
        return [Delivery(*row) for row in rows]

    def drop(self, event_id: str) -> None:
        """Lose an event on its way: it is never delivered and stays in the log as undelivered."""
        self._set(event_id, "state = 'dropped'")

    def delay(self, event_id: str, seconds: float) -> None:
        """Hold an event back."""
        self._set(event_id, "due_at = due_at + ?", seconds)

    def duplicate(self, event_id: str) -> None:
        """Deliver an event once more, delivered already or not."""
        self._state.require("event", event_id)
        with self._state.operation():
            self._state.queue(event_id, self._state.clock.now())

    def reorder(self, event_ids: Sequence[str]) -> None:
        """Put events in front of all others, in this order."""
        with self._state.operation():
            for place, event_id in enumerate(event_ids):
                self._set(event_id, "rank = ?", place - len(event_ids))

    def _set(self, event_id: str, change: str, *values: object) -> None:
        self._state.require("event", event_id)
        self._state.store.run(
            # ``change`` is written above; the values are bound.
            f"UPDATE deliveries SET {change} WHERE event_id = ? AND state = 'pending'",  # noqa: S608
            *values,
            event_id,
        )

    def deliver(self, limit: int | None = None) -> int:
        """Send what is due and tell how many deliveries the shop took.

        Sends outside of every lock and transaction, so that the shop may ask the double back.

        Args:
            limit: How many deliveries to try at most; None for all that are due.
        """
        taken, tried = 0, 0
        while self.url is not None and (limit is None or tried < limit):
            delivery = self._claim()
            if delivery is None:
                break
            tried += 1
            try:
                taken += self._send(delivery)
            finally:
                with self._state.store.lock:
                    self._sending.discard(delivery.id)
        return taken

    def _claim(self) -> Delivery | None:
        """Take the next due delivery that no other thread is sending."""
        with self._state.operation():
            due = self._state.store.run(
                "SELECT seq FROM deliveries WHERE state = 'pending' AND due_at <= ? ORDER BY rank, seq",
                self._state.clock.now(),
            )
            free = next((seq for (seq,) in due if seq not in self._sending), None)
            if free is None:
                return None
            self._sending.add(free)
            return self._waiting("d.seq = ?", free)[0]

    def _send(self, delivery: Delivery) -> bool:
        fault = self._faults.for_delivery(delivery.event_type)
        kind = fault.kind if fault else None
        if kind == "drop":
            self._finish(delivery, "dropped")
            return False
        if kind in {"delay", "reorder"} and fault is not None:
            change = "due_at = due_at + ?" if kind == "delay" else "rank = rank + ?"
            # Ranks lie between 0 and 1 or are counted from 1, so this is behind all of them.
            step = fault.delay if kind == "delay" else 1e9
            self._state.store.run(f"UPDATE deliveries SET {change} WHERE seq = ?", step, delivery.id)  # noqa: S608
            return False
        if kind == "duplicate":
            self.duplicate(delivery.event_id)
        body = self._payload(delivery)
        url = self.url
        try:
            status = self.sender(url, body.encode(), self._headers(body, fault)) if url else 0
        except OSError:
            status = 0
        if 200 <= status < 300:
            self._finish(delivery, "delivered")
            return True
        self._retry_later(delivery)
        return False

    def _payload(self, delivery: Delivery) -> str:
        with self._state.operation():
            event = self._state.render(self._state.require("event", delivery.event_id).body)
        if self._state.validate:
            contract.validate_event(event)
        return json.dumps(event, indent=2)

    def _headers(self, body: str, fault: WebhookFault | None) -> dict[str, str]:
        """Sign with the SDK's own signer, at the time outside: the receiver compares with its clock."""
        secret, at = self.secret, self._state.clock.wall()
        if fault is not None:
            secret = "whsec_of_somebody_else" if fault.kind == "bad_signature" else secret
            at += {"future_timestamp": fault.delay, "stale_timestamp": -fault.delay}.get(fault.kind, 0.0)
        signature = WebhookSignature.generate_signature_header(body, secret, int(at))
        return {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Stripe/1.0 (the Stripe double)",
            "Stripe-Signature": str(signature),
        }

    def _finish(self, delivery: Delivery, outcome: str) -> None:
        self._state.store.run(
            "UPDATE deliveries SET state = ?, attempts = attempts + 1 WHERE seq = ?", outcome, delivery.id
        )

    def _retry_later(self, delivery: Delivery) -> None:
        if delivery.attempts >= len(BACK_OFF_SECONDS):
            self._finish(delivery, "failed")
            return
        due_at = self._state.clock.now() + BACK_OFF_SECONDS[delivery.attempts]
        self._state.store.run(
            "UPDATE deliveries SET attempts = attempts + 1, due_at = ? WHERE seq = ?", due_at, delivery.id
        )
