"""Counting for :mod:`shop.kit.rate_limits`: in this process, or in a Redis that all processes share.

Redis is spoken to through the storages of the ``limits`` library, which knows its clusters and
sentinels. Its storage in memory is not used: it starts a thread at a time to forget, looks through
every key for that, and grows without a bound while somebody invents addresses.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Protocol

from limits.errors import ConfigurationError, StorageError
from limits.storage import RedisStorage, Storage, storage_from_string
from redis.backoff import NoBackoff
from redis.retry import Retry

from shop.kit.breaker import Breaker, UnavailableError
from shop.kit.clock import seconds_passed

logger = logging.getLogger("shop")

#: How long one call to Redis may take; a request makes two or three of them. Seconds.
REDIS_SECONDS = 0.1

#: Counts kept in memory; the oldest go first. Each takes about 200 bytes.
MOST_COUNTS = 100_000


class UncountableError(Exception):
    """The counts cannot be had now."""


class Counter(Protocol):
    """Counts within windows of time."""

    def add(self, key: str, seconds: int) -> int:
        """Count one more; return how many there are.

        Args:
            key: Of one window.
            seconds: When the count may be forgotten.

        Raises:
            UncountableError: It cannot be counted now.
        """

    def read(self, key: str) -> int:
        """Return how many there are.

        Raises:
            UncountableError: It cannot be read now.
        """


class MemoryCounter:
    """Counts of this process. Thread-safe."""

    def __init__(self, most: int = MOST_COUNTS) -> None:
        self._most = most
        self._counts: dict[str, tuple[int, float]] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._counts)

    def add(self, key: str, seconds: int) -> int:
        """Count one more; return how many there are."""
        now = seconds_passed()
        with self._lock:
            count, until = self._counts.get(key, (0, 0.0))
            if until <= now:
                count, until = 0, now + seconds
                if len(self._counts) >= self._most:
                    self._forget(now)
            self._counts[key] = count + 1, until
            return count + 1

    def read(self, key: str) -> int:
        """Return how many there are."""
        count, until = self._counts.get(key, (0, 0.0))
        return count if until > seconds_passed() else 0

    def _forget(self, now: float) -> None:
        """Drop what is over; where that is too little, the older half."""
        kept = {key: entry for key, entry in self._counts.items() if entry[1] > now}
        if len(kept) > self._most // 2:
            kept = dict(list(kept.items())[len(kept) - self._most // 2 :])
        self._counts = kept


class RedisCounter:
    """Counts of every process that shares a Redis; a Redis in trouble is asked rarely.

    Args:
        url: As ``limits`` takes it: ``redis://``, ``rediss://``, ``redis+unix://``,
            ``redis+sentinel://``, ``redis+cluster://``.

    Raises:
        ValueError: The address is none.
    """

    def __init__(self, url: str) -> None:
        try:
            # Neither connects before it counts: a shop starts without its Redis.
            found = storage_from_string(
                url,
                wrap_exceptions=True,
                socket_timeout=REDIS_SECONDS,
                socket_connect_timeout=REDIS_SECONDS,
                retry=Retry(NoBackoff(), 0),  # type: ignore[arg-type]
                key_prefix="shop:limits",
            )
        except (ConfigurationError, ValueError) as error:
            raise ValueError(str(error)) from None
        if not isinstance(found, RedisStorage):
            raise ValueError("it is not the address of a Redis")
        self._storage: Storage = found
        self._breaker = Breaker("Redis")

    def add(self, key: str, seconds: int) -> int:
        """Count one more; return how many there are."""
        return self._ask(lambda: self._storage.incr(key, seconds))

    def read(self, key: str) -> int:
        """Return how many there are."""
        return self._ask(lambda: self._storage.get(key))

    def _ask(self, question: Callable[[], int]) -> int:
        try:
            with self._breaker.call(StorageError):
                return question()
        except StorageError as error:
            # Once for each failure that was met, and not for each request that is let through.
            logger.warning("Redis did not count, so nobody is limited: %s", error.storage_error)
            raise UncountableError from error
        except UnavailableError as error:
            raise UncountableError from error
