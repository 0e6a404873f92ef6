"""Endings without money: canceled, expired, too late; stock comes back after Stripe has answered."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from shop.cli import cli
from shop.inventory.models import Hold
from shop.kit.clock import clock
from shop.payments.double import Fault, StripeDouble
from shop.payments.models import Payment, Refund
from tests.checkout.late_money import pay_when_sold_to_another
from tests.shopper import PIECES, Shopper


def test_a_canceled_checkout_frees_its_bags_and_its_cart(shopper: Shopper) -> None:
    shopper.places_order()

    answer = shopper.cancels()

    assert answer.status_code == 200
    assert answer.json["status"] == "canceled"
    assert shopper.order()["status"] == "canceled"
    assert shopper.sees_available() == PIECES
    assert shopper.looks_at_cart()["status"] == "open"


def test_a_canceled_payment_cannot_be_made_any_more(shopper: Shopper) -> None:
    shopper.places_order()
    shopper.cancels()

    shopper.pays()
    shopper.hears_webhooks()

    assert shopper.order()["status"] == "canceled"
    assert shopper.order()["payment"]["url"] is None


def test_canceling_twice_changes_nothing(shopper: Shopper, session: Session) -> None:
    shopper.places_order()

    shopper.cancels()
    again = shopper.cancels()

    assert again.status_code == 200
    assert [hold.status for hold in session.scalars(select(Hold))] == ["released"]


def test_stock_stays_held_until_stripe_has_answered(shopper: Shopper, double: StripeDouble) -> None:
    shopper.places_order()
    double.faults.add(Fault(kind="drop", times=None))

    down = shopper.cancels()

    assert down.status_code == 503
    assert shopper.sees_available() == PIECES - 1

    double.faults.clear()
    assert shopper.cancels().json["status"] == "canceled"
    assert shopper.sees_available() == PIECES


def test_a_payment_made_meanwhile_wins_over_the_cancellation(shopper: Shopper) -> None:
    shopper.places_order()
    shopper.pays()

    answer = shopper.cancels()

    assert answer.json["status"] == "completed"
    assert shopper.order()["status"] == "paid"
    assert shopper.sees_available() == PIECES - 1


def test_a_completed_checkout_cannot_be_canceled(shopper: Shopper) -> None:
    shopper.places_order()
    shopper.pays()
    shopper.hears_webhooks()

    answer = shopper.cancels()

    assert answer.status_code == 409
    assert answer.json["code"] == "checkout_closed"


def test_an_open_checkout_may_be_given_up_and_the_cart_bought_later(shopper: Shopper) -> None:
    shopper.prepares()
    assert shopper.cancels().json["status"] == "canceled"

    again = shopper.opens_checkout()

    assert again["email"] == "ada@example.com"
    assert again["status"] == "ready"
    assert shopper.completes().status_code == 201


def test_a_payment_that_expires_frees_its_bags(shopper: Shopper, double: StripeDouble) -> None:
    shopper.places_order()

    clock.advance(timedelta(minutes=46))
    double.tick()
    shopper.hears_webhooks()

    assert shopper.order()["status"] == "expired"
    assert shopper.order()["payment"]["status"] == "expired"
    assert shopper.sees_available() == PIECES
    assert shopper.looks_at_cart()["status"] == "open"


def test_the_same_cart_may_be_bought_after_its_order_expired(shopper: Shopper, double: StripeDouble) -> None:
    shopper.places_order()
    first = shopper.placed["order"]["number"]
    clock.advance(timedelta(minutes=46))
    double.tick()
    shopper.hears_webhooks()

    shopper.opens_checkout()
    shopper.completes()
    shopper.pays()
    shopper.hears_webhooks()

    assert shopper.placed["order"]["number"] != first
    assert shopper.order()["status"] == "paid"


def test_an_ended_hold_is_buyable_at_once_though_nobody_swept_it(app: Flask, double: StripeDouble) -> None:
    slow, quick = Shopper(app.test_client(), double), Shopper(app.test_client(), double)
    slow.places_order(quantity=PIECES)
    assert slow.sees_available() == 0

    clock.advance(timedelta(minutes=56))

    assert quick.sees_available() == PIECES
    quick.places_order(quantity=PIECES)
    quick.pays()
    quick.hears_webhooks()
    assert quick.order()["status"] == "paid"


def test_late_money_for_a_bag_still_free_buys_it(shopper: Shopper, app: Flask, double: StripeDouble) -> None:
    shopper.places_order()
    shopper.pays()
    other = Shopper(app.test_client(), double)

    clock.advance(timedelta(hours=2))
    other.places_order()  # lapses the first hold, and leaves pieces free
    shopper.comes_back()

    assert shopper.order()["status"] == "paid"
    assert shopper.sees_available() == PIECES - 2


def test_late_money_for_a_bag_sold_meanwhile_goes_back(
    shopper: Shopper, app: Flask, double: StripeDouble, session: Session
) -> None:
    shopper.places_order(quantity=PIECES)
    shopper.pays()
    other = Shopper(app.test_client(), double)

    clock.advance(timedelta(hours=2))
    other.places_order(quantity=PIECES)
    shopper.comes_back()

    assert shopper.order()["status"] == "expired"
    refund = session.scalars(select(Refund)).one()
    assert (refund.status, refund.reason) == ("succeeded", "late_payment")
    assert (
        refund.amount_minor
        == session.scalars(select(Payment.amount_minor).where(Payment.id == refund.payment_id)).one()
    )
    assert "late_payment_refunded" in [event["kind"] for event in shopper.order()["events"]]


def test_late_money_is_refunded_once_however_often_it_is_told(
    shopper: Shopper, app: Flask, double: StripeDouble, session: Session
) -> None:
    pay_when_sold_to_another(shopper, app)

    for _ in range(3):
        shopper.comes_back()
    shopper.hears_webhooks()

    assert len(session.scalars(select(Refund)).all()) == 1


def test_a_refund_that_stripe_did_not_hear_stays_owed_and_is_sent_later(
    shopper: Shopper, app: Flask, double: StripeDouble, session: Session
) -> None:
    pay_when_sold_to_another(shopper, app)
    double.faults.add(Fault(kind="drop", path="/v1/refunds", method="POST", times=None))

    shopper.comes_back()
    assert session.scalars(select(Refund.status)).one() == "requested"

    double.faults.clear()
    assert app.test_cli_runner().invoke(cli, ["reconcile"]).exit_code == 0
    assert session.scalars(select(Refund.status)).one() == "succeeded"


def test_a_delayed_payment_is_not_fulfilled_until_the_money_is_there(
    shopper: Shopper, double: StripeDouble
) -> None:
    shopper.places_order()

    shopper.pays("pm_double_delayed")
    shopper.hears_webhooks()

    assert shopper.order()["status"] == "pending_payment"
    assert shopper.order()["payment"]["status"] == "processing"
    clock.advance(timedelta(days=3))
    assert shopper.sees_available() == PIECES - 1

    double.settle_delayed(shopper.session_id, succeed=True)
    shopper.hears_webhooks()

    assert shopper.order()["status"] == "paid"


def test_a_delayed_payment_that_fails_frees_its_bags(shopper: Shopper, double: StripeDouble) -> None:
    shopper.places_order()
    shopper.pays("pm_double_delayed")
    shopper.hears_webhooks()

    double.settle_delayed(shopper.session_id, succeed=False)
    shopper.hears_webhooks()

    assert shopper.order()["status"] == "expired"
    assert shopper.order()["payment"]["status"] == "failed"
    assert shopper.sees_available() == PIECES


def test_reconciling_finds_a_payment_whose_webhook_was_lost(shopper: Shopper, app: Flask) -> None:
    shopper.places_order()
    shopper.pays()

    result = app.test_cli_runner().invoke(cli, ["reconcile"])

    assert result.exit_code == 0
    assert "1 payments asked about" in result.output
    assert shopper.order()["status"] == "paid"


def test_reconciling_says_when_stripe_did_not_answer(
    shopper: Shopper, app: Flask, double: StripeDouble
) -> None:
    shopper.places_order()
    double.faults.add(Fault(kind="drop", times=None))

    result = app.test_cli_runner().invoke(cli, ["reconcile"])

    assert result.exit_code == 1
    assert shopper.order()["status"] == "pending_payment"
