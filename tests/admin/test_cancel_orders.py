"""An owner gives an order up: its payment is closed, its pieces are free, and money that came wins."""

from __future__ import annotations

from flask import Flask

from shop.checkout.reconciliation import reconcile
from shop.config import current_settings
from shop.payments.current import current_gateway
from shop.payments.double import Fault, StripeDouble
from tests.audited import breaches
from tests.owner import Owner
from tests.shopper import PIECES, Shopper


def number_of(shopper: Shopper) -> str:
    return str(shopper.placed["order"]["number"])


def test_an_order_that_waits_is_given_up(shopper: Shopper, owner: Owner, app: Flask) -> None:
    shopper.places_order()

    answer = owner.cancels(number_of(shopper))
    again = owner.cancels(number_of(shopper))

    assert answer.status_code == 201, answer.text
    assert [each.json["order"]["status"] for each in (answer, again)] == ["canceled"] * 2
    kinds = [each["kind"] for each in again.json["timeline"]]
    assert (kinds.count("cancel_requested"), kinds.count("canceled")) == (1, 1)
    assert shopper.sees_available() == PIECES
    assert shopper.pays().status_code >= 400
    assert breaches(app) == []


def test_money_that_came_is_not_canceled(shopper: Shopper, owner: Owner, app: Flask) -> None:
    shopper.places_order()
    shopper.pays()
    unheard = owner.cancels(number_of(shopper))  # the shop learns of the money by closing the payment
    refused = owner.cancels(number_of(shopper))

    assert unheard.json["order"]["status"] == "paid"
    assert (refused.status_code, refused.json["code"]) == (409, "order_not_cancelable")
    assert breaches(app) == []


def test_a_stripe_that_is_away_is_told_later(
    shopper: Shopper, owner: Owner, app: Flask, double: StripeDouble
) -> None:
    shopper.places_order()
    double.faults.add(Fault(kind="drop", path="/v1/checkout/sessions/*", times=None))

    answer = owner.cancels(number_of(shopper))
    double.faults.clear()
    with app.app_context():
        reconcile(current_settings(), current_gateway())

    assert (answer.status_code, answer.json["order"]["status"]) == (202, "pending_payment")
    assert shopper.order()["status"] == "canceled"
    assert shopper.sees_available() == PIECES
    assert breaches(app) == []


def test_an_unknown_order_is_not_found(owner: Owner) -> None:
    assert owner.cancels("NOPE").status_code == 404
