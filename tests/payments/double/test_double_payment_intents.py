import pytest
import stripe
from werkzeug.test import Client

RETURN = "http://127.0.0.1:5000/return"


def test_an_intent_goes_from_new_to_succeeded(any_client):
    intents = any_client.v1.payment_intents
    new = intents.create({"amount": 2500, "currency": "eur", "metadata": {"order": "7"}})

    paid = intents.confirm(new.id, {"payment_method": "pm_card_visa", "return_url": RETURN})

    assert (new.status, paid.status) == ("requires_payment_method", "succeeded")
    assert (paid.amount_received, paid.metadata.to_dict()) == (2500, {"order": "7"})
    charge = any_client.v1.charges.retrieve(paid.latest_charge)
    assert (charge.paid, charge.captured, charge.amount_captured) == (True, True, 2500)


@pytest.mark.parametrize(
    ("card", "code", "decline_code"),
    [
        ("pm_card_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("pm_card_chargeDeclinedLostCard", "card_declined", "lost_card"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", "expired_card"),
        ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", "incorrect_cvc"),
        ("pm_card_chargeDeclinedProcessingError", "processing_error", "processing_error"),
    ],
)
def test_a_decline_is_a_card_error_with_the_intent_inside(charged, client, card, code, decline_code):
    with pytest.raises(stripe.CardError) as caught:
        charged(payment_method=card)

    error = caught.value.error
    assert (caught.value.http_status, caught.value.code, error.decline_code) == (402, code, decline_code)
    assert (error.payment_intent.status, error.payment_intent.payment_method) == (
        "requires_payment_method",
        None,
    )
    read = client.v1.payment_intents.retrieve(error.payment_intent.id)
    assert read.last_payment_error.code == code
    assert client.v1.charges.retrieve(read.latest_charge).status == "failed"


def test_a_good_card_after_a_decline_succeeds_on_the_same_intent(client):
    intents = client.v1.payment_intents
    new = intents.create({"amount": 2500, "currency": "eur"})
    with pytest.raises(stripe.CardError):
        intents.confirm(new.id, {"payment_method": "pm_card_chargeDeclined", "return_url": RETURN})

    paid = intents.confirm(new.id, {"payment_method": "pm_card_visa", "return_url": RETURN})

    assert (paid.id, paid.status, paid.last_payment_error) == (new.id, "succeeded", None)


def test_authentication_asks_for_the_shopper_on_session(charged, client, double):
    waiting = charged(payment_method="pm_card_authenticationRequired")
    link = waiting.next_action.redirect_to_url.url.removeprefix("http://127.0.0.1")

    done = Client(double).post(link, data={"outcome": "succeed"})

    assert waiting.status == "requires_action"
    assert done.headers["Location"].startswith(RETURN)
    assert client.v1.payment_intents.retrieve(waiting.id).status == "succeeded"


def test_an_intent_that_waits_for_the_shopper_is_not_confirmed_again(charged, client):
    waiting = charged(payment_method="pm_card_authenticationRequired")

    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.payment_intents.confirm(
            waiting.id, {"payment_method": "pm_card_visa", "return_url": RETURN}
        )

    assert caught.value.code == "payment_intent_unexpected_state"


def test_authentication_off_session_is_an_error(charged):
    with pytest.raises(stripe.CardError) as caught:
        charged(payment_method="pm_card_authenticationRequired", off_session=True)

    assert caught.value.code == "authentication_required"
    assert caught.value.error.payment_intent.status == "requires_payment_method"


