import pytest
import stripe
from werkzeug.test import Client

RETURN = "http://127.0.0.1:5000/return"


@pytest.fixture
def customer(client):
    return client.v1.customers.create({"email": "a@example.com", "name": "A", "metadata": {"user": "1"}})


@pytest.fixture
def saved(client, customer):
    """Save a card off a SetupIntent and give the payment method's id."""

    def save(card):
        params = {"customer": customer.id, "usage": "off_session", "confirm": True}
        return client.v1.setup_intents.create({**params, "payment_method": card, "return_url": RETURN})

    return save


def test_a_customer_is_created_changed_and_deleted(client, customer):
    changed = client.v1.customers.update(customer.id, {"name": "B", "metadata": {"user": ""}})
    deleted = client.v1.customers.delete(customer.id)

    assert (changed.name, changed.metadata.to_dict()) == ("B", {})
    assert deleted.deleted is True
    assert client.v1.customers.retrieve(customer.id).deleted is True
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.customers.update(customer.id, {"name": "C"})
    assert caught.value.code == "resource_missing"


def test_a_saved_card_is_charged_when_the_shopper_is_away(client, customer, saved, charged):
    method = saved("pm_card_visa").payment_method

    paid = [charged(payment_method=method, customer=customer.id, off_session=True) for _ in range(2)]

    assert {intent.status for intent in paid} == {"succeeded"}


def test_a_saved_card_belongs_to_its_customer(client, saved, charged):
    method = saved("pm_card_visa").payment_method
    other = client.v1.customers.create({})

    with pytest.raises(stripe.InvalidRequestError) as caught:
        charged(payment_method=method, customer=other.id)

    assert caught.value.param == "payment_method"


def test_a_card_authenticated_once_may_be_charged_later(client, double, customer, saved, charged):
    setup = saved("pm_card_authenticationRequiredOnSetup")
    link = setup.next_action.redirect_to_url.url.removeprefix("http://127.0.0.1")
    Client(double).post(link, data={"outcome": "succeed"})
    method = client.v1.setup_intents.retrieve(setup.id).payment_method

    paid = charged(payment_method=method, customer=customer.id, off_session=True)

    assert (setup.status, paid.status) == ("requires_action", "succeeded")


def test_a_bank_may_want_the_shopper_every_time(client, double, customer, saved, charged):
    setup = saved("pm_card_authenticationRequired")
    link = setup.next_action.redirect_to_url.url.removeprefix("http://127.0.0.1")
    Client(double).post(link, data={"outcome": "succeed"})
    method = client.v1.setup_intents.retrieve(setup.id).payment_method

    with pytest.raises(stripe.CardError) as caught:
        charged(payment_method=method, customer=customer.id, off_session=True)

    assert caught.value.code == "authentication_required"


def test_a_declined_card_is_not_saved(saved, client):
    with pytest.raises(stripe.CardError) as caught:
        saved("pm_card_chargeDeclined")

    assert caught.value.error.setup_intent.status == "requires_payment_method"


def test_a_card_may_be_saved_and_decline_later(customer, saved, charged):
    setup = saved("pm_card_chargeCustomerFail")

    with pytest.raises(stripe.CardError):
        charged(payment_method=setup.payment_method, customer=customer.id, off_session=True)

    assert setup.status == "succeeded"


def test_a_setup_intent_is_confirmed_or_canceled_once(client, saved):
    new = client.v1.setup_intents.create({})
    client.v1.setup_intents.cancel(new.id)

    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.setup_intents.confirm(new.id, {"payment_method": "pm_card_visa", "return_url": RETURN})
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.setup_intents.cancel(saved("pm_card_visa").id)

    assert caught.value.code == "setup_intent_unexpected_state"


def test_a_guests_card_is_used_up(charged):
    paid = charged()

    with pytest.raises(stripe.InvalidRequestError):
        charged(payment_method=paid.payment_method)
