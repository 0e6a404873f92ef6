import http.server
import threading
import time

import pytest
import stripe

from shop.payments.double import (
    DOUBLE_API_KEY,
    DoubleServer,
    InProcessHTTPClient,
    StripeDouble,
    WebhookFault,
)

SECRET = "whsec_double"


class Shop:
    """Takes webhooks, verifies them with the SDK, and can be told to be broken."""

    def __init__(self, client):
        self.client = client
        self.taken = []
        self.refused = []
        self.status = 200

    def __call__(self, url, body, headers):
        if self.status != 200:
            return self.status
        try:
            event = self.client.construct_event(body, headers["Stripe-Signature"], SECRET)
        except stripe.SignatureVerificationError:
            self.refused.append(body)
            return 400
        self.taken.append(event)
        return 200


@pytest.fixture
def shop(client, double):
    double.webhooks.sender = Shop(client)
    return double.webhooks.sender


def _types(shop):
    return [event.type for event in shop.taken]


def test_events_arrive_signed_and_complete(double, shop, session, pay):
    pay(session.id)

    delivered = double.deliver_webhooks()

    assert delivered == 3
    assert sorted(_types(shop)) == [
        "checkout.session.completed",
        "payment_intent.created",
        "payment_intent.succeeded",
    ]
    assert {event.pending_webhooks for event in shop.taken} == {1}
    assert double.pending_events() == []


def test_the_order_of_delivery_is_no_promise_but_repeatable():
    def order(seed):
        with StripeDouble(seed=seed, webhook_url="http://localhost/x", now=lambda: 1e9) as double:
            client = stripe.StripeClient(DOUBLE_API_KEY, http_client=InProcessHTTPClient(double))
            for _ in range(6):
                client.v1.payment_intents.create({"amount": 1000, "currency": "eur"})
            made = [event.id for event in reversed(client.v1.events.list().data)]
            return [made.index(delivery.event_id) for delivery in double.pending_events()]

    assert order(1) == order(1)
    assert order(1) != [0, 1, 2, 3, 4, 5]
    assert order(1) != order(2)


def test_the_order_can_be_kept(double, shop, charged):
    double.webhooks.in_order = True
    for _ in range(4):
        charged()

    double.deliver_webhooks()

    assert _types(shop) == ["payment_intent.created", "payment_intent.succeeded"] * 4


def test_a_refused_event_is_sent_again_later(double, shop, client, session):
    client.v1.checkout.sessions.expire(session.id)
    shop.status = 500
    first = double.deliver_webhooks()
    at_once = double.deliver_webhooks()
    shop.status = 200
    double.clock.advance(2)

    later = double.deliver_webhooks()

    assert (first, at_once, later) == (0, 0, 1)
    assert _types(shop) == ["checkout.session.expired"]


def test_an_event_is_given_up_after_three_days(double, shop, client, session):
    client.v1.checkout.sessions.expire(session.id)
    shop.status = 503

    for _ in range(20):
        double.deliver_webhooks()
        double.clock.advance(86400)

    assert double.pending_events() == []
    assert [event.pending_webhooks for event in client.v1.events.list().data] == [1]


def test_an_unreachable_shop_is_a_failed_delivery(double, client, session):
    double.webhooks.url = "http://127.0.0.1:1/webhooks"
    client.v1.checkout.sessions.expire(session.id)

    assert double.deliver_webhooks() == 0
    assert [delivery.attempts for delivery in double.pending_events()] == [1]


def test_events_can_be_dropped_delayed_duplicated_and_reordered(double, shop, charged):
    for _ in range(2):
        charged()
    a, b, c, d = sorted(delivery.event_id for delivery in double.pending_events())

    double.webhooks.drop(a)
    double.webhooks.delay(b, 100)
    double.webhooks.duplicate(c)
    double.webhooks.reorder([d, c])
    double.deliver_webhooks()

    assert [event.id for event in shop.taken] == [d, c, c]
    double.clock.advance(101)
    double.deliver_webhooks()
    assert shop.taken[-1].id == b


@pytest.mark.parametrize(
    ("kind", "arrive"),
    [("duplicate", 2), ("drop", 0), ("delay", 0), ("reorder", 1), ("future_timestamp", 1)],
)
def test_a_scripted_fault_changes_a_delivery(double, shop, client, session, kind, arrive):
    double.faults.add(WebhookFault(kind, event="checkout.session.*"))
    client.v1.checkout.sessions.expire(session.id)

    double.deliver_webhooks()

    assert len(shop.taken) == arrive


def test_a_reordered_event_comes_after_all_others(double, shop, session, pay):
    double.faults.add(WebhookFault("reorder", event="payment_intent.created"))
    pay(session.id)

    double.deliver_webhooks()

    assert _types(shop)[-1] == "payment_intent.created"


@pytest.mark.parametrize("kind", ["bad_signature", "stale_timestamp"])
def test_a_badly_signed_delivery_is_refused_and_comes_again_well_signed(double, shop, client, session, kind):
    double.faults.add(WebhookFault(kind))
    client.v1.checkout.sessions.expire(session.id)
    double.deliver_webhooks()
    refused = len(shop.refused)
    double.clock.advance(2)

    double.deliver_webhooks()

    assert (refused, len(shop.taken)) == (1, 1)


def test_a_future_timestamp_is_in_the_future(double, client, session):
    seen = []
    double.webhooks.sender = lambda url, body, headers: seen.append(headers["Stripe-Signature"]) or 200
    double.faults.add(WebhookFault("future_timestamp", delay=3600))
    client.v1.checkout.sessions.expire(session.id)

    double.deliver_webhooks()

    assert int(seen[0].split(",")[0].removeprefix("t=")) > time.time() + 3000


def test_signatures_carry_the_time_outside_however_far_the_clock_moved(double, session):
    seen = []
    double.webhooks.sender = lambda url, body, headers: seen.append(headers["Stripe-Signature"]) or 200
    double.clock.advance(86401)
    double.tick()

    double.deliver_webhooks()

    assert abs(int(seen[0].split(",")[0].removeprefix("t=")) - time.time()) < 60


def test_the_shop_may_ask_back_while_it_takes_an_event(double, client, session, pay):
    seen = []

    def ask_back(url, body, headers):
        seen.append(client.v1.checkout.sessions.retrieve(session.id).payment_status)
        return 200

    double.webhooks.sender = ask_back
    pay(session.id)

    assert double.deliver_webhooks() == 3
    assert set(seen) == {"paid"}


def test_without_an_endpoint_nothing_waits(double, client, session):
    double.webhooks.url = None
    client.v1.checkout.sessions.expire(session.id)

    assert double.pending_events() == []
    assert client.v1.events.list().data[0].pending_webhooks == 0


def test_the_server_delivers_over_a_real_socket_by_itself(double, client, session):
    arrived = threading.Event()
    bodies = []

    class Endpoint(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            bodies.append(client.construct_event(body, self.headers["Stripe-Signature"], SECRET))
            self.send_response(200)
            self.end_headers()
            arrived.set()

        def log_message(self, *args):
            """Stay quiet."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Endpoint) as endpoint:
        thread = threading.Thread(target=endpoint.serve_forever, args=(0.02,))
        thread.start()
        double.webhooks.url = f"http://127.0.0.1:{endpoint.server_port}/webhooks"
        with DoubleServer(double, deliver=True):
            client.v1.checkout.sessions.expire(session.id)
            arrived.wait(5)
        endpoint.shutdown()
        thread.join()

    assert [event.type for event in bodies] == ["checkout.session.expired"]
