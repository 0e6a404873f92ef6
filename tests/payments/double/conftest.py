"""A double in memory, the official client on both transports, and a shopper with a browser."""

import pytest
import requests
import stripe
from werkzeug.test import Client

from shop.payments.double import DOUBLE_API_KEY, DoubleServer, InProcessHTTPClient, StripeDouble

RETURN = "http://127.0.0.1:5000/return"


@pytest.fixture(autouse=True)
def _no_telemetry(monkeypatch):
    monkeypatch.setattr(stripe, "enable_telemetry", False)


@pytest.fixture
def double():
    with StripeDouble(seed=7, webhook_url="http://localhost:5000/webhooks") as opened:
        yield opened


@pytest.fixture
def client(double):
    return stripe.StripeClient(DOUBLE_API_KEY, http_client=InProcessHTTPClient(double))


@pytest.fixture
def server(double):
    with DoubleServer(double) as started:
        yield started


@pytest.fixture
def wire(server):
    """The official client over a socket; one session for all threads, so that it can be closed."""
    session = requests.Session()
    transport = stripe.RequestsClient(timeout=5, session=session)
    yield stripe.StripeClient(
        DOUBLE_API_KEY, base_addresses={"api": server.base_url}, http_client=transport, max_network_retries=0
    )
    session.close()


@pytest.fixture(params=["in process", "over a socket"])
def any_client(request):
    return request.getfixturevalue("client" if request.param == "in process" else "wire")


@pytest.fixture
def shopper(double):
    return Client(double)


@pytest.fixture
def order():
    """Parameters of a Checkout Session as the shop sends them: two bags and shipping, 4,300.00 EUR."""

    def build(**changes):
        price = {"currency": "eur", "unit_amount": 210000, "product_data": {"name": "City bag, black"}}
        rate = {"display_name": "Courier", "type": "fixed_amount"}
        params = {
            "mode": "payment",
            "success_url": "http://127.0.0.1:5000/done?session={CHECKOUT_SESSION_ID}",
            "cancel_url": "http://127.0.0.1:5000/cart",
            "line_items": [{"price_data": price, "quantity": 2}],
            "shipping_options": [
                {"shipping_rate_data": {**rate, "fixed_amount": {"amount": 10000, "currency": "eur"}}}
            ],
            "client_reference_id": "order-1",
            "metadata": {"order": "order-1"},
            "payment_intent_data": {"metadata": {"attempt": "attempt-1"}},
        }
        merged = {**params, **changes}
        return {key: value for key, value in merged.items() if value is not None}

    return build


@pytest.fixture
def session(client, order):
    return client.v1.checkout.sessions.create(order())


@pytest.fixture
def pay(shopper):
    """Press a button on a session's page; answers as a script sees it."""

    def press(session_id, payment_method="pm_card_visa", **fields):
        data = {"payment_method": payment_method, **fields}
        return shopper.post(f"/pay/{session_id}", data=data, headers={"Accept": "application/json"})

    return press


@pytest.fixture
def charged(client):
    """Take money over the API at once."""

    def charge(amount=10000, payment_method="pm_card_visa", **changes):
        params = {"amount": amount, "currency": "eur", "confirm": True, "return_url": RETURN}
        return client.v1.payment_intents.create({**params, "payment_method": payment_method, **changes})

    return charge


@pytest.fixture
def types(client):
    """The types of all events so far, oldest first."""

    def read():
        found = client.v1.events.list({"limit": 100})
        return [event.type for event in reversed(found.data)]

    return read
