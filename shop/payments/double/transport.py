"""The SDK's transport without a socket: the official client talks to the double in process."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import stripe

from .double import StripeDouble
from .faults import DroppedConnectionError


class AnswerHeaders(Mapping[str, str]):
    """Headers looked up in any case, as the SDK does."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self._values = {name.lower(): value for name, value in pairs}
        self._names = [name for name, _ in pairs]

    def __getitem__(self, name: str) -> str:
        return self._values[name.lower()]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


class InProcessHTTPClient(stripe.HTTPClient):
    """Carries the SDK's requests to a double in the same process, through its WSGI interface.

    Everything else is the SDK: encoding, headers, retries, error mapping. Only the wait between
    retries is left out, unless ``retry_delay`` asks for one.
    """

    name = "stripe-double"

    def __init__(
        self, double: StripeDouble, *, timeout: float | None = None, retry_delay: float | None = 0.0
    ) -> None:
        """Connect to a double.

        Args:
            double: Who answers.
            timeout: Seconds after which a slow answer counts as none; None waits for it.
            retry_delay: Seconds between the SDK's retries; None for the SDK's own back-off.
        """
        super().__init__()
        self._double = double
        self._timeout = timeout
        self._retry_delay = retry_delay

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[Any, int, Mapping[str, str]]:
        """Send one request.

        Raises:
            stripe.APIConnectionError: When the double hangs up or is slower than the time-out.
        """
        environ = self._environ(method, url, headers or {}, post_data)
        answered: list[tuple[int, AnswerHeaders]] = []

        def start_response(status: str, pairs: list[tuple[str, str]], *_: object) -> Any:
            answered.append((int(status[:3]), AnswerHeaders(pairs)))

        try:
            body = b"".join(self._double(environ, start_response))
        except DroppedConnectionError as error:
            # The SDK's class is not typed.
            lost = stripe.APIConnectionError(f"no answer: {error}", should_retry=True)  # type: ignore[no-untyped-call]
            raise lost from error
        status, received = answered[0]
        return body, status, received

    def _environ(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        post_data: Any,
    ) -> dict[str, Any]:
        parts = urlsplit(url)
        data = post_data.encode() if isinstance(post_data, str) else post_data or b""
        return {
            "REQUEST_METHOD": method.upper(),
            "PATH_INFO": parts.path,
            "QUERY_STRING": parts.query,
            "CONTENT_LENGTH": str(len(data)),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.input": io.BytesIO(data),
            "wsgi.url_scheme": parts.scheme,
            "double.in_process": True,
            "double.client_timeout": self._timeout,
            **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()},
        }

    def _sleep_time_seconds(self, num_retries: int) -> float:
        # The SDK's hook for its back-off: at least half a second for each retry otherwise.
        if self._retry_delay is None:
            return float(super()._sleep_time_seconds(num_retries))
        return self._retry_delay

    def close(self) -> None:
        """Do nothing: there is no socket; whoever made the double closes it."""
