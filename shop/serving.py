"""Running the shop under its production server, and not outliving whoever started it."""

from __future__ import annotations

import os
import threading
import time

from flask import Flask
from granian import Granian
from granian.constants import Interfaces

from shop.app import create_app


def serve(*, host: str, port: int, workers: int, threads: int) -> None:
    """Serve the application until a signal stops it.

    Args:
        host: Address to listen on.
        port: TCP port.
        workers: Processes; one that dies is replaced.
        threads: Requests that each process works on at a time.
    """
    server = Granian(
        "shop.serving:worker",
        factory=True,
        interface=Interfaces.WSGI,
        address=host,
        port=port,
        workers=workers,
        blocking_threads=threads,
        # Requests beyond the threads wait in the socket's queue, not in Python.
        backpressure=threads,
        # Without this one killed worker ends the whole server.
        respawn_failed_workers=True,
        websockets=False,
        log_access=False,
    )
    server.serve()


def worker() -> Flask:
    """Build the application of one worker process."""
    exit_with_parent()
    return create_app()


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
