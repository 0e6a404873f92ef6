import time

import pytest
import stripe

from shop.payments.double import (
    DOUBLE_API_KEY,
    DroppedConnectionError,
    Fault,
    InProcessHTTPClient,
    StripeDouble,
)

ORDER = {"amount": 1000, "currency": "eur"}
CREATE = {"path": "/v1/payment_intents", "method": "POST"}
RETRY = {"max_network_retries": 2}


@pytest.mark.parametrize(
    ("status", "error"),
    [(409, stripe.APIError), (429, stripe.RateLimitError), (500, stripe.APIError), (503, stripe.APIError)],
)
def test_a_status_is_answered_once_and_nothing_happens(any_client, double, status, error):
    double.faults.add(Fault(status=status, **CREATE))

    with pytest.raises(error) as caught:
        any_client.v1.payment_intents.create(ORDER, {"max_network_retries": 0})

    assert caught.value.http_status == status
    assert any_client.v1.payment_intents.list().data == []
    assert any_client.v1.payment_intents.create(ORDER).amount == 1000


def test_the_sdk_retries_a_conflict_and_succeeds(client, double):
    double.faults.add(Fault(status=409, times=2, **CREATE))

    assert client.v1.payment_intents.create(ORDER, RETRY).amount == 1000


def test_a_500_that_the_key_does_not_remember_is_survived_by_a_retry(client, double):
    double.faults.add(Fault(status=500, stored=False, **CREATE))

    assert client.v1.payment_intents.create(ORDER, RETRY).amount == 1000


def test_a_500_after_the_effect_leaves_the_effect(client, double):
    double.faults.add(Fault(status=500, after_effect=True, **CREATE))

    with pytest.raises(stripe.APIError):
        client.v1.payment_intents.create(ORDER, {**RETRY, "idempotency_key": "k-1"})

    assert len(client.v1.payment_intents.list().data) == 1


@pytest.mark.parametrize("kind", ["drop", "timeout"])
def test_a_lost_answer_is_found_again_under_the_same_key(any_client, double, kind):
    double.faults.add(Fault(kind, after_effect=True, **CREATE))
    with pytest.raises(stripe.APIConnectionError):
        any_client.v1.payment_intents.create(ORDER, {"idempotency_key": "k-1", "max_network_retries": 0})

    found = any_client.v1.payment_intents.create(ORDER, {"idempotency_key": "k-1"})

    assert [intent.id for intent in any_client.v1.payment_intents.list().data] == [found.id]


def test_a_connection_dropped_before_the_effect_leaves_nothing(any_client, double):
    double.faults.add(Fault("drop", **CREATE))

    with pytest.raises(stripe.APIConnectionError):
        any_client.v1.payment_intents.create(ORDER, {"max_network_retries": 0})

    assert any_client.v1.payment_intents.list().data == []


def test_the_sdk_retries_a_dropped_connection(client, double):
    double.faults.add(Fault("drop", times=2, after_effect=True, **CREATE))

    made = client.v1.payment_intents.create(ORDER, RETRY)

    assert [intent.id for intent in client.v1.payment_intents.list().data] == [made.id]


def test_a_slow_answer_is_slow_and_true(any_client, double):
    double.faults.add(Fault("slow", delay=0.2, **CREATE))
    begun = time.monotonic()

    made = any_client.v1.payment_intents.create(ORDER)

    assert time.monotonic() - begun >= 0.2
    assert made.amount == 1000


def test_an_answer_slower_than_the_clients_patience_is_none(double):
    hasty = stripe.StripeClient(DOUBLE_API_KEY, http_client=InProcessHTTPClient(double, timeout=3))
    double.faults.add(Fault("slow", delay=60, **CREATE))

    with pytest.raises(stripe.APIConnectionError):
        hasty.v1.payment_intents.create(ORDER)

    assert len(hasty.v1.payment_intents.list().data) == 1


def test_a_page_of_html_instead_of_json_is_an_api_error(any_client, double):
    double.faults.add(Fault(status=502, html=True, **CREATE))

    with pytest.raises(stripe.APIError) as caught:
        any_client.v1.payment_intents.create(ORDER, {"max_network_retries": 0})

    assert "<html>" in str(caught.value.http_body)


def test_a_fault_brings_its_headers(client, double):
    double.faults.add(Fault(status=429, headers={"Retry-After": "7"}, **CREATE))

    with pytest.raises(stripe.RateLimitError) as caught:
        client.v1.payment_intents.create(ORDER)

    assert caught.value.headers["retry-after"] == "7"


def test_a_fault_hits_its_path_and_method_only(client, double):
    double.faults.add(Fault(status=500, path="/v1/payment_intents/*", method="POST", times=None))

    made = client.v1.payment_intents.create(ORDER)
    read = client.v1.payment_intents.retrieve(made.id)
    with pytest.raises(stripe.APIError):
        client.v1.payment_intents.cancel(made.id)
    double.faults.clear()

    assert client.v1.payment_intents.cancel(read.id).status == "canceled"


def test_chance_faults_repeat_under_a_seed():
    def outcomes(seed):
        failed = []
        with StripeDouble(seed=seed) as double:
            client = stripe.StripeClient(DOUBLE_API_KEY, http_client=InProcessHTTPClient(double))
            double.faults.add(Fault(status=500, method="GET", times=None, probability=0.5))
            for _ in range(20):
                try:
                    client.v1.events.list()
                    failed.append(False)
                except stripe.APIError:
                    failed.append(True)
        return failed

    assert outcomes(1) == outcomes(1) != outcomes(2)
    assert 3 < sum(outcomes(1)) < 17


def test_a_shopper_may_lose_the_connection_after_paying(client, double, session, pay):
    double.faults.add(Fault("drop", path="/pay/*", after_effect=True))

    with pytest.raises(DroppedConnectionError):
        pay(session.id)

    assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"
