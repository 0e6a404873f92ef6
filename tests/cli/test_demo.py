"""``make demo``, as a newcomer runs it: a process, its ports, kill -9, and again."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

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


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    running = Demo(tmp_path)
    running.start()
    yield running
    if running.process is not None and running.process.poll() is None:
        running.kill(signal.SIGINT)


def test_the_demo_sells_a_bag(demo: Demo) -> None:
    checkout_id, token = demo.ready_checkout()

    placed = demo.call(
        "POST", f"/v1/checkouts/{checkout_id}/complete", {}, token, Idempotency_Key=str(uuid4())
    )
    demo.pay(placed["payment"]["url"])

    assert demo.paid(placed)
    assert f"http://127.0.0.1:{demo.port}/docs/" in demo.output
    assert "curl" in demo.output


def test_a_second_run_seeds_nothing_and_ctrl_c_stops_everything(demo: Demo) -> None:
    stand_in = int(re.search(r"Stripe\s+http://127.0.0.1:(\d+)", demo.output)[1])  # type: ignore[index]
    assert listening(stand_in)

    demo.kill(signal.SIGINT)
    time.sleep(0.5)
    assert not listening(demo.port)
    assert not listening(stand_in)

    demo.start()
    assert "0 changes" in demo.output


def test_killed_in_the_middle_of_a_checkout_it_finishes_the_order_by_the_same_key(demo: Demo) -> None:
    checkout_id, token = demo.ready_checkout()
    key, path = str(uuid4()), f"/v1/checkouts/{checkout_id}/complete"
    placed = demo.call("POST", path, {}, token, Idempotency_Key=key)

    demo.kill(signal.SIGKILL)
    demo.start()

    again = demo.call("POST", path, {}, token, Idempotency_Key=key)
    assert again == placed
    demo.pay(again["payment"]["url"])
    assert demo.paid(again)


def test_killed_before_stripe_was_asked_the_same_key_goes_on(demo: Demo) -> None:
    """The order is frozen, and the process dies with the claim in its hand."""
    checkout_id, token = demo.ready_checkout()
    key, path = str(uuid4()), f"/v1/checkouts/{checkout_id}/complete"
    stand_in = int(re.search(r"Stripe\s+http://127.0.0.1:(\d+)", demo.output)[1])  # type: ignore[index]
    _stop_listening(stand_in)
    with pytest.raises(urllib.error.HTTPError) as down:
        demo.call("POST", path, {}, token, Idempotency_Key=key)
    assert down.value.code == 503
    down.value.close()

    demo.kill(signal.SIGKILL)
    demo.start()

    placed = demo.call("POST", path, {}, token, Idempotency_Key=key)
    demo.pay(placed["payment"]["url"])
    assert demo.paid(placed)


def _stop_listening(port: int) -> None:
    """Kill the process that listens on a port."""
    inodes = {
        line.split()[9]
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]
        if line.split()[1].endswith(f":{port:04X}") and line.split()[3] == "0A"
    }
    for entry in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            target = os.readlink(entry)  # noqa: PTH115
        except OSError:
            continue
        if target in {f"socket:[{inode}]" for inode in inodes}:
            os.kill(int(entry.parts[2]), signal.SIGKILL)
            return
    raise AssertionError(f"nothing listens on {port}")
