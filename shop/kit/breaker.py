"""Living with a service that is down or slow: ask it rarely, and never with every thread.

Two rules, kept by each process for itself:

* **Breaker.** After five failures in a row nobody asks for ten seconds; then one request does,
  and its luck decides for the others.
* **Bulkhead.** Only so many requests at a time wait for the service: a quarter of the worker's
  threads. While it answers, a request more waits its turn for a moment. While it does not, a
  request more is refused at once, so that the other threads stay free for everything that needs
  no such service.

Own code and not a library: pybreaker and its kin count failures but know neither bulkheads nor a
clock that tests can move.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from shop.kit import deadline
from shop.kit.clock import seconds_passed

#: How many failures in a row it takes to stop asking.
FAILURES = 5

#: How long nobody asks then. Seconds.
PAUSE_SECONDS = 10.0

#: A call that takes longer than this says that the service is slow. Seconds.
SLOW_SECONDS = 1.0

#: How long a request waits its turn while the service answers. Seconds.
TURN_SECONDS = 2.0


class UnavailableError(Exception):
    """The service is not asked now.

    Attributes:
        retry_after: When to try again. Whole seconds.
    """

    def __init__(self, message: str, retry_after: int = 1) -> None:
        self.retry_after = retry_after
        super().__init__(message)


class Breaker:
    """Guards the calls to one service. Thread-safe.

    Args:
        name: For messages.
        at_once: How many may wait for the service at a time; None: any number.
    """

    def __init__(self, name: str, *, at_once: int | None = None) -> None:
        self._name = name
        self._at_once = at_once or math.inf
        self._changed = threading.Condition()
        #: When each call under way began.
        self._under_way: list[float] = []
        self._failures = 0
        self._closed_until = -math.inf

    @contextmanager
    def call(self, *failures: type[BaseException]) -> Iterator[None]:
        """Make a call in the block.

        Args:
            *failures: Exceptions that mean the service is in trouble; any other is its answer.

        Raises:
            UnavailableError: It is not asked now.
        """
        began = self._enter()
        failed: bool | None = None
        try:
            yield
            failed = False
        except failures:
            failed = True
            raise
        except Exception:
            failed = False
            raise
        finally:
            self._leave(began, failed)

    def _enter(self) -> float:
        """Take a place among those who wait for the service."""
        asked_at = time.monotonic()
        with self._changed:
            while len(self._under_way) >= self._at_once:
                patience = (
                    min(asked_at + TURN_SECONDS, min(self._under_way) + SLOW_SECONDS) - time.monotonic()
                )
                patience = min(patience, deadline.remaining())
                if self._failures or patience <= 0:
                    raise UnavailableError(f"{self._name} is slow, and enough requests wait for it")
                self._changed.wait(patience)
            if self._failures >= FAILURES:
                left = self._closed_until - seconds_passed()
                if left > 0:
                    raise UnavailableError(f"{self._name} failed {self._failures} times", math.ceil(left))
                # This one asks; the others wait for what comes of it.
                self._closed_until = seconds_passed() + PAUSE_SECONDS
            began = time.monotonic()
            self._under_way.append(began)
            return began

    def _leave(self, began: float, failed: bool | None) -> None:
        with self._changed:
            self._under_way.remove(began)
            if failed is not None:
                self._failures = self._failures + 1 if failed else 0
            if failed and self._failures >= FAILURES:
                self._closed_until = seconds_passed() + PAUSE_SECONDS
            self._changed.notify_all()
