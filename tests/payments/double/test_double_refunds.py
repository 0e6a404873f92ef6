import pytest
import stripe


def test_a_payment_is_refunded_in_parts_and_never_above_the_rest(charged, client):
    paid = charged(10000)
    first = client.v1.refunds.create({"payment_intent": paid.id, "amount": 2500, "metadata": {"line": "1"}})

    with pytest.raises(stripe.InvalidRequestError) as above:
        client.v1.refunds.create({"payment_intent": paid.id, "amount": 7501})
    rest = client.v1.refunds.create({"charge": paid.latest_charge})
    with pytest.raises(stripe.InvalidRequestError) as again:
        client.v1.refunds.create({"payment_intent": paid.id})

    charge = client.v1.charges.retrieve(paid.latest_charge)
    assert (first.status, first.amount, rest.amount) == ("succeeded", 2500, 7500)
    assert (above.value.code, again.value.code) == ("amount_too_large", "charge_already_refunded")
    assert (charge.amount_refunded, charge.refunded) == (10000, True)


def test_the_same_part_twice_is_two_refunds(charged, client):
    paid = charged(10000)

    made = {client.v1.refunds.create({"payment_intent": paid.id, "amount": 1000}).id for _ in range(2)}

    listed = client.v1.refunds.list({"payment_intent": paid.id})
    assert {refund.id for refund in listed.data} == made
    assert len(made) == 2


def test_a_refund_may_stay_pending_and_succeed_later(charged, client, double, types):
    double.refunds_pending = True
    refund = client.v1.refunds.create({"payment_intent": charged().id})

    double.settle_refund(refund.id)

    assert refund.status == "pending"
    assert client.v1.refunds.retrieve(refund.id).status == "succeeded"
    assert types()[-1] == "refund.updated"


def test_a_pending_refund_settles_by_itself_when_scheduled(charged, client, double):
    double.refunds_pending, double.refund_settles_after = True, 60
    refund = client.v1.refunds.create({"payment_intent": charged().id})
    double.clock.advance(61)

    assert client.v1.refunds.retrieve(refund.id).status == "succeeded"


def test_a_failed_refund_gives_the_money_back_to_the_shop(charged, client, double, types):
    paid = charged()
    refund = client.v1.refunds.create({"payment_intent": paid.id})

    double.fail_refund(refund.id)

    charge = client.v1.charges.retrieve(paid.latest_charge)
    assert client.v1.refunds.retrieve(refund.id).status == "failed"
    assert (charge.amount_refunded, charge.refunded) == (0, False)
    assert types()[-1] == "refund.failed"
    assert client.v1.refunds.create({"payment_intent": paid.id}).amount == 10000


def test_pending_refunds_count_against_the_rest(charged, client, double):
    double.refunds_pending = True
    paid = charged()
    client.v1.refunds.create({"payment_intent": paid.id, "amount": 6000})

    with pytest.raises(stripe.InvalidRequestError):
        client.v1.refunds.create({"payment_intent": paid.id, "amount": 6000})


def test_a_refund_made_in_the_dashboard_is_seen_by_the_shop(charged, client, double, types):
    paid = charged()

    refund_id = double.dashboard_refund(paid.id, 1500)

    assert [refund.id for refund in client.v1.refunds.list({"payment_intent": paid.id}).data] == [refund_id]
    assert types()[-2:] == ["refund.created", "charge.refunded"]


@pytest.mark.parametrize("params", [{}, {"payment_intent": "pi_unknown"}, {"charge": "ch_unknown"}])
def test_a_refund_of_nothing_is_refused(client, params):
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.refunds.create(params)


def test_an_unpaid_intent_has_nothing_to_refund(client):
    new = client.v1.payment_intents.create({"amount": 1000, "currency": "eur"})

    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.refunds.create({"payment_intent": new.id})

    assert caught.value.code == "payment_intent_unexpected_state"


def test_a_card_whose_refunds_fail_fails_by_the_clock(charged, client, double):
    paid = charged(payment_method="pm_card_refundFail")
    refund = client.v1.refunds.create({"payment_intent": paid.id})
    double.clock.advance(6)

    assert (refund.status, client.v1.refunds.retrieve(refund.id).status) == ("succeeded", "failed")
