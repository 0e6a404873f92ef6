import http.client
import re

import pytest
from werkzeug.test import Client


def test_the_page_shows_what_is_bought_and_asks_for_no_card(shopper, session):
    page = shopper.get(f"/pay/{session.id}")

    assert page.status_code == 200
    assert "Stripe double, no money moves" in page.text
    assert "City bag, black \N{MULTIPLICATION SIGN} 2" in page.text
    assert "4,300.00 EUR" in page.text
    assert not re.search(r'<input type="(?!hidden|radio)', page.text)


def test_the_page_loads_nothing_from_elsewhere(shopper, session):
    page = shopper.get(f"/pay/{session.id}")

    assert not re.search(r"(src=|@import|url\(|<script|<link)", page.text)
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def test_paying_completes_the_session_and_returns_to_the_shop(client, shopper, session):
    answer = shopper.post(f"/pay/{session.id}", data={"payment_method": "pm_card_visa"})

    paid = client.v1.checkout.sessions.retrieve(session.id)
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"http://127.0.0.1:5000/done?session={session.id}"
    assert (paid.status, paid.payment_status) == ("complete", "paid")


def test_paying_twice_charges_once(client, shopper, session, types):
    first = shopper.post(f"/pay/{session.id}", data={"payment_method": "pm_card_visa"})
    second = shopper.post(f"/pay/{session.id}", data={"payment_method": "pm_card_visa"})

    assert (first.status_code, second.status_code) == (303, 303)
    assert first.headers["Location"] == second.headers["Location"]
    assert types().count("payment_intent.succeeded") == 1
    assert len(client.v1.payment_intents.list().data) == 1


@pytest.mark.parametrize(
    ("method", "decline_code"),
    [
        ("pm_card_chargeDeclined", "generic_decline"),
        ("pm_card_visa_chargeDeclined", "generic_decline"),
        ("pm_card_visa_chargeDeclinedInsufficientFunds", "insufficient_funds"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card"),
    ],
)
def test_a_declined_card_leaves_the_session_open(client, session, pay, method, decline_code):
    answer = pay(session.id, method)

    assert answer.status_code == 402
    assert answer.json["error"]["decline_code"] == decline_code
    assert client.v1.checkout.sessions.retrieve(session.id).status == "open"


def test_a_decline_is_told_on_the_page(shopper, session):
    answer = shopper.post(f"/pay/{session.id}", data={"payment_method": "pm_card_chargeDeclined"})

    assert answer.status_code == 402
    assert 'role="alert"' in answer.text


def test_a_good_card_after_a_decline_pays_the_same_intent(client, session, pay):
    pay(session.id, "pm_card_chargeDeclined")
    declined = client.v1.checkout.sessions.retrieve(session.id).payment_intent

    pay(session.id)

    paid = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    assert (paid.payment_intent.id, paid.payment_intent.status) == (declined, "succeeded")


def test_three_d_secure_asks_and_then_pays(client, shopper, session):
    asked = shopper.post(f"/pay/{session.id}", data={"payment_method": "pm_card_authenticationRequired"})
    path = asked.headers["Location"].removeprefix("http://127.0.0.1")
    waiting = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})

    done = shopper.post(path, data={"outcome": "succeed"})

    assert asked.status_code == done.status_code == 303
    assert path == f"/pay/{session.id}/authenticate"
    assert waiting.payment_intent.status == "requires_action"
    assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"


def test_a_failed_three_d_secure_leaves_the_session_open(client, shopper, session, pay):
    pay(session.id, "pm_card_authenticationRequired")

    failed = shopper.post(f"/pay/{session.id}/authenticate", data={"outcome": "fail"})

    read = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    assert failed.status_code == 402
    assert (read.status, read.payment_intent.status) == ("open", "requires_payment_method")
    assert read.payment_intent.last_payment_error.code == "payment_intent_authentication_failure"


def test_leaving_goes_back_to_the_cart_and_charges_nothing(client, shopper, session):
    by_button = shopper.post(f"/pay/{session.id}", data={"leave": "1"})
    by_path = shopper.post(f"/pay/{session.id}/leave")

    assert by_button.headers["Location"] == by_path.headers["Location"] == "http://127.0.0.1:5000/cart"
    assert client.v1.checkout.sessions.retrieve(session.id).status == "open"


