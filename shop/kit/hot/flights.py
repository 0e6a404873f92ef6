"""Answers being made: who asks for the same meanwhile waits for the first, instead of making another."""

from __future__ import annotations

from _thread import allocate_lock
from dataclasses import dataclass

from shop.kit.hot.memory import FRESH_SECONDS, Entry
from shop.kit.hot.representations import Headers

#: How long anybody waits for another's answer before making one. Seconds.
WAIT_SECONDS = 4.0

#: What chooses between answers that are made: address, query, ``Accept`` and ``Origin``, as ``Vary``
#: names them. Not ``Accept-Encoding``: each is sent the coding it likes of the same answer.
Key = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Landed:
    """What a flight brought."""

    entry: Entry
    cors: Headers


class Flight:
    """One answer being made."""

    __slots__ = ("_landing", "begun_at", "landed")

    def __init__(self, begun_at: float) -> None:
        self.begun_at = begun_at
        self.landed: Landed | None = None
        # A bare lock, held until it lands: an Event costs every request that finds nothing a microsecond.
        self._landing = allocate_lock()
        self._landing.acquire()

    def wait(self) -> Landed | None:
        """Return what it brought; None where it failed, took too long, or is nobody else's."""
        if self._landing.acquire(timeout=WAIT_SECONDS):
            self._landing.release()  # for the next who waits
        return self.landed

    def land(self, landed: Landed | None) -> None:
        """Let everybody who waits go on."""
        self.landed = landed
        self._landing.release()


class Flights:
    """The answers that one process is making.

    Only a flight that began less than ``FRESH_SECONDS`` ago is joined. So nobody is sent what was
    read longer before they asked than an answer from memory may be, however long it takes.
    """

    def __init__(self) -> None:
        self._by_key: dict[Key, Flight] = {}

    def join(self, key: Key, now: float) -> tuple[Flight, bool]:
        """Return the flight of a key, and whether it is the caller's own to make and land."""
        mine = Flight(now)
        found = self._by_key.setdefault(key, mine)
        if found is mine or found.begun_at + FRESH_SECONDS > now:
            return found, found is mine
        self._by_key[key] = mine
        return mine, True

    def land(self, key: Key, flight: Flight, landed: Landed | None) -> None:
        """End a flight; who comes now begins another."""
        if self._by_key.get(key) is flight:
            self._by_key.pop(key, None)
        flight.land(landed)
