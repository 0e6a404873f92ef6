"""Clients that cost little: kept connections, one thread, requests made beforehand.

A client is a generator: it yields what it asks and is sent what was answered. What the clients
themselves cost is measured too, because a slow client would flatter nobody but the floor.
"""

from __future__ import annotations

import json
import math
import re
import select
import socket
import time
from collections import Counter, defaultdict
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

#: How long clients run before what they see is counted. Seconds.
WARM_SECONDS = 0.2
#: The longest that an answer is waited for when the time is over. Seconds.
LAST_SECONDS = 15.0

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it goes over the wire, and what it counts as."""

    label: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer."""

    status: int
    head: bytes
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    def header(self, name: str) -> str | None:
        """Return the value of a header, None without one."""
        found = re.search(rb"\r\n" + re.escape(name.encode()) + rb": *([^\r]*)", self.head, re.IGNORECASE)
        return found[1].decode() if found else None


Client = Generator[Asked, Answered, None]


@dataclass
class Seen:
    """What clients saw of one kind of request.

    Attributes:
        seconds: How long they were counted.
        waits: Of each answer, late ones too. Seconds.
        in_time: How many answers came while it was counted.
        statuses: How many answers of each status.
    """

    seconds: float = 0.0
    waits: list[float] = field(default_factory=list)
    in_time: int = 0
    statuses: Counter[int] = field(default_factory=Counter)

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.in_time / self.seconds if self.seconds else 0.0

    def ms(self, share: float) -> float:
        """Return the wait that a share of the answers did not exceed, in milliseconds."""
        if not self.waits:
            return math.nan
        ordered = sorted(self.waits)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    def refused(self, allowed: Iterable[int]) -> str:
        """Tell of answers that should not have come; empty when there were none."""
        other = {status: count for status, count in self.statuses.items() if status not in set(allowed)}
        return "".join(f", {count} x {status}" for status, count in sorted(other.items()))


def asking(
    method: str,
    path: str,
    *,
    label: str = "",
    body: object = None,
    headers: Mapping[str, str] | None = None,
) -> Asked:
    """Make a request."""
    data = b"" if body is None else json.dumps(body).encode()
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(data)}"]
    return Asked(label, "\r\n".join([*lines, "", ""]).encode() + data)


def again_and_again(requests: Iterable[Asked]) -> Client:
    """Ask one request after the other, for as long as there are any."""
    for each in requests:  # noqa: UP028 - what is sent here cannot be sent on to an iterator
        yield each


def once(port: int, request: Asked) -> Answered:
    """Ask once."""
    found: list[Answered] = []

    def client() -> Client:
        found.append((yield request))

    drive(port, [client()], math.inf, warm=0)
    return found[0]


def drive(
    port: int, clients: Sequence[Client], seconds: float, *, warm: float = WARM_SECONDS
) -> dict[str, Seen]:
    """Let clients ask at once, each as soon as it was answered; return what they saw, by label.

    The rate counts answers that came between the warm-up and the end; waits are those of requests
    sent after the warm-up, of late ones too.

    Args:
        port: Of the server, on this machine.
        clients: Each gets a connection of its own.
        seconds: How long, warm-up left out; clients that end sooner are not asked again.
        warm: Seconds.
    """
    seen: dict[str, Seen] = defaultdict(Seen)
    with ExitStack() as stack:
        poll = stack.enter_context(select.epoll())
        lines = {}
        begin = time.perf_counter() + warm
        end = begin + seconds
        for client in clients:
            line = _Line(port, client)
            stack.callback(line.socket.close)
            lines[line.socket.fileno()] = line
            poll.register(line.socket, select.EPOLLIN)
            line.ask(next(client))
        while lines:
            ready = poll.poll(LAST_SECONDS)
            if not ready:
                raise RuntimeError(f"{len(lines)} clients were not answered for {LAST_SECONDS:.0f} s")
            for descriptor, _ in ready:
                line = lines[descriptor]
                answer = line.receive()
                if answer is None:
                    continue
                moment = time.perf_counter()
                one = seen[line.label]
                one.statuses[answer.status] += 1
                one.in_time += begin <= moment <= end
                if line.asked_at >= begin:
                    one.waits.append(moment - line.asked_at)
                if not line.go_on(answer, stopping=moment > end):
                    poll.unregister(descriptor)
                    del lines[descriptor]
        counted = min(seconds, time.perf_counter() - begin)
    for one in seen.values():
        one.seconds = counted
    return dict(seen)


class _Line:
    """One client's connection."""

    def __init__(self, port: int, client: Client) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.client = client
        self.label, self.asked_at, self._got = "", 0.0, b""

    def ask(self, request: Asked) -> None:
        self.label, self._got = request.label, b""
        self.asked_at = time.perf_counter()
        self.socket.sendall(request.data)

    def receive(self) -> Answered | None:
        """Read what came; return the answer once it is whole."""
        part = self.socket.recv(1 << 18)
        if not part:
            raise ConnectionError(f"the server closed a connection in the middle of {self.label!r}")
        self._got = self._got + part if self._got else part
        return _whole(self._got)

    def go_on(self, answer: Answered, *, stopping: bool) -> bool:
        """Ask what the client asks next; return whether it does."""
        if stopping:
            self.client.close()
            return False
        try:
            self.ask(self.client.send(answer))
        except StopIteration:
            return False
        return True


def _whole(got: bytes) -> Answered | None:
    head = got.find(b"\r\n\r\n")
    if head < 0:
        return None
    status = int(got[9:12])
    if status in (204, 304):
        return Answered(status, got[:head], b"")
    length = _LENGTH.search(got, 0, head)
    if length is not None:
        end = head + 4 + int(length[1])
        return Answered(status, got[:head], got[head + 4 : end]) if len(got) >= end else None
    if _CHUNKED.search(got, 0, head):
        return Answered(status, got[:head], got[head + 4 :]) if got.endswith(b"\r\n0\r\n\r\n") else None
    raise RuntimeError(f"an answer without a length: {got[:head]!r}")
