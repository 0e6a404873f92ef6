"""One command of the shop in a process of its own, and what it took."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from sqlalchemy.engine import make_url

from tests.bench.stores import PROJECT

#: Runs a command, and says what it used: the kernel takes a process to have had the memory of the one
#: that started it, so a small one does.
_RUN = """
import resource, subprocess, sys
code = subprocess.call(sys.argv[1:])
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(f"\\n{used.ru_utime + used.ru_stime} {used.ru_maxrss}")
sys.exit(code)
"""


@dataclass(frozen=True)
class Ran:
    """A command that was run.

    Attributes:
        code: It ended with.
        said: Its last lines.
        seconds: It took.
        cpu_seconds: Of its own process.
        server_seconds: Of processor time, too: what PostgreSQL worked meanwhile.
        peak_mb: The most memory it had.
    """

    code: int
    said: str
    seconds: float
    cpu_seconds: float
    server_seconds: float
    peak_mb: float


def shop(*arguments: str, url: str) -> Ran:
    """Run a command of the shop to its end."""
    with _output() as (file, read):
        started = time.monotonic()
        settings = {"SHOP_DATABASE_URL": url, "SHOP_SECRET_KEY": "a secret of the bench's own, long enough"}
        before = _server_cpu_seconds(url)
        code = subprocess.call(
            [sys.executable, "-S", "-c", _RUN, sys.executable, "-m", "shop", *arguments],
            stdout=file,
            stderr=subprocess.STDOUT,
            env={**os.environ, **settings},
            cwd=PROJECT,
        )
        seconds = time.monotonic() - started
        *lines, used = filter(None, read().splitlines())
        cpu_seconds, peak_kib = map(float, used.split())
    server = _server_cpu_seconds(url) - before
    return Ran(code, "\n".join(lines[-3:]), seconds, cpu_seconds, server, peak_kib / 1024)


def _server_cpu_seconds(url: str) -> float:
    """Return what PostgreSQL's processes that have ended have used; nothing for SQLite."""
    if make_url(url).get_backend_name() != "postgresql":
        return 0.0
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)

    def fields(pid: int) -> list[str]:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()

    with psycopg.connect(plain) as connection:
        parent = int(fields(connection.info.backend_pid)[1])
    return sum(map(int, fields(parent)[13:15])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def _output() -> Iterator[tuple[int, Callable[[], str]]]:
    with tempfile.TemporaryFile("w+b") as file:

        def read() -> str:
            file.seek(0)
            return file.read().decode(errors="replace")

        yield file.fileno(), read
