"""The shop as a group of processes: it sells, it is killed, it goes on, and nothing stays behind."""

from __future__ import annotations

import os
from contextlib import ExitStack
from uuid import uuid4

import pytest

from tests.served import ServedShop
from tests.sockets import listening
from tests.wire import WireClient, WireLine


def test_served_by_two_processes_the_shop_sells_a_bag(served: ServedShop) -> None:
    shopper = served.shopper().places_order()

    shopper.pays()
    shopper.comes_back()

    assert shopper.order()["status"] == "paid"


def test_killed_and_started_again_it_gives_the_same_answer_to_the_same_key(served: ServedShop) -> None:
    shopper, key = served.shopper().prepares(), str(uuid4())
    first = shopper.completes(key)

    served.kill9(stripe=True)
    served.restart()
    again = shopper.completes(key)

    assert first.status_code == again.status_code == 201
    assert again.data == first.data
    assert again.headers["Idempotent-Replayed"] == "true"


def test_stopped_it_leaves_no_process_behind(served: ServedShop) -> None:
    groups = [served.server.process, served.stand_in.process]

    served.stop()

    assert not listening(served.port)
    for process in groups:
        assert process is not None
        with pytest.raises(ProcessLookupError):
            os.killpg(process.pid, 0)


def test_connections_kept_open_keep_nobody_out(served: ServedShop) -> None:
    """Browsers keep a connection between two pages, and open some for pages yet to come."""
    threads = served.workers * served.threads
    with ExitStack() as stack:
        for _ in range(2 * threads):
            line = WireLine(served.base_url)
            stack.callback(line.connection.close)
        assert line.get("/v1/markets").status_code == 200

        assert WireClient(served.base_url).get("/v1/markets").status_code == 200
