"""Guards that stand behind other guards, each tried alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import stripe
from flask import Flask
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from shop.checkout import outcomes
from shop.checkout.models import Checkout
from shop.inventory import service as inventory
from shop.kit.clock import clock
from shop.kit.db import transaction
from shop.orders import service as orders
from shop.orders.models import Order, OrderEvent
from shop.payments import service as payments
from shop.payments.double import DOUBLE_API_KEY, Fault, InProcessHTTPClient, StripeDouble
from shop.payments.models import Payment, Refund
from shop.payments.results import OpenedCheckout, PaymentState
from tests.audited import breaches
from tests.checkout.late_money import pay_when_sold_to_another
from tests.conftest import settings_for
from tests.shopper import BAG, PIECES, PRICE, Shopper

SECOND = "8230582AB6A1000"


def ours() -> Payment:
    return Payment(amount_minor=285_000, currency="USD", reference="ABCDE-12345")


def theirs(**changes: Any) -> PaymentState:
    same = {
        "session_id": "cs_1",
        "status": "paid",
        "amount": 285_000,
        "received": 285_000,
        "currency": "USD",
        "reference": "ABCDE-12345",
        "livemode": False,
        "intent_id": "pi_1",
    }
    return PaymentState(**{**same, **changes})


def wrong_with(state: PaymentState) -> str | None:
    return outcomes.mismatch(ours(), state, settings_for("sqlite://"), received=285_000)


def test_a_payment_as_it_was_asked_for_is_ours() -> None:
    assert wrong_with(theirs()) is None


@pytest.mark.parametrize(
    "change",
    [
        {"amount": 284_999},
        {"received": 284_999},
        {"currency": "EUR"},
        {"reference": "OTHER-12345"},
        {"reference": None},
        {"livemode": True},
    ],
)
def test_a_payment_that_differs_in_one_thing_is_not_ours(change: dict[str, Any]) -> None:
    wrong = wrong_with(theirs(**change))

    assert wrong is not None
    assert next(iter(change)) in wrong


def test_an_order_moves_once(shopper: Shopper, app: Flask, session: Session) -> None:
    shopper.places_order()
    order_id = session.scalars(select(Order.id)).one()

    with app.app_context(), transaction() as writing:
        moved = [orders.move(writing, order_id, to) for to in ("paid", "paid", "expired", "canceled")]  # type: ignore[arg-type]

    assert moved == [True, False, False, False]
    assert list(session.scalars(select(OrderEvent.kind))).count("paid") == 1


def test_the_recorded_payment_wins(shopper: Shopper, app: Flask, session: Session) -> None:
    shopper.places_order()
    row = session.execute(select(Payment.id, Payment.session_id, Payment.ends_at)).one()

    with app.app_context(), transaction() as writing:
        other = OpenedCheckout("cs_other", "http://other", None, row.ends_at)
        kept = payments.record_opened(writing, row.id, other)

    assert kept.session_id == row.session_id


def test_money_for_an_order_that_was_given_up_goes_back(
    shopper: Shopper, app: Flask, session: Session, double: StripeDouble
) -> None:
    """The payment was made in the moment in which we took it for closed."""
    shopper.places_order()
    shopper.pays()
    with app.app_context(), transaction() as writing:
        order = writing.scalars(select(Order)).one()
        writing.execute(update(Payment).values(status="canceled"))
        orders.move(writing, order.id, "canceled")
        inventory.release(writing, order.id)

    shopper.comes_back()

    assert shopper.order()["status"] == "canceled"
    assert session.scalars(select(Payment.status)).one() == "paid"
    assert session.scalars(select(Refund.status)).one() == "succeeded"
    assert shopper.sees_available() == PIECES


def test_an_order_of_two_bags_is_sold_whole_or_not_at_all(
    shopper: Shopper, app: Flask, double: StripeDouble, session: Session
) -> None:
    shopper.opens_cart()
    shopper.puts(BAG, 1)
    shopper.puts(SECOND, 3)
    shopper.opens_checkout()
    shopper.fills_in()
    shopper.completes()
    shopper.pays()
    clock.advance(timedelta(hours=2))
    Shopper(app.test_client(), double).places_order(SECOND, 3)  # takes every piece of the second

    shopper.comes_back()

    assert shopper.order()["status"] == "expired"
    assert session.scalars(select(Refund.status)).one() == "succeeded"
    assert shopper.sees_available(BAG) == PIECES
    assert shopper.sees_available(SECOND) == 0


def test_a_refund_whose_answer_was_lost_is_made_once(
    shopper: Shopper, app: Flask, double: StripeDouble, session: Session
) -> None:
    pay_when_sold_to_another(shopper, app)
    double.faults.add(Fault(kind="drop", path="/v1/refunds", method="POST", times=3, after_effect=True))

    shopper.comes_back()
    assert session.scalars(select(Refund.status)).one() == "requested"
    shopper.comes_back()

    assert session.scalars(select(Refund.status)).one() == "succeeded"
    stripe_side = stripe.StripeClient(DOUBLE_API_KEY, http_client=InProcessHTTPClient(double))
    assert len(stripe_side.v1.refunds.list().data) == 1


def test_late_money_of_which_a_part_went_back_in_the_dashboard_goes_back_whole(
    shopper: Shopper, app: Flask, double: StripeDouble, session: Session
) -> None:
    """Our refund of all of it is refused: the dashboard's was not heard of yet."""
    pay_when_sold_to_another(shopper, app)
    intent = app.extensions["shop.gateway"].read_payment(shopper.session_id).intent_id
    double.dashboard_refund(intent, 100_000)

    shopper.comes_back()
    shopper.hears_webhooks()

    made = session.execute(select(Refund.reason, Refund.status, Refund.amount_minor)).all()
    rest = PIECES * PRICE - 100_000
    assert sorted(tuple(each) for each in made) == [
        ("dashboard", "succeeded", 100_000),
        ("late_payment", "failed", PIECES * PRICE),
        ("late_payment", "succeeded", rest),
    ]
    assert breaches(app) == []


