"""The double's time: the wall clock plus an offset that tests move and the state file keeps."""

from __future__ import annotations

from collections.abc import Callable

from .store import Store

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR
_OFFSET = "clock_offset_seconds"


class Clock:
    """What the double believes the time to be; it never runs backwards."""

    def __init__(self, wall: Callable[[], float], store: Store) -> None:
        self._wall = wall
        self._store = store

    def now(self) -> float:
        """Tell the double's time, in seconds since 1970."""
        return self._wall() + float(self._store.setting(_OFFSET) or 0)

    def wall(self) -> float:
        """Tell the time outside, which signatures carry: receivers compare it with their own clock."""
        return self._wall()

    def advance(self, seconds: float) -> None:
        """Move the double's time forward; what falls due is applied by the next request or tick.

        Raises:
            ValueError: For a step backwards.
        """
        if seconds < 0:
            raise ValueError("the double's clock only moves forward")
        with self._store.transaction():
            offset = float(self._store.setting(_OFFSET) or 0) + seconds
            self._store.set_setting(_OFFSET, repr(offset))
