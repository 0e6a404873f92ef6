"""A running demo, for tests of the command line."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.shopper import BAG, NEW_YORK

PROJECT = Path(__file__).resolve().parents[2]


def listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Demo:
    """A running demo on a port of its own, with an instance folder of its own."""

    def __init__(self, home: Path) -> None:
        self.home, self.output = home, ""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        environment = {**os.environ, "SHOP_INSTANCE": str(self.home), "PORT": str(self.port)}
        log = (self.home / "log").open("w")
        command = [sys.executable, "-m", "shop", "demo"]
        self.process = subprocess.Popen(
            command, cwd=PROJECT, env=environment, stdout=log, stderr=log, text=True, start_new_session=True
        )
        log.close()
        for _ in range(300):
            if self.process.poll() is not None:
                break
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/v1/markets", timeout=2).close()
            except OSError:
                time.sleep(0.1)
            else:
                self.output = (self.home / "log").read_text()
                return
        raise AssertionError((self.home / "log").read_text())

    def kill(self, how: int) -> None:
        assert self.process is not None
        self.process.send_signal(how)
        self.process.wait(timeout=20)
        # A worker outlives its killed parent for a moment, and would answer in its place.
        for _ in range(100):
            if not listening(self.port):
                return
            time.sleep(0.1)
        raise AssertionError("a worker still listens ten seconds after its parent is gone")

    def call(
        self, method: str, path: str, body: Any = None, token: str = "", **headers: str
    ) -> dict[str, Any]:
        url = path if path.startswith("http") else f"http://127.0.0.1:{self.port}{path}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data, method=method)
        request.add_header("Content-Type", "application/json")
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        for name, value in headers.items():
            request.add_header(name.replace("_", "-"), value)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return dict(json.load(answer))

    def ready_checkout(self) -> tuple[str, str]:
        cart = self.call("POST", "/v1/carts", {"market": "US"})
        token = cart["token"]
        self.call("PUT", f"/v1/carts/{cart['id']}/lines/{BAG}", {"quantity": 1}, token)
        checkout = self.call("POST", "/v1/checkouts", {"cart_id": cart["id"]}, token)
        known = {"email": "ada@example.com", "shipping_address": NEW_YORK, "shipping_option": "standard"}
        self.call("PATCH", f"/v1/checkouts/{checkout['id']}", known, token)
        return checkout["id"], token

    def pay(self, url: str) -> None:
        data = urllib.parse.urlencode({"payment_method": "pm_card_visa"}).encode()
        # Lands on the shop's return page by way of a redirect.
        urllib.request.urlopen(urllib.request.Request(url, data), timeout=20).close()

    def order(self, placed: dict[str, Any]) -> dict[str, Any]:
        return self.call("GET", f"/v1/orders/{placed['order']['number']}", token=placed["order"]["token"])

    def paid(self, placed: dict[str, Any]) -> bool:
        for _ in range(50):
            if self.order(placed)["status"] == "paid":
                return True
            time.sleep(0.1)
        return False

    @contextmanager
    def running(self) -> Iterator[Demo]:
        """Run for the block; Ctrl-C at its end, unless it was killed."""
        self.start()
        try:
            yield self
        finally:
            if self.process is not None and self.process.poll() is None:
                self.kill(signal.SIGINT)
