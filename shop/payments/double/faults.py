"""Things that go wrong on command: on the way to the double and on the way of its webhooks."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Literal, TypeVar

_CODES = {409: "lock_timeout", 429: "rate_limit"}
_HTML = (
    "<html><head><title>{status}</title></head><body><h1>{status}</h1>stripe double, injected</body></html>"
)


class DroppedConnectionError(Exception):
    """The connection ends without an answer: the transport hangs up instead of replying."""


@dataclass(frozen=True)
class Fault:
    """One kind of trouble for requests.

    Attributes:
        kind: ``status`` answers something else, ``drop`` hangs up, ``timeout`` hangs up after
            ``delay`` seconds of silence, ``slow`` gives the true answer after ``delay`` seconds.
        status: The status that ``status`` answers.
        path: Pattern of the path, such as ``/v1/refunds`` or ``/v1/payment_intents/*``.
        method: Pattern of the HTTP method.
        times: How many matching requests it hits; None for all until cleared.
        after_effect: Whether the request is executed first.
        headers: Further headers of the answer, such as ``Retry-After``.
        html: Whether the answer is an HTML page, as from a proxy.
        delay: Seconds to wait: before the effect, or after it with ``after_effect``.
        stored: Whether the idempotency key remembers the injected answer. None decides as Stripe
            documents: 5xx yes, since execution began; 409, 429 and others no. With ``after_effect``
            and not stored the key remembers the true answer.
        probability: The share of matching requests it hits, drawn from the seed.
    """

    kind: Literal["status", "drop", "timeout", "slow"] = "status"
    status: int = 500
    path: str = "*"
    method: str = "*"
    times: int | None = 1
    after_effect: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    html: bool = False
    delay: float = 0.0
    stored: bool | None = None
    probability: float = 1.0

    @property
    def keeps_answer(self) -> bool:
        """Tell whether the key remembers the injected answer."""
        if self.kind != "status":
            return False
        return self.status >= 500 if self.stored is None else self.stored

    def text(self) -> str | None:
        """Give the HTML that is answered, or None for JSON."""
        return _HTML.format(status=self.status) if self.html else None

    def error(self) -> dict[str, object]:
        """Give the JSON error that is answered."""
        kind = "invalid_request_error" if self.status < 500 else "api_error"
        error = {"type": kind, "message": f"Injected by the Stripe double: {self.status}."}
        if self.status in _CODES:
            error["code"] = _CODES[self.status]
        return {"error": error}


@dataclass(frozen=True)
class WebhookFault:
    """One kind of trouble for deliveries.

    Attributes:
        kind: ``duplicate`` sends twice, ``reorder`` sends after everything else that is due,
            ``drop`` never sends, ``delay`` sends ``delay`` seconds later, ``bad_signature`` signs
            with another secret, ``future_timestamp`` and ``stale_timestamp`` sign with a time that
            is ``delay`` seconds off.
        event: Pattern of the event type, such as ``checkout.session.*``.
        times: How many matching deliveries it hits; None for all until cleared.
        delay: Seconds.
        probability: The share of matching deliveries it hits, drawn from the seed.
    """

    kind: Literal[
        "duplicate", "reorder", "drop", "delay", "bad_signature", "future_timestamp", "stale_timestamp"
    ]
    event: str = "*"
    times: int | None = 1
    delay: float = 600.0
    probability: float = 1.0


AnyFault = TypeVar("AnyFault", Fault, WebhookFault)


class Faults:
    """The script: faults in the order they were added, each used up after its number of hits."""

    def __init__(self, seed: str) -> None:
        self._lock = threading.Lock()
        self._left: list[tuple[Fault | WebhookFault, int | None]] = []
        # Repeatable trouble, not secrecy.
        self._random = random.Random(f"faults:{seed}")  # noqa: S311

    def add(self, *faults: Fault | WebhookFault) -> None:
        """Script faults; the first one that matches a request or delivery is the one that hits."""
        with self._lock:
            self._left += [(fault, fault.times) for fault in faults]

    def clear(self) -> None:
        """Forget all faults."""
        with self._lock:
            self._left.clear()

    def for_request(self, method: str, path: str) -> Fault | None:
        """Use up and give the fault that hits a request, or None."""
        return self._take(Fault, lambda f: fnmatchcase(path, f.path) and fnmatchcase(method, f.method))

    def for_delivery(self, event_type: str) -> WebhookFault | None:
        """Use up and give the fault that hits a delivery, or None."""
        return self._take(WebhookFault, lambda f: fnmatchcase(event_type, f.event))

    def _take(self, wanted: type[AnyFault], matches: Callable[[AnyFault], bool]) -> AnyFault | None:
        with self._lock:
            for place, (fault, left) in enumerate(self._left):
                if not isinstance(fault, wanted) or not matches(fault):
                    continue
                if fault.probability < 1 and self._random.random() >= fault.probability:
                    continue
                if left is not None and left <= 1:
                    del self._left[place]
                else:
                    self._left[place] = (fault, None if left is None else left - 1)
                return fault
        return None
