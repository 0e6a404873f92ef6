"""Backs up and restores in child processes that are killed with -9 at a step.

``python -m tests.backup.killed`` reads ``backup|restore STEP FILE`` lines and answers each with
the exit status of a child that did it for the shop of ``SHOP_DATABASE_URL``. Steps are counted
from 1; behind the last one nothing is killed. Children are forked: the imports take longest.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from shop.app import create_app
from shop.backup import service, sqlite


def answer(verb: str, step: str, file: str) -> int:
    """Fork a child that does it; return its exit status."""
    child = os.fork()
    if child == 0:
        try:
            _do(verb, int(step), Path(file))
            os._exit(0)
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _do(verb: str, step: int, file: Path) -> None:
    # So few at a time that a kill meets a half restored database.
    sqlite.PAGES = 100
    left = step

    def tell(_step: str) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    with create_app().app_context():
        if verb == "backup":
            service.back_up(file, overwrite=True, tell=tell)
        else:
            service.restore(file, replace=True, tell=tell)


if __name__ == "__main__":
    for line in sys.stdin:
        print(answer(*line.rstrip("\n").split(" ", 2)), flush=True)  # noqa: T201