def test_a_pending_refund_that_fails_is_noticed(
    shopper: Shopper, app: Flask, double: StripeDouble, session: Session
) -> None:
    pay_when_sold_to_another(shopper, app)
    double.refunds_pending = True
    shopper.comes_back()
    shopper.hears_webhooks()
    assert session.scalars(select(Refund.status)).one() == "pending"

    double.fail_refund(session.scalars(select(Refund.stripe_id)).one())
    shopper.hears_webhooks()

    assert session.scalars(select(Refund.status)).one() == "failed"


def test_one_key_of_two_shoppers_is_two_keys(app: Flask, double: StripeDouble) -> None:
    key = str(uuid4())
    first, second = (Shopper(app.test_client(), double).prepares() for _ in range(2))

    answers = [first.completes(key), second.completes(key)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert first.placed["order"]["number"] != second.placed["order"]["number"]


@pytest.mark.parametrize(
    ("model", "changes"),
    [
        (Order, {"number": "OTHER-12345"}),
        (Payment, {"session_id": "cs_other"}),
        (Checkout, {}),
    ],
)
def test_the_database_itself_keeps_one_live_row(
    shopper: Shopper, app: Flask, session: Session, model: Any, changes: dict[str, Any]
) -> None:
    """One live order of a cart, one live payment of an order, one live checkout of a cart."""
    shopper.places_order()
    row = session.execute(select(*model.__table__.columns)).mappings().one()
    again = {**row, **changes, "id": uuid4()}

    with app.app_context(), pytest.raises(IntegrityError), transaction() as writing:
        writing.execute(insert(model).values(**again))


def test_repeating_complete_on_an_order_that_was_canceled_is_refused(
    shopper: Shopper, double: StripeDouble
) -> None:
    shopper.prepares()
    key = str(uuid4())
    double.faults.add(Fault(kind="drop", path="/v1/checkout/sessions", method="POST", times=None))
    assert shopper.completes(key).status_code == 503
    double.faults.clear()
    assert shopper.cancels().json["status"] == "canceled"

    again = shopper.completes(key)

    assert again.status_code == 409
    assert again.json["code"] == "checkout_closed"
    assert shopper.sees_available() == PIECES


def test_a_stored_failure_of_stripes_ends_with_the_time_to_pay(
    shopper: Shopper, double: StripeDouble, app: Flask
) -> None:
    """Stripe repeats a 500 for its key for a day; the bag must not stay held as long."""
    shopper.prepares()
    key = str(uuid4())
    double.faults.add(Fault(kind="status", status=500, path="/v1/checkout/sessions", method="POST", times=1))
    assert shopper.completes(key).status_code == 503
    assert shopper.cancels().status_code == 503

    clock.advance(timedelta(minutes=46))

    assert shopper.cancels().status_code == 200
    assert shopper.looks_at_cart()["status"] == "open"
    assert shopper.sees_available() == PIECES


def test_a_canceled_wish_is_kept_whoever_hears_first(shopper: Shopper, app: Flask, session: Session) -> None:
    """The webhook of our own cancellation arrives before its answer is applied."""
    shopper.places_order()
    with app.app_context(), transaction() as writing:
        writing.execute(update(Payment).values(cancel_asked=True))
    app.extensions["shop.gateway"].close_checkout(shopper.session_id)

    shopper.hears_webhooks()

    assert shopper.order()["status"] == "canceled"


def test_an_order_is_not_reached_by_a_path_no_database_takes(app: Flask) -> None:
    client = app.test_client()

    assert client.get("/v1/orders/%00").status_code == 404
    assert client.get("/checkout/return?session_id=%00").status_code == 422
    assert client.put("/v1/carts/00000000-0000-0000-0000-000000000000/lines/%00", json={}).status_code == 404
