"""Ports and connections of this machine, as its kernel tells them."""

from __future__ import annotations

import random
import socket
from contextlib import suppress
from pathlib import Path

#: How the kernel writes the state of a connection that both ends have.
ESTABLISHED = "01"


def listening(port: int) -> bool:
    """Whether anyone listens on a port of this machine."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def connections() -> list[list[str]]:
    """Return this machine's TCP connections, as rows of the kernel's table."""
    return [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]


def free_port() -> int:
    """Find a free port below those that the kernel gives to outgoing connections.

    A server that is killed and started again keeps its port; no client may take it meanwhile.
    """
    for _ in range(100):
        port = random.randrange(15_000, 30_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("no port is free")