def test_an_expired_session_says_so_and_takes_no_money(client, shopper, session, pay):
    client.v1.checkout.sessions.expire(session.id)

    assert shopper.get(f"/pay/{session.id}").status_code == 410
    assert pay(session.id).status_code == 410
    assert client.v1.payment_intents.list().data == []


def test_a_session_past_its_time_takes_no_money_even_before_a_tick(double, session, pay):
    double.clock.advance(86401)

    assert pay(session.id).status_code == 410


def test_a_finished_session_says_so(shopper, session, pay):
    pay(session.id)

    page = shopper.get(f"/pay/{session.id}")

    assert page.status_code == 200
    assert f"done?session={session.id}" in page.text


def test_a_form_session_is_paid_with_its_secret_only(client, order, pay):
    params = order(
        ui_mode="elements", success_url=None, cancel_url=None, return_url="http://127.0.0.1:5000/back"
    )
    opened = client.v1.checkout.sessions.create(params)

    without = pay(opened.id)
    wrong = pay(opened.id, client_secret="cs_other_secret")
    right = pay(opened.id, client_secret=opened.client_secret)

    assert (without.status_code, wrong.status_code, right.status_code) == (403, 403, 200)
    assert right.json["redirect"] == "http://127.0.0.1:5000/back"


def test_the_shopper_chooses_among_shipping_options(client, order, shopper, pay):
    def option(name, amount):
        rate = {"display_name": name, "fixed_amount": {"amount": amount, "currency": "eur"}}
        return {"shipping_rate_data": rate}

    opened = client.v1.checkout.sessions.create(
        order(shipping_options=[option("Slow", 0), option("Fast", 2500)])
    )
    slow, fast = (offered.shipping_rate for offered in opened.shipping_options)
    pay(opened.id, "pm_card_chargeDeclined", shipping_option=slow)

    pay(opened.id, shipping_option=fast)

    paid = client.v1.checkout.sessions.retrieve(opened.id, {"expand": ["payment_intent"]})
    assert (opened.amount_total, paid.amount_total) == (420000, 422500)
    assert paid.payment_intent.amount_received == 422500


def test_a_delayed_method_completes_unpaid_and_succeeds_later(client, double, session, pay, types):
    pay(session.id, "pm_double_delayed")
    waiting = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})

    double.settle_delayed(session.id, succeed=True)

    assert (waiting.status, waiting.payment_status) == ("complete", "unpaid")
    assert waiting.payment_intent.status == "processing"
    assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"
    assert types()[-1] == "checkout.session.async_payment_succeeded"


def test_a_delayed_method_may_fail_later(client, double, session, pay, types):
    pay(session.id, "pm_double_delayed")

    double.settle_delayed(session.id, succeed=False)

    read = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    assert (read.payment_status, read.payment_intent.status) == ("unpaid", "requires_payment_method")
    assert types()[-1] == "checkout.session.async_payment_failed"


def test_a_hold_leaves_the_session_unpaid_until_it_is_captured(client, order, pay):
    opened = client.v1.checkout.sessions.create(order(payment_intent_data={"capture_method": "manual"}))
    pay(opened.id)
    held = client.v1.checkout.sessions.retrieve(opened.id)

    client.v1.payment_intents.capture(held.payment_intent)

    assert (held.status, held.payment_status) == ("complete", "unpaid")
    assert client.v1.checkout.sessions.retrieve(opened.id).payment_status == "paid"


def test_product_names_cannot_inject_markup(client, order, shopper):
    price = {"currency": "jpy", "unit_amount": 5000, "product_data": {"name": "<b>Bag</b>"}}
    lines = [{"price_data": price, "quantity": 1}]
    opened = client.v1.checkout.sessions.create(order(line_items=lines, shipping_options=None))

    page = shopper.get(f"/pay/{opened.id}")

    assert "&lt;b&gt;Bag&lt;/b&gt;" in page.text
    assert "5,000 JPY" in page.text


def test_the_page_works_over_a_socket(server, client, session):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", f"/pay/{session.id}", body="payment_method=pm_card_visa", headers=form)
    answer = connection.getresponse()
    answer.read()
    connection.close()

    assert answer.status == 303


def test_an_unknown_session_is_not_found(double):
    assert Client(double).get("/pay/cs_test_unknown").status_code == 404
