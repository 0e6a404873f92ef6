import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import stripe

from shop.payments.double import (
    DOUBLE_API_KEY,
    DoubleServer,
    Fault,
    InProcessHTTPClient,
    StateInUseError,
    StripeDouble,
)

ORDER = {"amount": 1000, "currency": "eur"}
WRITER = """
    import sys
    from pathlib import Path
    import stripe
    from shop.payments.double import DOUBLE_API_KEY, InProcessHTTPClient, StripeDouble

    stripe.enable_telemetry = False
    double = StripeDouble(Path(sys.argv[1]), webhook_url="http://localhost:5000/webhooks")
    client = stripe.StripeClient(DOUBLE_API_KEY, http_client=InProcessHTTPClient(double))
    params = {"amount": 1000, "currency": "eur", "confirm": True,
              "payment_method": "pm_card_visa", "return_url": "http://127.0.0.1/"}
    for number in range(100000):
        paid = client.v1.payment_intents.create(params, {"idempotency_key": f"key-{number}"})
        print(number, paid.id, flush=True)
"""


def _client(double):
    return stripe.StripeClient(DOUBLE_API_KEY, http_client=InProcessHTTPClient(double))


def test_an_open_payment_survives_a_restart(tmp_path, order):
    path = tmp_path / "stripe.sqlite"
    with StripeDouble(path) as before:
        opened = _client(before).v1.checkout.sessions.create(order())

    with StripeDouble(path) as after:
        read = _client(after).v1.checkout.sessions.retrieve(opened.id)

    assert (read.id, read.status, read.amount_total) == (opened.id, "open", 430000)


def test_links_follow_the_server_to_its_new_port(tmp_path, order):
    path = tmp_path / "stripe.sqlite"
    with StripeDouble(path) as before, DoubleServer(before) as server:
        opened = _client(before).v1.checkout.sessions.create(order(), {"idempotency_key": "k-1"})
        first_port = server.port

    with StripeDouble(path, base_url="http://127.0.0.1:4999/") as after:
        remembered = after.last_port
        read = _client(after).v1.checkout.sessions.retrieve(opened.id)
        replayed = _client(after).v1.checkout.sessions.create(order(), {"idempotency_key": "k-1"})

    assert remembered == first_port
    assert opened.url == f"http://127.0.0.1:{first_port}/pay/{opened.id}"
    assert read.url == replayed.url == f"http://127.0.0.1:4999/pay/{opened.id}"


def test_what_was_answered_survives_kill_9_and_no_id_comes_twice(tmp_path):
    path = tmp_path / "stripe.sqlite"
    script = textwrap.dedent(WRITER)
    writer = subprocess.Popen([sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE, text=True)
    acknowledged = [writer.stdout.readline().split() for _ in range(25)]
    os.kill(writer.pid, signal.SIGKILL)
    acknowledged += [line.split() for line in writer.stdout.read().splitlines() if len(line.split()) == 2]
    writer.stdout.close()
    writer.wait()

    with StripeDouble(path) as double:
        client = _client(double)
        kept = {
            intent.id: intent for intent in client.v1.payment_intents.list({"limit": 100}).auto_paging_iter()
        }
        succeeded = client.v1.events.list({"types": ["payment_intent.succeeded"], "limit": 100})
        announced = [event.data.object.id for event in succeeded.auto_paging_iter()]
        params = {
            **ORDER,
            "confirm": True,
            "payment_method": "pm_card_visa",
            "return_url": "http://127.0.0.1/",
        }
        number, made = acknowledged[-1]
        replayed = client.v1.payment_intents.create(params, {"idempotency_key": f"key-{number}"})
        fresh = client.v1.payment_intents.create(ORDER)
        waiting = len(double.pending_events())

    assert {made for _, made in acknowledged} <= set(kept)
    assert len(kept) - len(acknowledged) in {0, 1}
    assert sorted(announced) == sorted(kept)
    assert replayed.id == made
    assert fresh.id not in kept
    assert waiting >= 2 * len(kept)


def test_the_clock_keeps_its_offset(tmp_path):
    path = tmp_path / "stripe.sqlite"
    with StripeDouble(path, now=lambda: 1000.0) as before:
        before.clock.advance(500)

    with StripeDouble(path, now=lambda: 1000.0) as after:
        assert after.clock.now() == 1500.0


def test_the_clock_does_not_run_backwards(double):
    with pytest.raises(ValueError, match="forward"):
        double.clock.advance(-1)


def test_ids_repeat_under_a_seed_and_differ_without():
    def first_id(seed):
        with StripeDouble(seed=seed) as double:
            return _client(double).v1.payment_intents.create(ORDER).id

    assert first_id(3) == first_id(3)
    assert len({first_id(3), first_id(4), first_id(None), first_id(None)}) == 4


def test_a_second_process_cannot_take_the_same_state(tmp_path):
    path = tmp_path / "stripe.sqlite"
    script = "import sys\nfrom pathlib import Path\nfrom shop.payments.double import StripeDouble\n"
    script += "StripeDouble(Path(sys.argv[1]))\nprint('open', flush=True)\nsys.stdin.read()\n"
    holder = subprocess.Popen(
        [sys.executable, "-c", script, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    holder.stdout.readline()

    with pytest.raises(StateInUseError):
        StripeDouble(path)

    holder.communicate()
    StripeDouble(path).close()


def test_many_threads_make_as_many_objects(wire, client):
    failures = []

    def create():
        try:
            for _ in range(5):
                wire.v1.customers.create({"name": "A"})
        except stripe.StripeError as error:
            failures.append(error)

    threads = [threading.Thread(target=create) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []


def test_a_server_can_be_stopped_and_started_again_on_its_port(double, order):
    with DoubleServer(double) as first:
        port = first.port
        opened = _client(double).v1.checkout.sessions.create(order())

    with DoubleServer(double, port=port) as second:
        assert second.port == port == double.last_port
        assert _client(double).v1.checkout.sessions.retrieve(opened.id).url == opened.url


def test_stopping_does_not_wait_for_a_slow_answer(double, server, wire, client):
    double.faults.add(Fault("slow", method="POST", delay=30, after_effect=True))
    begun = time.monotonic()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(wire.v1.payment_intents.create, ORDER)
        while not client.v1.payment_intents.list().data:
            time.sleep(0.01)

        server.stop()

        assert isinstance(waiting.exception(), stripe.APIConnectionError)
    assert time.monotonic() - begun < 5
