"""An HTTP client over real sockets, with the face of Flask's test client.

So that a step of ``tests/shopper.py`` is the same in process and against a running server.
"""

from __future__ import annotations

import http.client
import json as codec
import urllib.parse
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

TIMEOUT_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class WireAnswer:
    """What came back, named as in Flask's test client."""

    status_code: int
    headers: http.client.HTTPMessage
    data: bytes

    @property
    def text(self) -> str:
        return self.data.decode()

    @property
    def json(self) -> Any:
        return codec.loads(self.data)


class WireClient:
    """Calls a server; threads may share it.

    Each request has a connection of its own, and none is ever sent twice: a connection that
    breaks is an ``OSError`` or ``http.client.HTTPException`` for the caller to judge.
    """

    def __init__(self, base_url: str, *, timeout: float = TIMEOUT_SECONDS) -> None:
        self.base_url, self.timeout = base_url, timeout

    def open(
        self,
        path: str,
        *,
        method: str,
        json: Any = None,
        data: str | bytes | Mapping[str, str] | None = None,
        content_type: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> WireAnswer:
        """Send one request and read its answer."""
        sent = dict(headers or {})
        if json is not None:
            data, content_type = codec.dumps(json), "application/json"
        elif isinstance(data, Mapping):
            data, content_type = urllib.parse.urlencode(data), "application/x-www-form-urlencoded"
        if content_type:
            sent["Content-Type"] = content_type
        body = data.encode() if isinstance(data, str) else data
        where = urllib.parse.urlsplit(urllib.parse.urljoin(self.base_url, path))
        return self._send(method, f"{where.path}?{where.query}".rstrip("?"), body, sent)

    def _send(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> WireAnswer:
        with closing(self._connection()) as connection:
            return _exchange(connection, method, path, body, {**headers, "Connection": "close"})

    def _connection(self) -> http.client.HTTPConnection:
        where = urllib.parse.urlsplit(self.base_url)
        return http.client.HTTPConnection(where.hostname or "", where.port, timeout=self.timeout)

    def get(self, path: str, **rest: Any) -> WireAnswer:
        return self.open(path, method="GET", **rest)

    def post(self, path: str, **rest: Any) -> WireAnswer:
        return self.open(path, method="POST", **rest)

    def put(self, path: str, **rest: Any) -> WireAnswer:
        return self.open(path, method="PUT", **rest)

    def patch(self, path: str, **rest: Any) -> WireAnswer:
        return self.open(path, method="PATCH", **rest)

    def delete(self, path: str, **rest: Any) -> WireAnswer:
        return self.open(path, method="DELETE", **rest)


class WireLine(WireClient):
    """One connection that is kept: all its requests are answered by the same process."""

    def __init__(self, base_url: str) -> None:
        super().__init__(base_url)
        self.connection = self._connection()
        self.connection.connect()

    @property
    def port(self) -> int:
        """This end of the connection."""
        return int(self.connection.sock.getsockname()[1])

    def _send(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> WireAnswer:
        return _exchange(self.connection, method, path, body, headers)


def _exchange(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    body: bytes | None,
    headers: Mapping[str, str],
) -> WireAnswer:
    connection.request(method, path, body, dict(headers))
    answer = connection.getresponse()
    return WireAnswer(answer.status, answer.headers, answer.read())
