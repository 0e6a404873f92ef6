"""The request and the answer inside the double, apart from WSGI."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

MAX_BODY_BYTES = 1 << 20


@dataclass(frozen=True)
class Request:
    """One request, its body read whole.

    ``client_timeout`` is the patience of an in-process client in seconds; None over a socket, where
    the client's own clock decides.
    """

    method: str
    path: str
    query: str
    body: bytes
    headers: dict[str, str]
    in_process: bool = False
    client_timeout: float | None = None

    @classmethod
    def read(cls, environ: WSGIEnvironment) -> Request:
        """Read a WSGI request; a body above 1 MB is cut off there and refused later."""
        length = min(int(environ.get("CONTENT_LENGTH") or 0), MAX_BODY_BYTES + 1)
        headers = {
            key[5:].replace("_", "-").lower(): str(value)
            for key, value in environ.items()
            if key.startswith("HTTP_")
        }
        return cls(
            method=environ["REQUEST_METHOD"],
            path=environ.get("PATH_INFO", "/"),
            query=environ.get("QUERY_STRING", ""),
            body=environ["wsgi.input"].read(length) if length > 0 else b"",
            headers=headers,
            in_process=environ.get("double.in_process", False),
            client_timeout=environ.get("double.client_timeout"),
        )

    def text(self) -> str:
        """Read the body as text.

        Raises:
            UnicodeDecodeError: For bytes that are not UTF-8.
        """
        return self.body.decode("utf-8")

    def wants_json(self) -> bool:
        """Tell whether a page's visitor is a script."""
        return "application/json" in self.headers.get("accept", "")


@dataclass(frozen=True)
class Answer:
    """One answer, its body whole."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...]

    @classmethod
    def json(cls, status: int, value: dict[str, Any], headers: tuple[tuple[str, str], ...] = ()) -> Answer:
        """Answer JSON."""
        body = json.dumps(value, indent=2).encode()
        return cls(status, body, (("Content-Type", "application/json"), *headers))

    @classmethod
    def html(cls, status: int, text: str, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
        """Answer a page."""
        return cls(status, text.encode(), (("Content-Type", "text/html; charset=utf-8"), *headers))


#: Waits some seconds, or less when the double is closed.
Sleep = Callable[[float], None]
