"""``shop ...`` commands as processes that can be killed, without waiting for their imports.

A server process that has imported the shop forks one process for each command. What runs is
what the console script runs; only the second that Python takes to import it is spared.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["shop.cli"])

#: A command that takes longer hangs.
TIMEOUT_SECONDS = 60.0


def _main(arguments: list[str], settings: Mapping[str, str], output: str) -> None:
    from shop.cli import main  # noqa: PLC0415 - in the forked process, where it is imported already

    with Path(output).open("ab") as file:
        for stream in (1, 2):
            os.dup2(file.fileno(), stream)
    os.environ.update(settings)
    sys.argv = ["shop", *arguments]
    main()


@dataclass
class Command:
    """A command in a process of its own.

    Attributes:
        arguments: After ``shop``.
        settings: ``SHOP_*`` variables.
        output: File that what it prints is added to.
    """

    arguments: list[str]
    settings: Mapping[str, str]
    output: Path
    _process: ForkServerProcess | None = None

    def start(self) -> Command:
        self._process = _FORKS.Process(
            target=_main, args=(self.arguments, self.settings, str(self.output)), daemon=True
        )
        self._process.start()
        return self

    @property
    def running(self) -> bool:
        assert self._process is not None
        return self._process.is_alive()

    def kill9(self) -> bool:
        """Kill it at once; return whether it was still at work."""
        assert self._process is not None
        self._process.kill()
        self._process.join(TIMEOUT_SECONDS)
        return self._process.exitcode == -9

    def wait(self) -> int | None:
        """Wait for its end; return its exit status, None where it hung and was killed."""
        assert self._process is not None
        self._process.join(TIMEOUT_SECONDS)
        status = self._process.exitcode
        self._process.kill()
        self._process.join()
        return status

    def wait_until(self, condition: Callable[[], bool]) -> bool:
        """Wait for something to become true; return False where the command ended before."""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while not condition():
            if not self.running or time.monotonic() > deadline:
                return False
            time.sleep(0.0005)
        return True
