"""Every request is counted, timed and logged by its route, once it is answered."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from time import perf_counter
from typing import TYPE_CHECKING, Any

from shop.kit import logs
from shop.kit.hot import layer
from shop.kit.metrics import METHODS, Metrics
from shop.kit.request_ids import request_id

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

#: The route of addresses that nobody answers: one name, or every scanner would add names.
NOWHERE = "(none)"


class Observation:
    """Tells the metrics and the log of one application what it did."""

    def __init__(self, metrics: Metrics) -> None:
        self.metrics = metrics

    def around(self, app: WSGIApplication) -> WSGIApplication:
        """Observe every request that is handed on to an application."""

        def observed(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            begun_at, answer = perf_counter(), ["500", None]
            self.metrics.in_flight.inc()

            def begin(status: str, headers: Any, exc_info: Any = None, /) -> Callable[[bytes], object]:
                answer[0] = status[:3]
                answer[1] = next((value for name, value in headers if name == "Content-Length"), None)
                return start_response(status, headers, exc_info)

            try:
                return app(environ, begin)
            finally:
                self.metrics.in_flight.dec()
                self._tell(environ, answer[0] or "", answer[1], perf_counter() - begun_at)

        return observed

    def _tell(self, environ: WSGIEnvironment, status: str, length: str | None, seconds: float) -> None:
        route, method = _route(environ), environ["REQUEST_METHOD"]
        self.metrics.answered(route, method, status, seconds)
        if logs.access.isEnabledFor(logging.INFO):
            facts = {
                "request_id": request_id(environ),
                "method": method if method in METHODS else "other",
                "route": route,
                "status": int(status),
                "duration_ms": round(seconds * 1000, 3),
                "bytes": int(length) if length else None,
            }
            logs.access.info("request", extra={"facts": facts})

    def hot(self, hits: layer.Hits, *, prepared: int, misses: int, size_bytes: int) -> None:
        """Count and log answers from memory: together, because a line costs as much as ten of them."""
        self.metrics.hot(hits, prepared, misses, size_bytes)
        for (route, method, status), count in hits.items():
            facts = {"method": method, "route": route, "status": status, "count": count}
            logs.access.info("answered from memory", extra={"facts": facts})


def _route(environ: WSGIEnvironment) -> str:
    """Return the template of the address that was asked for."""
    return environ.get(layer.ROUTE) or NOWHERE
