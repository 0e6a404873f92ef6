"""Idempotency keys as Stripe documents them: the first answer of an executed request is the answer.

Source:
    docs.stripe.com/api/idempotent_requests (API v1).
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from .clock import DAY
from .errors import StripeError, invalid
from .state import State

KEPT_SECONDS = DAY
_MAX_KEY = 255


@dataclass(frozen=True)
class Executed:
    """The answer of a request that was executed; the body still without rendered links."""

    status: int
    body: dict[str, Any]
    headers: tuple[tuple[str, str], ...] = ()
    #: The text sent instead of ``body``, for an injected answer that is not JSON.
    text: str | None = None


@dataclass(frozen=True)
class Call:
    """What makes two requests the same: the endpoint and the parameters."""

    key: str
    endpoint: str
    fingerprint: str


def call(key: str, method: str, path: str, given: dict[str, Any]) -> Call:
    """Name a request by its key.

    Raises:
        StripeError: 400 for a key that is empty or longer than 255 characters.
    """
    if not 0 < len(key) <= _MAX_KEY:
        raise invalid(f"Idempotency keys have 1 to {_MAX_KEY} characters.")
    text = json.dumps(given, sort_keys=True)
    return Call(key, f"{method} {path}", hashlib.sha256(text.encode()).hexdigest())


def find(state: State, wanted: Call) -> tuple[Executed, str] | None:
    """Find the kept answer of a key, with the id of the request that earned it.

    Raises:
        StripeError: 400 ``idempotency_error`` when the key was used for something else.
    """
    rows = state.store.run(
        "SELECT endpoint, fingerprint, status, headers, body, request_id FROM idempotency_keys"
        " WHERE key = ? AND created > ?",
        wanted.key,
        state.clock.now() - KEPT_SECONDS,
    )
    if not rows:
        return None
    endpoint, fingerprint, status, headers, body, request_id = rows[0]
    if endpoint != wanted.endpoint:
        raise _reused(wanted.key, f"the endpoint was {endpoint}")
    if fingerprint != wanted.fingerprint:
        raise _reused(wanted.key, "the parameters were others")
    kept = json.loads(body)
    pairs = tuple((name, value) for name, value in json.loads(headers))
    return Executed(status, kept["json"], pairs, kept["text"]), request_id


def _reused(key: str, why: str) -> StripeError:
    text = f"The idempotency key '{key}' was used before and {why}: a key names one operation only."
    return StripeError(text, kind="idempotency_error")


def keep(state: State, done: Call, answer: Executed, request_id: str) -> None:
    """Keep the answer of an executed request, in the transaction of its effects."""
    state.store.run(
        "INSERT OR REPLACE INTO idempotency_keys"
        " (key, endpoint, fingerprint, created, request_id, status, headers, body)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        done.key,
        done.endpoint,
        done.fingerprint,
        state.clock.now(),
        request_id,
        answer.status,
        json.dumps(answer.headers),
        json.dumps({"json": answer.body, "text": answer.text}),
    )


def forget(state: State) -> None:
    """Drop keys older than 24 hours."""
    state.store.run("DELETE FROM idempotency_keys WHERE created <= ?", state.clock.now() - KEPT_SECONDS)


class InFlight:
    """The keys whose first request is still running; a twin meanwhile is a conflict."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._keys: set[str] = set()

    @contextmanager
    def claim(self, key: str | None) -> Iterator[None]:
        """Hold a key while its request runs.

        Raises:
            StripeError: 409 ``idempotency_key_in_use`` while another request holds it.
        """
        if key is None:
            yield
            return
        with self._lock:
            if key in self._keys:
                text = "Another request with this idempotency key is in progress."
                raise StripeError(text, status=409, kind="idempotency_error", code="idempotency_key_in_use")
            self._keys.add(key)
        try:
            yield
        finally:
            with self._lock:
                self._keys.discard(key)
