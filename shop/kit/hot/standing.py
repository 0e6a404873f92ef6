"""What an answer stands on: as long as that has not moved, the answer is what would be said now."""

from __future__ import annotations

import threading
from array import array
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from flask import Flask, request

from shop.kit.deadline import REQUEST_SECONDS, within

#: Where a request keeps which parts its answer shows.
_PARTS = "shop.parts"


@dataclass(frozen=True, slots=True)
class Mark:
    """What a view says of its answer.

    Attributes:
        look: Reads how far that has moved which the answer stands on; None: nobody can tell, and
            the answer is made anew every second.
        stands: Returns whether what was seen leaves the answer as it was read.
        size: Memory that the mark takes. Bytes.
    """

    look: Callable[[], Any] | None = None
    stands: Callable[[Any], bool] = lambda _seen: False
    size: int = 0


class Standing(Protocol):
    """How far that has moved which many answers stand on, as one process saw it."""

    def look(self) -> object:
        """Look how far it has moved by now."""

    def seen(self) -> object:
        """Return what was seen last; look where nobody has yet."""

    def stands(self, since: Any, parts: Iterable[int] | None) -> bool:
        """Return whether nothing moved since something was seen.

        Args:
            since: What :meth:`seen` returned before the answer was read.
            parts: What the answer shows, of all that may move by itself; None: all of it.
        """


def rests_on(parts: Iterable[int]) -> None:
    """Say which parts the answer of the request at work shows.

    A view that does not say so is taken to show all of them: its answer is made anew more often
    than it need be, and is never wrong.
    """
    request.environ[_PARTS] = array("q", parts)


def mark_of(standing: Standing, since: object) -> Mark:
    """Return the mark of the request at work, once its view has answered."""
    parts: array[int] | None = request.environ.get(_PARTS)
    size = 0 if parts is None else parts.buffer_info()[1] * parts.itemsize
    return Mark(standing.look, lambda _seen: standing.stands(since, parts), size)


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen, and since when it was being looked at."""

    at: float
    seen: Any


class Looks:
    """The last look of each kind; threads share them, and one of them looks for all."""

    def __init__(self, app: Flask, now: Callable[[], float]) -> None:
        self._app, self._now = app, now
        self._last: dict[Callable[[], Any], Look] = {}
        self._lock = threading.Lock()

    def at_most_old(self, look: Callable[[], Any], seconds: float) -> Look | None:
        """Return the last look, a new one where that is older; None where none is to be had in time."""
        found = self._last.get(look)
        if found is not None and found.at + seconds > self._now():
            return found
        if not self._lock.acquire(timeout=seconds):
            return None
        try:
            found = self._last.get(look)
            at = self._now()
            if found is None or found.at + seconds <= at:
                with within(REQUEST_SECONDS), self._app.app_context():
                    found = self._last[look] = Look(at, look())
            return found
        except Exception:  # Flask will meet it too, and has the right words for it
            return None
        finally:
            self._lock.release()
