"""What every operation works on: the store, the clock, ids and the event log, under one transaction."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from . import contract
from .clock import Clock
from .errors import missing
from .ids import Ids
from .store import Record, Store

_HOSTED_PATHS = ("/pay/", "/authenticate/")


class State:
    """The double's world; resource modules are functions on it.

    Attributes:
        base_url: Where pages are served. Links are stored without it and completed when read,
            because the port may be another one after a restart.
        webhook_url: Where events are announced, or None for nowhere.
        refunds_pending: Whether new refunds begin ``pending`` instead of ``succeeded``.
        refund_settles_after: Seconds until a pending refund succeeds by itself; None for never.
        delayed_settles_after: Seconds until a delayed payment succeeds by itself; None for never.
    """

    def __init__(
        self,
        store: Store,
        wall: Callable[[], float],
        *,
        seed: int | None,
        base_url: str,
        webhook_url: str | None,
        validate: bool,
    ) -> None:
        self.store = store
        self.clock = Clock(wall, store)
        self.ids = Ids(store, seed)
        self.base_url = base_url.rstrip("/")
        self.webhook_url = webhook_url
        self.validate = validate
        self.in_order = False
        self.refunds_pending = False
        self.refund_settles_after: float | None = None
        self.delayed_settles_after: float | None = None
        self._request_id: str | None = None
        self._idempotency_key: str | None = None

    @contextmanager
    def operation(self, request_id: str | None = None, key: str | None = None) -> Iterator[None]:
        """Run one operation in one transaction; its events name the request that caused them."""
        with self.store.transaction():
            before = self._request_id, self._idempotency_key
            self._request_id, self._idempotency_key = request_id, key
            try:
                yield
            finally:
                self._request_id, self._idempotency_key = before

    def now(self) -> int:
        """Tell the double's time in whole seconds since 1970, as Stripe writes it."""
        return int(self.clock.now())

    def start(self, kind: str, prefix: str, **fields: object) -> Record:
        """Begin a new object of a type, every field present; the caller fills and saves it."""
        body = contract.blank(kind)
        body.update(id=self.ids.new(prefix), object=kind, created=self.now(), **fields)
        if "livemode" in body:
            body["livemode"] = False
        return Record(body)

    def save(self, record: Record) -> None:
        """Write an object."""
        self.store.put(record)

    def find(self, kind: str, object_id: str) -> Record | None:
        """Read an object of a type, or None."""
        record = self.store.get(object_id)
        return record if record is not None and record.kind == kind else None

    def require(self, kind: str, object_id: str, param: str | None = None) -> Record:
        """Read an object of a type.

        Args:
            kind: Such as ``payment_intent``.
            object_id: From the path, or from the parameter that ``param`` names.
            param: None when the id stands in the path.

        Raises:
            StripeError: ``resource_missing``, 404 for a path and 400 for a parameter.
        """
        record = self.find(kind, object_id)
        if record is None:
            raise missing(kind, object_id, param)
        return record

    def emit(self, event_type: str, record: Record, previous: dict[str, Any] | None = None) -> None:
        """Log an event with the object as it is now, and queue its delivery.

        Args:
            event_type: Such as ``payment_intent.succeeded``; the document must know it.
            record: The object the event is about, already saved.
            previous: The former values of changed fields, for ``*.updated`` events.
        """
        event = self.start("event", "evt", type=event_type, api_version=contract.api_version())
        event.body["data"] = {"object": copy.deepcopy(record.body)}
        if previous is not None:
            event.body["data"]["previous_attributes"] = previous
        event.body["request"] = {"id": self._request_id, "idempotency_key": self._idempotency_key}
        del event.body["account"], event.body["context"]
        self.save(event)
        if self.validate:
            contract.validate_event(self.render(event.body))
        if self.webhook_url is not None:
            self.queue(event.id, self.clock.now())

    def queue(self, event_id: str, due_at: float) -> None:
        """Queue one delivery of an event. Its place is drawn from the seed: order is no promise."""
        place = self.store.run("SELECT COALESCE(MAX(seq), 0) + 1 FROM deliveries")[0][0]
        rank = float(place) if self.in_order else self.ids.fraction("rank", event_id, str(place))
        self.store.run(
            "INSERT INTO deliveries (event_id, rank, due_at, attempts, state) VALUES (?, ?, ?, 0, 'pending')",
            event_id,
            rank,
            due_at,
        )

    def render(self, body: dict[str, Any]) -> dict[str, Any]:
        """Give an answer as it is shown: links completed, events with their open deliveries counted."""
        shown: dict[str, Any] = self._shown(body)
        return shown

    def _undelivered(self, event_id: str) -> int:
        rows = self.store.run(
            "SELECT COUNT(*) > 0 AND SUM(state = 'delivered') = 0 FROM deliveries WHERE event_id = ?",
            event_id,
        )
        return int(rows[0][0] or 0)

    def _shown(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._shown(item) for item in value]
        if not isinstance(value, dict):
            return value
        shown = {key: self._shown(item) for key, item in value.items()}
        link = shown.get("url")
        if isinstance(link, str) and link.startswith(_HOSTED_PATHS):
            shown["url"] = self.base_url + link
        if shown.get("object") == "event":
            shown["pending_webhooks"] = self._undelivered(shown["id"])
        return shown