@pytest.mark.parametrize(
    ("params", "param", "code"),
    [
        ({"amount": 10, "currency": "eur"}, "amount", "amount_too_small"),
        ({"amount": 0, "currency": "eur"}, "amount", "parameter_invalid_integer"),
        ({"amount": 1000, "currency": "zzz"}, "currency", None),
        ({"amount": 100_000_000, "currency": "eur"}, "amount", "amount_too_large"),
        ({"amount": 1005, "currency": "kwd"}, "amount", "parameter_invalid_integer"),
        ({"currency": "eur"}, "amount", "parameter_missing"),
        ({"amount": 10.5, "currency": "eur"}, "amount", "parameter_invalid_integer"),
        ({"amonut": 1, "amount": 1000, "currency": "eur"}, "amonut", "parameter_unknown"),
        (
            {"amount": 1000, "currency": "eur", "payment_method_types": ["card"]},
            "payment_method_types",
            "payment_method_types_no_longer_supported",
        ),
    ],
)
def test_a_wrong_parameter_is_named(client, params, param, code):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.payment_intents.create(params)

    assert (caught.value.http_status, caught.value.param, caught.value.code) == (400, param, code)


def test_yen_and_won_have_no_minor_units(client):
    assert client.v1.payment_intents.create({"amount": 50, "currency": "jpy"}).amount == 50


def test_a_return_url_is_needed_while_methods_may_redirect(client):
    params = {"amount": 1000, "currency": "eur", "confirm": True, "payment_method": "pm_card_visa"}

    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.payment_intents.create(params)
    never = {"enabled": True, "allow_redirects": "never"}
    paid = client.v1.payment_intents.create({**params, "automatic_payment_methods": never})

    assert caught.value.param == "return_url"
    assert paid.status == "succeeded"


def test_a_refused_confirmation_leaves_no_intent_behind(client):
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.payment_intents.create(
            {"amount": 1000, "currency": "eur", "confirm": True, "payment_method": "pm_card_visa"}
        )

    assert client.v1.payment_intents.list().data == client.v1.events.list().data == []


def test_the_amount_is_fixed_once_the_money_moved(charged, client):
    paid = charged()

    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.payment_intents.update(paid.id, {"amount": 1})
    changed = client.v1.payment_intents.update(paid.id, {"metadata": {"note": "x"}})

    assert caught.value.code == "payment_intent_unexpected_state"
    assert (changed.amount, changed.metadata.to_dict()) == (10000, {"note": "x"})


def test_a_paid_intent_cannot_be_canceled(charged, client):
    paid = charged()

    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.payment_intents.cancel(paid.id)

    assert caught.value.code == "payment_intent_unexpected_state"


def test_a_canceled_intent_takes_no_money(client):
    new = client.v1.payment_intents.create({"amount": 1000, "currency": "eur"})
    canceled = client.v1.payment_intents.cancel(new.id, {"cancellation_reason": "abandoned"})

    with pytest.raises(stripe.InvalidRequestError):
        client.v1.payment_intents.confirm(new.id, {"payment_method": "pm_card_visa", "return_url": RETURN})

    assert (canceled.status, canceled.cancellation_reason) == ("canceled", "abandoned")


def test_intents_are_listed_page_by_page(client):
    made = [client.v1.payment_intents.create({"amount": 1000 + n, "currency": "eur"}).id for n in range(5)]

    first = client.v1.payment_intents.list({"limit": 2})
    everything = [intent.id for intent in first.auto_paging_iter()]

    assert first.has_more is True
    assert everything == made[::-1]


def test_a_delayed_payment_settles_by_itself_when_scheduled(charged, client, double):
    double.delayed_settles_after = 3600
    waiting = charged(payment_method="pm_double_delayed")
    double.clock.advance(3601)

    read = client.v1.payment_intents.retrieve(waiting.id)

    assert (waiting.status, read.status, read.amount_received) == ("processing", "succeeded", 10000)


def test_an_unknown_intent_is_not_found(any_client):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        any_client.v1.payment_intents.retrieve("pi_unknown")

    assert (caught.value.http_status, caught.value.code) == (404, "resource_missing")
    assert caught.value.request_id.startswith("req_double_")


def test_what_cannot_be_expanded_is_refused(client, charged):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.payment_intents.retrieve(charged().id, {"expand": ["amount"]})

    assert caught.value.param == "expand"
