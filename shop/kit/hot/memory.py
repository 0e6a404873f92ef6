"""What the hot layer remembers, in bounded memory: entries, and answers ready to be sent.

An entry is one resource as it was read at one moment. An answer is what one way of asking for it
is sent. Answers are looked up without a lock; everything that changes the memory holds it.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, NamedTuple

from shop.kit.hot.representations import Headers, Representations
from shop.kit.hot.standing import Mark

#: No answer from memory is older. Seconds.
FRESH_SECONDS = 1.0

#: Ways of asking for one resource whose answers are kept ready.
MOST_WAYS = 32
#: Longer headers are answered, and not remembered. Characters.
LONGEST_WISHES = 1024
#: What an entry and a ready answer take beside their bodies and names, roughly. Bytes.
ENTRY_BYTES = 2048
ANSWER_BYTES = 1024


class Way(NamedTuple):
    """Everything in a request that may choose its answer, as it came."""

    method: str
    path: str
    query: str
    accept_encoding: str | None
    accept: str | None
    origin: str | None
    if_none_match: str | None
    authorization: str | None

    @property
    def wishes(self) -> int:
        """Length of what a caller may make up. Characters."""
        return sum(len(wish or "") for wish in self[1:])


#: Address and query, and the ``Accept`` where it chooses between formats.
Name = tuple[str, ...]


def names_of(way: Way) -> tuple[Name, Name]:
    """Return the names under which the resource asked for may be remembered."""
    return (way.path, way.query), (way.path, way.query, way.accept or "")


class Tally:
    """How often the answers of a route were sent from memory since this was last told."""

    __slots__ = ("hits",)

    def __init__(self) -> None:
        self.hits = 0


class Entry:
    """One resource as it was read at one moment."""

    __slots__ = ("made_at", "mark", "name", "representations", "route", "size", "until", "ways")

    def __init__(
        self, name: Name, route: str, mark: Mark, made_at: float, representations: Representations
    ) -> None:
        self.name, self.route, self.mark = name, route, mark
        self.representations = representations
        self.made_at, self.until = made_at, made_at + FRESH_SECONDS
        self.ways: list[Way] = []
        self.size = self.weighed()

    def says(self, body: bytes, headers: Headers) -> bool:
        """Return whether it says this already, so that its compressed bodies are right as they are."""
        return self.representations.body == body and self.representations.headers == headers

    def weighed(self) -> int:
        """Return how much memory it takes. Bytes."""
        named = ENTRY_BYTES + self.mark.size + sum(map(len, self.name))
        return named + self.representations.size + sum(ANSWER_BYTES + way.wishes for way in self.ways)


@dataclass(slots=True)
class Answer:
    """An answer ready to be sent, but for the request's name."""

    of: Entry
    status: str
    headers: Headers
    body: list[bytes]
    tally: Tally


class Memory:
    """Entries within a number of bytes; what was longest not renewed goes first.

    Entries are renewed every second in which they are asked for, so no hit has to note its time.
    """

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes, self.size = most_bytes, 0
        #: To be read by anyone.
        self.ready: dict[tuple[str | None, ...], Answer] = {}
        self._entries: OrderedDict[Name, Entry] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, way: tuple[Any, ...]) -> Entry | None:
        """Return the entry of the resource that a :class:`Way` asks for, however old."""
        named = self._entries.get
        return named((way[1], way[2])) or named((way[1], way[2], way[4] or ""))

    def named(self, name: Name) -> Entry | None:
        """Return the entry of a name, however old."""
        return self._entries.get(name)

    def renew(self, entry: Entry, until: float) -> None:
        """Let an entry be sent for longer."""
        with self._lock:
            entry.until = max(entry.until, until)
            if entry.name in self._entries:
                self._entries.move_to_end(entry.name)

    def keep(self, entry: Entry) -> None:
        """Remember an entry instead of the one before; not if that was read later, or it is too big."""
        with self._lock:
            found = self._entries.get(entry.name)
            if found is not None:
                if found.made_at > entry.made_at:
                    return
                self._drop(found)
            if entry.size <= self.most_bytes // 4:
                self._entries[entry.name] = entry
                self.size += entry.size
                self._make_room()

    def keep_ready(self, way: Way, answer: Answer) -> None:
        """Keep the answer to one way of asking, as long as its entry is remembered."""
        entry = answer.of
        with self._lock:
            if self._entries.get(entry.name) is not entry:
                return
            if len(entry.ways) < MOST_WAYS and way.wishes <= LONGEST_WISHES and way not in self.ready:
                entry.ways.append(way)
                self.ready[way] = answer
            self.size -= entry.size
            entry.size = entry.weighed()  # a body may have been compressed just now
            self.size += entry.size
            self._make_room()

    def _make_room(self) -> None:
        while self.size > self.most_bytes:
            self._drop(next(iter(self._entries.values())))

    def _drop(self, entry: Entry) -> None:
        del self._entries[entry.name]
        self.size -= entry.size
        for way in entry.ways:
            self.ready.pop(way, None)
