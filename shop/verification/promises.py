"""What a promise is, and what a breach of one tells."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Breach:
    """One place where a promise is broken.

    Attributes:
        invariant: Which promise, e.g. ``I3``.
        object: What it is broken for, e.g. ``variant 8230582AA9S1000 at milan-01``.
        found: What is there, and what should be.
        repair: What a person can do about it.
    """

    invariant: str
    object: str
    found: str
    repair: str

    def __str__(self) -> str:
        return f"{self.invariant} {self.object}: {self.found}. {self.repair}"


#: An object, what was found, and the repair.
Finding = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Invariant:
    """A promise with the way to check it.

    Attributes:
        id: ``I1`` to ``I18``, as the reliability programme numbers them.
        promise: One sentence.
        find: Yields what breaks it. Reads only.
    """

    id: str
    promise: str
    find: Callable[[Session], Iterable[Finding]]

    def breaches(self, session: Session) -> list[Breach]:
        """Return every breach of it."""
        return [Breach(self.id, *finding) for finding in self.find(session)]
