"""What hot reads are compared with: servers that do nothing but hand out bytes."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.variants import BODIES, WORKER
from tests.served import PROJECT, Group
from tests.sockets import free_port, listening

START_SECONDS = 20.0

_NGINX = """
daemon off;
worker_processes {workers};
error_log {home}/error.log;
pid {home}/nginx.pid;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    sendfile on;
    keepalive_requests 100000000;
    default_type application/json;
    client_body_temp_path {home}/body;
    proxy_temp_path {home}/proxy;
    fastcgi_temp_path {home}/fastcgi;
    uwsgi_temp_path {home}/uwsgi;
    scgi_temp_path {home}/scgi;
    server {{ listen 127.0.0.1:{port}; root {bodies}; open_file_cache max=100; }}
}}
"""


@contextmanager
def bare(worker: str, bodies: Path, home: Path, *, workers: int, threads: int) -> Iterator[int]:
    """Serve files under the shop's server with the shop's settings, and without the shop; yield the port.

    Args:
        worker: ``bare`` for Flask routes, ``plain`` for a WSGI function.
        bodies: The folder of the files.
        home: Where it may write.
        workers: Processes.
        threads: Of each.
    """
    port = free_port()
    environment = {
        **os.environ,
        WORKER: worker,
        BODIES: str(bodies),
    }
    size = ["--port", str(port), "--workers", str(workers), "--threads", str(threads)]
    group = Group(["bare", *size], home / f"{worker}.log", environment, "tests.bench.variants")
    group.start()
    try:
        _wait(port, group.told)
        yield port
    finally:
        group.stop()


@contextmanager
def nginx(bodies: Path, home: Path, *, workers: int) -> Iterator[int | None]:
    """Serve files by nginx; yield the port, None where this machine has no nginx."""
    # Debian has it where only root's PATH leads.
    program = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        yield None
        return
    port, place = free_port(), home / "nginx"
    place.mkdir()
    # Its workers become another user where root starts it; the files must be theirs to read.
    for folder in (home, bodies, place):
        folder.chmod(0o755)
    settings = place / "nginx.conf"
    settings.write_text(_NGINX.format(home=place, port=port, bodies=bodies, workers=workers))
    running = subprocess.Popen(
        [program, "-p", str(place), "-c", str(settings)],
        cwd=PROJECT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(port, (place / "error.log").read_text)
        yield port
    finally:
        running.terminate()
        running.wait(START_SECONDS)


def _wait(port: int, told: Callable[[], str]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not listening(port):
        if time.monotonic() > deadline:
            raise RuntimeError(f"a floor did not start:\n{told()}")
        time.sleep(0.02)
