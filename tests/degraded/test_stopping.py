"""T8, rows "SIGTERM" and "worker dead": what was taken is answered, and who is killed is replaced."""

from __future__ import annotations

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor

from tests.degraded.doors import LONGEST_SECONDS, OTHER
from tests.postgres import children_of
from tests.races import held_up, until
from tests.served import START_SECONDS, ServedShop
from tests.shopper import BAG
from tests.sockets import listening

#: The rows that writers of a cart wait for on PostgreSQL.
CARTS = "SELECT id FROM cart"


def test_told_to_stop_it_answers_what_it_was_asked_and_ends(served: ServedShop) -> None:
    """Two requests are at work, one in each process, when the signal comes."""
    process = served.server.process
    assert process is not None
    shopper = served.shopper()

    with served.lines() as lines, ThreadPoolExecutor(2) as pool:
        shoppers = [shopper.through(line).opens_cart() for line in lines]
        with held_up(served, CARTS) as arrived:
            running = [pool.submit(shopper.puts, BAG, 1) for shopper in shoppers]
            until(lambda: arrived() == 2, "a request is at work in each process")
            before = time.monotonic()
            process.terminate()
            until(lambda: not listening(served.port), "nobody is let in any more")
        answers = [request.result() for request in running]

    assert [answer.status_code for answer in answers] == [200, 200]
    process.wait(20)
    assert time.monotonic() - before < LONGEST_SECONDS + 5
    assert process.returncode == 0


def test_told_to_stop_while_its_workers_start_it_ends_without_killing_them(served: ServedShop) -> None:
    """One that has missed its signal would be let serve, and be killed with what it was asked."""
    served.server.stop()
    served.server.start()
    process = served.server.process
    assert process is not None
    until(lambda: len(children_of(process.pid)) == served.workers, "its workers start", seconds=START_SECONDS)

    process.terminate()

    process.wait(20)
    assert process.returncode == 0
    assert "Killing" not in served.server.told()


def test_a_worker_that_is_killed_is_replaced_and_the_shop_sells_on(served: ServedShop) -> None:
    assert served.server.process is not None
    shopper = served.shopper().prepares()
    (victim, *_) = children_of(served.server.process.pid)

    os.kill(victim, signal.SIGKILL)
    served.wait_until_ready()

    until(lambda: len(set(children_of(served.server.process.pid)) - {victim}) >= 2, "it is replaced")
    shopper.completes()
    assert shopper.placed
    assert shopper.sees_available(OTHER) > 0
