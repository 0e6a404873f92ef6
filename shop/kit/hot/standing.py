"""What an answer stands on: as long as that has not moved, the answer is what would be said now."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from flask import request

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
