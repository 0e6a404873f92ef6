"""What a seed is refused for: every fault with the place it stands at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from dataclasses import field as part
from typing import Any

from rapidfuzz import fuzz, process

#: More than anyone repairs in one sitting; the rest is counted, not listed.
MOST_LISTED = 100


@dataclass(frozen=True, order=True)
class Fault:
    """One thing wrong in one place.

    Attributes:
        file: Relative to the seed's folder; the file itself where a seed is one file.
        line: From 1.
        column: From 1.
        field: Where in the document: ``products[2].variants[0].colour``.
        problem: What is wrong and, where a guess is possible, what was probably meant.
        got: What stands there, shortened.
        path: Where in the document, step by step.
    """

    file: str
    line: int
    column: int
    field: str
    problem: str
    got: str | None = None
    path: tuple[str | int, ...] = part(default=(), compare=False)

    def __str__(self) -> str:
        what = f"{self.field}: {self.problem}" if self.field else self.problem
        found = f" (got {self.got})" if self.got is not None else ""
        return f"{self.file}:{self.line}:{self.column} {what}{found}"


class SeedRefused(Exception):  # noqa: N818 - it is named for what happened
    """The seed has faults; nothing was written.

    ``faults`` lists them in the order of the files, at most ``MOST_LISTED`` of them.
    """

    def __init__(self, faults: Sequence[Fault], more: int = 0, *, unread: bool = False) -> None:
        #: Whether references between files were not looked at yet.
        self.unread = unread
        self.faults = tuple(sorted(faults))
        self.more = more
        lines = [str(fault) for fault in self.faults]
        if more:
            lines.append(f"... and {more:,} more")
        super().__init__("\n".join(lines))


class NoEntryError(Exception):
    """A row of the database is not as any entry of a file says it; the message says which, and what helps."""


class Faults:
    """Collects faults, so that one run shows all of them.

    Args:
        most: How many are listed; the rest is counted.
    """

    def __init__(self, most: int = MOST_LISTED) -> None:
        self._found: dict[Fault, None] = {}
        self._more = 0
        self._most = most

    def __len__(self) -> int:
        return len(self._found) + self._more

    def __iter__(self) -> Iterator[Fault]:
        return iter(self._found)

    def add(self, fault: Fault) -> None:
        """Remember a fault, once."""
        if fault in self._found:
            return
        if len(self._found) < self._most:
            self._found[fault] = None
        else:
            self._more += 1

    def count(self, number: int) -> None:
        """Remember that there are so many more, which nobody lists."""
        self._more += number

    def include(self, others: Faults) -> None:
        """Remember what others hold."""
        for fault in others:
            self.add(fault)
        self._more += others._more

    def refuse(self, *, unread: bool = False) -> None:
        """Raise what was found so far, if anything was.

        Args:
            unread: Whether references between files were not looked at yet.

        Raises:
            SeedRefused: There are faults.
        """
        if len(self):
            raise SeedRefused(list(self._found), self._more, unread=unread)


def shown(value: Any) -> str:
    """Return a value as a fault shows it: as Python writes it, never a whole page."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ``; did you mean `x`?`` for the nearest known word, or nothing."""
    near = nearest(word, known)
    return f"; did you mean `{near}`?" if near else ""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that is most like another, if any is like it."""
    near = process.extractOne(word, list(known), scorer=fuzz.ratio, score_cutoff=60)
    return str(near[0]) if near else None
