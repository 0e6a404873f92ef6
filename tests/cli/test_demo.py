"""``make demo``, as a newcomer runs it: a process, its ports, kill -9, and again."""

from __future__ import annotations

import os
import re
import signal
import time
import urllib.error
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.cli.demo import Demo, listening


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    with Demo(tmp_path).running() as running:
        yield running


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
