import time

import pytest
import stripe


def test_a_session_costs_its_lines_and_its_shipping(session):
    assert (session.amount_subtotal, session.amount_total) == (420000, 430000)
    assert (session.status, session.payment_status, session.currency) == ("open", "unpaid", "eur")
    assert session.total_details.amount_shipping == 10000


def test_a_session_keeps_what_the_shop_wrote_on_it(client, session):
    read = client.v1.checkout.sessions.retrieve(session.id)

    assert read.client_reference_id == "order-1"
    assert read.metadata.to_dict() == {"order": "order-1"}
    assert read.livemode is False


def test_a_session_has_no_intent_before_somebody_tries_to_pay(client, session, pay):
    assert session.payment_intent is None

    pay(session.id, "pm_card_chargeDeclined")

    assert client.v1.checkout.sessions.retrieve(session.id).payment_intent.startswith("pi_double_")


def test_session_metadata_is_not_copied_to_the_intent(client, session, pay):
    pay(session.id)

    paid = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    assert paid.payment_intent.metadata.to_dict() == {"attempt": "attempt-1"}


def test_a_session_lives_for_24_hours_unless_told_otherwise(session):
    assert session.expires_at - session.created == 86400


@pytest.mark.parametrize("seconds", [29 * 60, 25 * 3600])
def test_a_session_cannot_expire_too_soon_or_too_late(client, order, seconds):
    expires_at = int(time.time()) + seconds

    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.checkout.sessions.create(order(expires_at=expires_at))

    assert caught.value.param == "expires_at"


def test_thirty_minutes_are_long_enough(client, order):
    expires_at = int(time.time()) + 30 * 60

    assert client.v1.checkout.sessions.create(order(expires_at=expires_at)).expires_at == expires_at


def test_a_session_expires_by_the_clock(client, double, session, types):
    double.clock.advance(86401)

    double.tick()

    read = client.v1.checkout.sessions.retrieve(session.id)
    assert (read.status, read.url) == ("expired", None)
    assert types() == ["checkout.session.expired"]


def test_an_open_session_can_be_expired_once(client, session):
    assert client.v1.checkout.sessions.expire(session.id).status == "expired"

    with pytest.raises(stripe.InvalidRequestError):
        client.v1.checkout.sessions.expire(session.id)


def test_a_paid_session_cannot_be_expired(client, session, pay):
    pay(session.id)

    with pytest.raises(stripe.InvalidRequestError):
        client.v1.checkout.sessions.expire(session.id)

    assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"


def test_expiring_a_session_ends_the_intent_of_a_failed_try(client, session, pay):
    pay(session.id, "pm_card_chargeDeclined")

    client.v1.checkout.sessions.expire(session.id)

    read = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    assert read.payment_intent.status == "canceled"


@pytest.mark.parametrize("ui_mode", ["elements", "embedded_page", "form"])
def test_a_form_on_our_own_page_gets_a_secret_instead_of_a_link(client, order, ui_mode):
    params = order(
        ui_mode=ui_mode, success_url=None, cancel_url=None, return_url="http://127.0.0.1:5000/back"
    )

    opened = client.v1.checkout.sessions.create(params)

    assert opened.url is None
    assert opened.client_secret.startswith(opened.id)


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"success_url": None}, "success_url"),
        ({"ui_mode": "elements", "success_url": None, "cancel_url": None}, "return_url"),
        ({"line_items": None}, "line_items"),
        ({"success_url": "javascript:alert(1)"}, "success_url"),
        ({"mode": "subscription"}, "mode"),
        ({"discounts": [{"coupon": "free"}]}, "discounts"),
        ({"currency": "usd"}, "line_items"),
        ({"customer": "cus_unknown"}, "customer"),
    ],
)
def test_a_session_that_cannot_work_is_refused(client, order, changes, param):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.checkout.sessions.create(order(**changes))

    assert caught.value.param == param


def test_metadata_can_be_changed_and_a_key_removed(client, session):
    changed = client.v1.checkout.sessions.update(session.id, {"metadata": {"order": "", "note": "gift"}})

    assert changed.metadata.to_dict() == {"note": "gift"}


def test_line_items_come_when_asked_for(client, session):
    assert "line_items" not in session

    read = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["line_items"]})

    assert [(line.description, line.quantity) for line in read.line_items.data] == [("City bag, black", 2)]


def test_a_session_in_setup_mode_saves_a_card_for_the_customer(client, order, pay):
    customer = client.v1.customers.create({"email": "a@example.com"})
    common = {"mode": "setup", "customer": customer.id, "line_items": None, "shipping_options": None}
    opened = client.v1.checkout.sessions.create(order(**common, payment_intent_data=None))

    pay(opened.id)

    read = client.v1.checkout.sessions.retrieve(opened.id, {"expand": ["setup_intent"]})
    assert (read.status, read.payment_status) == ("complete", "no_payment_required")
    assert (read.setup_intent.status, read.setup_intent.customer) == ("succeeded", customer.id)


def test_a_session_that_costs_nothing_needs_no_payment(client, order, pay):
    price = {"currency": "eur", "unit_amount": 0, "product_data": {"name": "Repair"}}
    lines = [{"price_data": price, "quantity": 1}]
    opened = client.v1.checkout.sessions.create(order(line_items=lines, shipping_options=None))

    pay(opened.id)

    read = client.v1.checkout.sessions.retrieve(opened.id)
    assert (read.status, read.payment_status, read.payment_intent) == (
        "complete",
        "no_payment_required",
        None,
    )


def test_the_intent_of_an_open_session_is_driven_by_the_session_alone(client, session, pay):
    pay(session.id, "pm_card_chargeDeclined")
    intent = client.v1.checkout.sessions.retrieve(session.id).payment_intent

    for verb in (client.v1.payment_intents.cancel, client.v1.payment_intents.confirm):
        with pytest.raises(stripe.InvalidRequestError):
            verb(intent)
