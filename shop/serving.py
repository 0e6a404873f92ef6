"""Running the shop under its production server, and not outliving whoever started it."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from granian import Granian
from granian.constants import Interfaces

from shop import background
from shop.app import create_app
from shop.config import current_settings
from shop.discovery.bitmaps import keeper as index
from shop.kit import logs, metrics

#: Tells the workers, which are started by name, how many threads each of them has.
_THREADS = "SHOP_WORKER_THREADS"

#: Names of the folders that workers count in, of the file in each that its server holds, and how
#: long nobody takes one for left behind. Seconds.
_FOLDERS = "shop-metrics-"
_HELD = "serving"
LEFT_SECONDS = 60.0

#: Connections that each process keeps, idle ones among them. Were it the number of threads, four
#: browsers that keep theirs open would shut everybody else out.
CONNECTIONS = 1024

#: How long requests under way may take to end after SIGTERM. Seconds; none takes longer.
DRAIN_SECONDS = 10


def serve(*, host: str, port: int, workers: int, threads: int) -> None:
    """Serve the application until a signal stops it.

    SIGTERM and SIGINT end it gracefully: no new connection is taken, every request that was
    taken is answered, and the processes end within ``DRAIN_SECONDS``.

    Args:
        host: Address to listen on.
        port: TCP port.
        workers: Processes; one that dies is replaced.
        threads: Requests that each process works on at a time.
    """
    os.environ[_THREADS] = str(threads)
    os.register_at_fork(after_in_child=_end_when_told)
    server = Granian(
        "shop.serving:worker",
        factory=True,
        interface=Interfaces.WSGI,
        address=host,
        port=port,
        workers=workers,
        blocking_threads=threads,
        backpressure=CONNECTIONS,
        # Without this one killed worker ends the whole server.
        respawn_failed_workers=True,
        # Without this a worker with a request that hangs would be waited for without end.
        workers_kill_timeout=DRAIN_SECONDS,
        websockets=False,
        log_access=False,
    )
    with _folder_for_counts():
        server.serve()


def worker() -> Flask:
    """Build the application of one worker process."""
    exit_with_parent()
    return application(threads=int(os.environ[_THREADS]))


def application(*, threads: int | None = None) -> Flask:
    """Build the application for a server that lives in this process, with its log and background work.

    For any WSGI server: ``gunicorn --threads 4 'shop.serving:application(threads=4)'``. Several of
    its processes share their counts where ``PROMETHEUS_MULTIPROC_DIR`` names a folder.

    Args:
        threads: Requests that this process works on at a time.
    """
    app = create_app(threads=threads)
    with app.app_context():
        settings = current_settings()
    logs.start(settings.log_format)
    background.start(app)
    index.start(app, [settings.default_market])
    return app


def _end_when_told() -> None:
    """Let signals end a worker that has not begun to serve.

    It inherits the server's handlers, which only take a note for the server's own loop: a worker
    told to stop while it starts would go on to serve, and be killed with requests at work.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)


@contextmanager
def _folder_for_counts() -> Iterator[None]:
    """Give the workers a folder to count in, unless the operator named one."""
    if metrics.FOLDER in os.environ:
        yield
        return
    _remove_left_folders()
    with (
        tempfile.TemporaryDirectory(prefix=_FOLDERS, ignore_cleanup_errors=True) as folder,
        (Path(folder) / _HELD).open("ab") as held,
    ):
        fcntl.flock(held, fcntl.LOCK_EX)  # until this process ends, however it ends
        os.environ[metrics.FOLDER] = folder
        try:
            yield
        finally:
            del os.environ[metrics.FOLDER]


def _remove_left_folders() -> None:
    """Remove the folders of servers that were killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_FOLDERS}*"):
        try:
            # One that was made just now may not be held yet.
            if time.time() - folder.stat().st_mtime < LEFT_SECONDS:
                continue
            with (folder / _HELD).open("ab") as held:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:  # held by its server, another user's, or gone
            continue


def exit_with_parent() -> None:
    """End this process soon after its parent is gone.

    A parent killed with -9 cannot stop its children, which would keep the port.
    """
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.2)
        os._exit(0)

    threading.Thread(target=watch, name="exit-with-parent", daemon=True).start()
