"""What the shop counts, for Prometheus: requests, their time, hot answers, connections in use.

Worker processes count in memory-mapped files of one folder (``PROMETHEUS_MULTIPROC_DIR``), and
whichever of them is asked adds them up. A file belongs to a *place* and not to a process: a
worker takes the first free place, and one that replaces a dead worker goes on in its files, so
that counts never fall and files never pile up. Without the folder a process counts for itself.
"""

from __future__ import annotations

import fcntl
import itertools
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
    values,
)
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector
from sqlalchemy import Engine, event

if TYPE_CHECKING:
    from shop.kit.hot.layer import Hits

disable_created_metrics()  # type: ignore[no-untyped-call]

FOLDER = "PROMETHEUS_MULTIPROC_DIR"

#: Upper bounds of the times that are told apart. Seconds; no request takes longer than ten.
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

#: Methods that have a name of their own; a caller may make up others.
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}

#: The process that took a place, the place, and the file whose lock it holds for good.
_taken: dict[int, tuple[str, Any]] = {}


def _place() -> str:
    """Return the place of this process, taken at its first use; the kernel frees it when it ends."""
    mine = _taken.get(os.getpid())
    if mine is None:
        _taken[os.getpid()] = mine = _take_place(Path(os.environ[FOLDER]))
    return mine[0]


def _take_place(folder: Path) -> tuple[str, Any]:
    folder.mkdir(parents=True, exist_ok=True)
    for number in itertools.count():
        file = (folder / f"{number}.lock").open("ab")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            continue
        # What the one before had under way ended with it; what it had counted stays.
        mark_process_dead(number, str(folder))  # type: ignore[no-untyped-call]
        return str(number), file
    raise AssertionError("a count does not end")


class Metrics:
    """The counts of one application."""

    def __init__(self) -> None:
        self.shared = FOLDER in os.environ
        if self.shared and not getattr(values.ValueClass, "of_a_place", False):
            # The library's own way is a file for each process that ever lived.
            values.ValueClass = values.MultiProcessValue(_place)  # type: ignore[no-untyped-call]
            values.ValueClass.of_a_place = True
        self._registry = own = CollectorRegistry()
        by_route = ["route", "method", "status"]
        self._requests = Counter("shop_requests", "Requests answered.", by_route, registry=own)
        self._seconds = Histogram(
            "shop_request_seconds",
            "Time to the answer of requests that were not answered from memory.",
            ["route", "method"],
            buckets=BUCKETS,
            registry=own,
        )
        self.in_flight = self._gauge("shop_requests_in_flight", "Requests at work.")
        self._hits = Counter("shop_hot_hits", "Requests answered from memory.", registry=own)
        self._misses = Counter("shop_hot_misses", "Cacheable requests that were not.", registry=own)
        self._hot_bytes = self._gauge("shop_hot_bytes", "Memory that answers take.")
        self._connections = self._gauge("shop_database_connections_in_use", "Connections of the pool lent.")
        self._limited = Counter("shop_limited", "Requests refused by a limit.", ["policy"], registry=own)
        self._not_limited = Counter(
            "shop_not_limited", "Requests let through because Redis did not count them.", registry=own
        )
        # The library takes a microsecond and more to find a child by its labels.
        self._children: dict[tuple[str, str, str | int], tuple[Counter, Histogram]] = {}

    def _gauge(self, name: str, text: str) -> Gauge:
        return Gauge(name, text, registry=self._registry, multiprocess_mode="livesum")

    def _child(self, route: str, method: str, status: str | int) -> tuple[Counter, Histogram]:
        by = (route, method, status)
        child = self._children.get(by)
        if child is None:
            name = method if method in METHODS else "other"
            child = self._requests.labels(route, name, str(status)), self._seconds.labels(route, name)
            if method in METHODS:  # or a caller could fill the memory with names
                self._children[by] = child
        return child

    def answered(self, route: str, method: str, status: str, seconds: float) -> None:
        """Count a request that was answered."""
        requests, times = self._child(route, method, status)
        requests.inc()
        times.observe(seconds)

    def hot(self, hits: Hits, prepared: int, misses: int, size_bytes: int) -> None:
        """Count answers from memory."""
        for (route, method, status), count in hits.items():
            self._child(route, method, status)[0].inc(count)
        self._hits.inc(prepared + sum(hits.values()))
        self._misses.inc(misses)
        self._hot_bytes.set(size_bytes)

    def limited(self, policy: str) -> None:
        """Count a request that a limit refused."""
        self._limited.labels(policy).inc()

    def not_limited(self) -> None:
        """Count a request that was let through because its caller could not be counted."""
        self._not_limited.inc()

    def watch(self, engine: Engine) -> None:
        """Count the connections that an engine lends."""
        event.listen(engine, "checkout", lambda *_: self._connections.inc())
        event.listen(engine, "checkin", lambda *_: self._connections.dec())

    def text(self, *asked: Collector) -> bytes:
        """Return everything in Prometheus's text format.

        Args:
            *asked: What is not counted as it happens, but looked up now.
        """
        registry = CollectorRegistry()
        if self.shared:
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        for collector in asked:
            registry.register(collector)
        return (b"" if self.shared else generate_latest(self._registry)) + generate_latest(registry)
