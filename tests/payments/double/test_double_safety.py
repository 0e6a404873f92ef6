import http.client

import pytest
import stripe
from werkzeug.test import Client

from shop.payments.double import DoubleServer, InProcessHTTPClient, StripeDouble
from shop.payments.double.form import card_field

# Put together here, so that no card number stands in the code.
VISA = "42" * 8
OWN_KEY = {"Authorization": "Bearer sk_test_double"}


@pytest.mark.parametrize(
    "key", ["sk_test_51Habc", "sk_live_51Habc", "rk_live_51Habc", "nope", "sk_test_double2"]
)
def test_only_the_doubles_own_key_is_taken(double, key):
    stranger = stripe.StripeClient(key, http_client=InProcessHTTPClient(double))

    with pytest.raises(stripe.AuthenticationError) as caught:
        stranger.v1.payment_intents.create({"amount": 1000, "currency": "eur"})

    assert caught.value.http_status == 401
    assert key not in str(caught.value)


def test_no_key_is_no_entry(double):
    assert Client(double).get("/v1/events").status_code == 401


def test_the_key_may_come_as_a_user_name_as_curl_sends_it(double):
    assert Client(double).get("/v1/events", auth=("sk_test_double", "")).status_code == 200


@pytest.mark.parametrize(
    "value", [VISA, " ".join([VISA[i : i + 4] for i in range(0, 16, 4)]), f"my card: {VISA}."]
)
def test_a_card_number_anywhere_is_refused_and_not_repeated(double, value):
    data = {"amount": "1000", "currency": "eur", "metadata[note]": value}

    answer = Client(double).post("/v1/payment_intents", data=data, headers=OWN_KEY)

    assert answer.status_code == 400
    assert answer.json["error"]["param"] == "metadata[note]"
    assert VISA[:8] not in answer.text


def test_a_card_number_on_the_pay_page_is_refused(double, session):
    assert Client(double).post(f"/pay/{session.id}", data={"payment_method": VISA}).status_code == 400


@pytest.mark.parametrize(
    "value",
    ["cs_test_double_" + VISA, "a1" + VISA, VISA[:-1] + "3", "1763900000000", "8017263540987", "120000"],
)
def test_ids_times_and_barcodes_are_no_card_numbers(value):
    assert card_field({"metadata": {"note": value}}) is None


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "example.com", "::"])
def test_it_listens_on_the_loop_back_only(double, host):
    with pytest.raises(ValueError, match="loop-back"):
        DoubleServer(double, host=host)


@pytest.mark.parametrize(
    "url", ["https://example.com/hook", "http://10.0.0.1/hook", "http://127.0.0.1.example.com/"]
)
def test_it_sends_webhooks_to_the_loop_back_only(double, url):
    with pytest.raises(ValueError, match="loop-back"):
        StripeDouble(webhook_url=url)
    with pytest.raises(ValueError, match="loop-back"):
        double.webhooks.url = url


def _ask(server, path="/v1/events", **headers):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    connection.request("GET", path, headers={**OWN_KEY, **headers})
    status = connection.getresponse().status
    connection.close()
    return status


def test_a_foreign_name_that_points_here_is_refused(server):
    assert _ask(server, Host="rebound.example.com") == 403
    assert _ask(server, Host=f"localhost:{server.port}") == 200


def test_a_body_above_one_megabyte_is_refused(double):
    answer = Client(double).post("/v1/customers", data=b"name=" + b"x" * (1 << 20), headers=OWN_KEY)

    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("body", "content_type"),
    [(b"name=\xff\xfe", "application/x-www-form-urlencoded"), (b"{}", "application/json")],
)
def test_a_body_that_is_no_form_is_refused(double, body, content_type):
    headers = {**OWN_KEY, "Content-Type": content_type}

    assert Client(double).post("/v1/customers", data=body, headers=headers).status_code == 400


def test_livemode_is_never_on(client, charged, session):
    paid = charged(expand=["latest_charge", "customer"])

    objects = [paid, paid.latest_charge, session, *client.v1.events.list().data]
    assert {item.livemode for item in objects} == {False}


def test_errors_have_stripes_shape_and_a_request_id(double):
    answer = Client(double).post("/v1/payment_intents", data={"amount": "x"}, headers=OWN_KEY)

    assert answer.headers["Request-Id"].startswith("req_double_")
    assert answer.headers["Stripe-Version"] == stripe.api_version
    assert set(answer.json["error"]) <= {"type", "code", "param", "message"}
