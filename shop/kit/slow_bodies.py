"""Clients that send half a body stop a worker for some seconds at most.

The server hands a request on once its header is there; whoever reads the body waits for it, and
nothing can end that wait: eight clients that hold their bodies back stop a shop of eight threads
for as long as they like. So each body is read before anything else is done, with a note of since
when. A worker whose every thread has waited for ``BODY_SECONDS`` ends, and its parent replaces it.
It loses nothing: no thread of it was doing anything else.

That is a bound and no defence. A proxy in front that takes requests whole before it hands them
on, as nginx does, lets no such client come this far.
"""

from __future__ import annotations

import io
import logging
import os
import threading
import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from flask import Flask

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

logger = logging.getLogger("shop")

#: How long every thread of a worker may wait for bodies at the same time.
BODY_SECONDS = 5.0

_PAUSE_SECONDS = 0.5


def init_slow_bodies(app: Flask, *, threads: int, larger: Mapping[str, int] | None = None) -> None:
    """Have bodies read before an application is asked, and watch how long that takes.

    Args:
        app: Its ``MAX_CONTENT_LENGTH`` is the most that is read; larger bodies are its to refuse.
        threads: Requests that this process works on at a time.
        larger: Paths that take larger bodies, of callers who show a credential, and how large. Bytes.
    """
    inner, since = app.wsgi_app, dict[int, float]()
    most: int = app.config["MAX_CONTENT_LENGTH"]

    def read_first(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        bound = (larger or {}).get(environ.get("PATH_INFO", ""), most)
        length = _length(environ, bound if "HTTP_AUTHORIZATION" in environ else most)
        if length:
            thread = threading.get_ident()
            since[thread] = time.monotonic()
            try:
                environ["wsgi.input"] = io.BytesIO(environ["wsgi.input"].read(length))
            finally:
                del since[thread]
        return inner(environ, start_response)

    def watch() -> None:
        while True:
            time.sleep(_PAUSE_SECONDS)
            waiting = list(since.values())
            if len(waiting) >= threads and time.monotonic() - max(waiting) > BODY_SECONDS:
                logger.error("every thread waits for a body that does not come: this worker is replaced")
                os._exit(1)

    app.wsgi_app = read_first  # type: ignore[method-assign]
    threading.Thread(target=watch, name="slow-bodies", daemon=True).start()


def _length(environ: WSGIEnvironment, most: int) -> int:
    """Return how much there is to read: nothing where there is no body, or one that is refused anyway."""
    announced = environ.get("CONTENT_LENGTH") or ""
    if announced.isdecimal():
        length = int(announced)
        return length if length <= most else 0
    return most + 1 if "HTTP_TRANSFER_ENCODING" in environ else 0
