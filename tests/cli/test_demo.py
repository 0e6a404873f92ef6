"""``make demo``, as a newcomer runs it: a process, its ports, kill -9, and again."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.cli.demo import Demo, pays
from tests.races import until
from tests.sockets import listening


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    with Demo(tmp_path).running() as running:
        yield running


def test_the_demo_sells_a_bag(demo: Demo) -> None:
    shopper = demo.shopper().places_order()

    pays(shopper)

    assert f"{demo.address}/   <- open it in a browser" in demo.output
    assert f"{demo.address}/docs/" in demo.output
    assert "curl" in demo.output


def test_a_second_run_seeds_nothing_and_ctrl_c_stops_everything(demo: Demo) -> None:
    assert listening(demo.stand_in)

    demo.kill(signal.SIGINT)

    assert not listening(demo.port)
    until(lambda: not listening(demo.stand_in), "the stand-in has ended")
    demo.start()
    assert "0 changes" in demo.output


def test_killed_in_the_middle_of_a_checkout_it_finishes_the_order_by_the_same_key(demo: Demo) -> None:
    shopper, key = demo.shopper().prepares(), str(uuid4())
    placed = shopper.completes(key)

    demo.kill(signal.SIGKILL)
    demo.start()

    again = shopper.completes(key)
    assert again.data == placed.data
    pays(shopper)


def test_killed_before_stripe_was_asked_the_same_key_goes_on(demo: Demo) -> None:
    """The order is frozen, and the process dies with the claim in its hand."""
    shopper, key = demo.shopper().prepares(), str(uuid4())
    _stop_listening(demo.stand_in)
    assert shopper.completes(key).status_code == 503

    demo.kill(signal.SIGKILL)
    demo.start()

    assert shopper.completes(key).status_code == 201
    pays(shopper)


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
