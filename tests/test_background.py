"""What a served shop does by itself."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from shop import background
from shop.kit.clock import clock
from shop.kit.leases import take_lease
from shop.payments.double import Fault, StripeDouble
from shop.payments.models import StripeEvent
from tests.shopper import Shopper


def test_a_payment_whose_webhook_was_lost_is_found_by_the_timer(shopper: Shopper, app: Flask) -> None:
    shopper.places_order()
    shopper.pays()

    with app.app_context():
        background.look()

    assert shopper.order()["status"] == "paid"


def test_an_event_that_could_not_be_worked_on_is_tried_again(
    shopper: Shopper, app: Flask, double: StripeDouble, session: Session
) -> None:
    with app.app_context():
        assert take_lease("reconcile", 300)
    shopper.places_order()
    shopper.pays()
    double.faults.add(Fault(kind="drop", times=None))
    shopper.hears_webhooks()
    assert shopper.order()["status"] == "pending_payment"
    double.faults.clear()

    with app.app_context():
        background.look()

    assert shopper.order()["status"] == "paid"
    assert None not in session.scalars(select(StripeEvent.handled_at)).all()


def test_of_several_workers_one_does_what_is_due(app: Flask) -> None:
    with app.app_context():
        assert [take_lease("work", 60) for _ in range(3)] == [True, False, False]
        assert take_lease("other work", 60)

        clock.advance(timedelta(seconds=61))

        assert [take_lease("work", 60) for _ in range(2)] == [True, False]


def test_the_thread_looks_until_it_is_told_to_stop(shopper: Shopper, app: Flask) -> None:
    shopper.places_order()
    shopper.pays()

    stopping = background.start(app)
    try:
        for _ in range(100):
            if stopping.wait(0.1) or shopper.order()["status"] == "paid":
                break
    finally:
        stopping.set()
        for thread in background.running():
            thread.join(10)

    assert shopper.order()["status"] == "paid"
