"""How long the request at work may still take: nobody waits more than ten seconds.

A time budget per request, because limits that are each sensible add up: a lock of two
seconds, a pool of two and a provider of seven make eleven. Whatever can wait (the write gate,
the database's socket, Stripe) asks here how long, and gives up with a 503 while somebody still
listens. Work that no caller waits for, such as a command's, has no end.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from flask import Flask

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

#: A request that waited this long gives up. A second is left to say so.
REQUEST_SECONDS = 9.0

_ends_at: ContextVar[float] = ContextVar("deadline", default=math.inf)


def remaining() -> float:
    """Return the seconds the work at hand may still take: none are left below 0; no end is infinity."""
    return _ends_at.get() - time.monotonic()


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Let the block take so many seconds, or what is left of the work around it."""
    token = _ends_at.set(min(_ends_at.get(), time.monotonic() + seconds))
    try:
        yield
    finally:
        _ends_at.reset(token)


def init_deadlines(app: Flask) -> None:
    """Give each request of the application its budget.

    Around the application and not in its hooks: a hook at the end is skipped by what a hook
    before it does wrong, and the thread's next request would begin with no time at all.
    """
    answer = app.wsgi_app

    def answer_in_time(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        with within(REQUEST_SECONDS):
            return answer(environ, start_response)

    app.wsgi_app = answer_in_time  # type: ignore[method-assign]
