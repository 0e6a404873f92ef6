"""A running demo, for tests of the command line."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.races import until
from tests.served import PROJECT, ServedShopper
from tests.sockets import free_port, listening
from tests.wire import WireClient


class Demo:
    """A running demo on a port of its own, with an instance folder of its own."""

    def __init__(self, home: Path) -> None:
        self.home, self.port, self.output = home, free_port(), ""
        self.process: subprocess.Popen[str] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def stand_in(self) -> int:
        """The port of Stripe's stand-in, as it was told on the screen."""
        return int(re.search(r"Stripe\s+http://127.0.0.1:(\d+)", self.output)[1])  # type: ignore[index]

    def start(self) -> None:
        environment = {**os.environ, "SHOP_INSTANCE": str(self.home), "PORT": str(self.port)}
        with (self.home / "log").open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "shop", "demo"],
                cwd=PROJECT,
                env=environment,
                stdout=log,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        try:
            until(self._answers, "the demo answers", seconds=30)
        finally:
            self.output = (self.home / "log").read_text()

    def _answers(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            raise RuntimeError(f"the demo ended:\n{(self.home / 'log').read_text()}")
        try:
            return WireClient(self.address, timeout=5).get("/v1/markets").status_code == 200
        except OSError:
            return False

    def kill(self, how: int) -> None:
        assert self.process is not None
        self.process.send_signal(how)
        self.process.wait(timeout=20)
        # A worker outlives its killed parent for a moment, and would answer in its place.
        until(lambda: not listening(self.port), "no worker listens without its parent")

    def shopper(self) -> ServedShopper:
        """Someone who buys here over HTTP and pays at the stand-in."""
        return ServedShopper(WireClient(self.address), WireClient(f"http://127.0.0.1:{self.stand_in}"))

    @contextmanager
    def running(self) -> Iterator[Demo]:
        """Run for the block; Ctrl-C at its end, unless it was killed."""
        self.start()
        try:
            yield self
        finally:
            if self.process is not None and self.process.poll() is None:
                self.kill(signal.SIGINT)


def pays(shopper: ServedShopper) -> None:
    """Pay, and wait until the shop has heard of it from Stripe."""
    shopper.pays()
    until(lambda: shopper.order()["status"] == "paid", "the order is paid")
