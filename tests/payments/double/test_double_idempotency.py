import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import stripe
from werkzeug.test import Client

from shop.payments.double import Fault

ORDER = {"amount": 1000, "currency": "eur"}


def _key(key):
    return {"idempotency_key": key}


def test_the_same_key_gives_the_same_object(any_client):
    first = any_client.v1.payment_intents.create(ORDER, _key("k-1"))
    second = any_client.v1.payment_intents.create(ORDER, _key("k-1"))

    assert first.id == second.id
    assert "Idempotent-Replayed" not in first.last_response.headers
    assert second.last_response.headers["Idempotent-Replayed"] == "true"
    assert first.last_response.body == second.last_response.body


def test_a_key_does_not_stretch_to_other_parameters(client):
    client.v1.payment_intents.create(ORDER, _key("k-1"))

    with pytest.raises(stripe.IdempotencyError):
        client.v1.payment_intents.create({**ORDER, "amount": 2000}, _key("k-1"))


def test_a_key_does_not_stretch_to_another_endpoint(client):
    client.v1.customers.create({}, _key("k-1"))

    with pytest.raises(stripe.IdempotencyError):
        client.v1.setup_intents.create({}, _key("k-1"))


def test_a_decline_is_replayed(client, types):
    params = {
        **ORDER,
        "confirm": True,
        "payment_method": "pm_card_chargeDeclined",
        "return_url": "http://x.test/",
    }

    for _ in range(2):
        with pytest.raises(stripe.CardError):
            client.v1.payment_intents.create(params, _key("k-1"))

    assert types().count("payment_intent.payment_failed") == 1


def test_a_refusal_by_state_is_replayed_after_the_state_changed(client, charged, double):
    paid = charged()
    refund = client.v1.refunds.create({"payment_intent": paid.id})
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.refunds.create({"payment_intent": paid.id}, _key("k-1"))
    double.fail_refund(refund.id)

    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.refunds.create({"payment_intent": paid.id}, _key("k-1"))

    assert caught.value.code == "charge_already_refunded"


def test_a_validation_failure_is_not_kept(client):
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.payment_intents.create({**ORDER, "amount": 0}, _key("k-1"))

    assert client.v1.payment_intents.create(ORDER, _key("k-1")).amount == 1000


def test_an_injected_500_is_replayed_for_a_day(client, double):
    double.faults.add(Fault(status=500, path="/v1/payment_intents"))

    for _ in range(2):
        with pytest.raises(stripe.APIError):
            client.v1.payment_intents.create(ORDER, _key("k-1"))
    none_yet = client.v1.payment_intents.list().data
    double.clock.advance(24 * 3600 + 1)
    made = client.v1.payment_intents.create(ORDER, _key("k-1"))

    assert none_yet == []
    assert made.amount == 1000


def test_a_key_is_forgotten_after_24_hours(client, double):
    first = client.v1.payment_intents.create(ORDER, _key("k-1"))
    double.clock.advance(23 * 3600)
    same = client.v1.payment_intents.create(ORDER, _key("k-1"))
    double.clock.advance(3601)

    other = client.v1.payment_intents.create(ORDER, _key("k-1"))

    assert first.id == same.id != other.id


@pytest.mark.parametrize("key", ["x" * 256, ""])
def test_a_key_has_1_to_255_characters(double, key):
    headers = {"Authorization": "Bearer sk_test_double", "Idempotency-Key": key}
    answer = Client(double).post("/v1/payment_intents", data=ORDER, headers=headers)

    assert answer.status_code == 400


def test_sixteen_racing_creates_with_one_key_make_one_intent(wire, client):
    def create(_):
        try:
            return wire.v1.payment_intents.create(ORDER, _key("k-1")).id
        except stripe.APIError as error:
            return error.http_status

    with ThreadPoolExecutor(16) as pool:
        answers = set(pool.map(create, range(16)))

    made = [intent.id for intent in client.v1.payment_intents.list().data]
    assert len(made) == 1
    assert answers - {409} == set(made)


def test_a_twin_of_a_running_request_is_a_conflict(double, wire):
    double.faults.add(Fault("slow", path="/v1/payment_intents", method="POST", delay=0.5, after_effect=True))
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(wire.v1.payment_intents.create, ORDER, _key("k-1"))
        while not wire.v1.payment_intents.list().data:
            time.sleep(0.01)

        with pytest.raises(stripe.APIError) as caught:
            wire.v1.payment_intents.create(ORDER, _key("k-1"))
        made = running.result()

    assert caught.value.http_status == 409
    assert made.id == wire.v1.payment_intents.create(ORDER, _key("k-1")).id
