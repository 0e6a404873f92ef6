import pytest
import stripe


@pytest.fixture
def hold(charged):
    return charged(capture_method="manual")


def test_a_hold_takes_no_money_yet(hold, client):
    charge = client.v1.charges.retrieve(hold.latest_charge)

    assert (hold.status, hold.amount_capturable, hold.amount_received) == ("requires_capture", 10000, 0)
    assert (charge.captured, charge.amount_captured) == (False, 0)


def test_a_hold_can_be_captured_in_full(hold, client):
    taken = client.v1.payment_intents.capture(hold.id)

    assert (taken.status, taken.amount_received, taken.amount_capturable) == ("succeeded", 10000, 0)


def test_a_partial_capture_releases_the_rest(hold, client, types):
    taken = client.v1.payment_intents.capture(hold.id, {"amount_to_capture": 4000})

    charge = client.v1.charges.retrieve(taken.latest_charge)
    assert (taken.amount_received, taken.amount_capturable) == (4000, 0)
    assert (charge.amount_captured, charge.amount_refunded, charge.refunded) == (4000, 6000, False)
    assert "charge.refunded" in types()


def test_only_the_captured_part_can_be_refunded(hold, client):
    client.v1.payment_intents.capture(hold.id, {"amount_to_capture": 4000})

    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.refunds.create({"payment_intent": hold.id, "amount": 4001})
    refund = client.v1.refunds.create({"payment_intent": hold.id})

    assert caught.value.code == "amount_too_large"
    assert refund.amount == 4000


def test_more_than_the_hold_cannot_be_captured(hold, client):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.payment_intents.capture(hold.id, {"amount_to_capture": 10001})

    assert caught.value.code == "amount_too_large"
    assert client.v1.payment_intents.retrieve(hold.id).amount_capturable == 10000


def test_a_hold_is_captured_once(hold, client):
    client.v1.payment_intents.capture(hold.id, {"amount_to_capture": 4000})

    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.payment_intents.capture(hold.id, {"amount_to_capture": 4000})

    assert caught.value.code == "payment_intent_unexpected_state"


def test_canceling_releases_the_hold(hold, client):
    released = client.v1.payment_intents.cancel(hold.id)

    charge = client.v1.charges.retrieve(hold.latest_charge)
    assert (released.status, released.amount_capturable) == ("canceled", 0)
    assert (charge.refunded, charge.captured) == (True, False)


def test_a_hold_lapses_after_seven_days(hold, client, double, types):
    double.clock.advance(7 * 86400 - 60)
    kept = client.v1.payment_intents.retrieve(hold.id)
    double.clock.advance(120)
    double.tick()

    lapsed = client.v1.payment_intents.retrieve(hold.id)

    assert (kept.status, lapsed.status) == ("requires_capture", "canceled")
    assert lapsed.cancellation_reason == "automatic"
    assert "payment_intent.canceled" in types()


def test_a_hold_made_without_the_shopper_lapses_sooner(charged, client, double):
    hold = charged(capture_method="manual", off_session=True)

    double.clock.advance(4 * 86400 + 18 * 3600 + 60)

    assert client.v1.payment_intents.retrieve(hold.id).status == "canceled"
