"""The transport to Stripe, guarded: asked rarely while it is down, and never past a request's end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import stripe

from shop.kit import deadline
from shop.kit.breaker import Breaker, UnavailableError

#: Carries requests to Stripe or to its stand-in.
Transport: TypeAlias = stripe.HTTPClient

#: What comes back: body, status, headers.
Answer: TypeAlias = tuple[Any, int, Mapping[str, str]]

#: Seconds to connect and to wait for an answer, where the request that asks has as much left.
TIMEOUT = (1.0, 2.5)

#: What is kept of a request's time for writing down what Stripe answered. Seconds.
KEPT_SECONDS = 2.0

#: With less than this left Stripe is not asked: it could not answer in time. Seconds.
LEAST_SECONDS = 0.5


def time_left() -> float:
    """Return how long Stripe may still take. Seconds; infinity where nobody waits."""
    return deadline.remaining() - KEPT_SECONDS


class BoundedRequestsClient(stripe.RequestsClient):
    """The SDK's own transport, whose tries together end before the request that asks does."""

    def __init__(self) -> None:
        super().__init__()

    @property
    def _timeout(self) -> tuple[float, float]:
        left = max(time_left(), LEAST_SECONDS)
        return min(TIMEOUT[0], left), min(TIMEOUT[1], left)

    @_timeout.setter
    def _timeout(self, _value: object) -> None:
        """Ignore the SDK's own default."""

    def _should_retry(self, *args: Any, **kwargs: Any) -> bool:
        return (
            bool(super()._should_retry(*args, **kwargs)) and time_left() > self.INITIAL_DELAY + LEAST_SECONDS
        )


class _TroubleError(Exception):
    """Stripe answered that it is in trouble."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer


class GuardedClient(stripe.HTTPClient):
    """Passes calls on to a transport, each with its retries, behind a breaker."""

    name = "guarded"

    def __init__(self, transport: Transport, breaker: Breaker) -> None:
        super().__init__()
        self._transport = transport
        self._breaker = breaker

    def request_with_retries(self, *args: Any, **kwargs: Any) -> Answer:
        """Make a call.

        Raises:
            UnavailableError: Stripe is not asked now.
            stripe.APIConnectionError: Stripe did not answer.
        """
        if time_left() < LEAST_SECONDS:
            raise UnavailableError("the request has no time left to ask Stripe")
        try:
            with self._breaker.call(stripe.APIConnectionError, _TroubleError):
                answer: Answer = self._transport.request_with_retries(*args, **kwargs)
                if answer[1] >= 500 or answer[1] == 429:
                    raise _TroubleError(answer)
                return answer
        except _TroubleError as trouble:
            return trouble.answer

    def close(self) -> None:
        """Let go of the transport's connections."""
        self._transport.close()  # type: ignore[no-untyped-call]
