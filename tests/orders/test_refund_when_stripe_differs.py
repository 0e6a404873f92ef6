"""Refunds at Stripe: in parallel, while it fails, made in its dashboard, refused by the bank."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any
from uuid import uuid4

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from shop.checkout import decisions
from shop.checkout.reconciliation import reconcile
from shop.config import current_settings
from shop.kit.clock import clock
from shop.kit.db import transaction
from shop.orders.models import Order
from shop.orders.refunds import RefundAsk
from shop.payments.current import current_gateway
from shop.payments.double import Fault, StripeDouble
from shop.payments.errors import RefundTooLarge
from shop.payments.models import Payment, Refund
from tests.audited import breaches
from tests.orders.refunding import at_stripe, number_of
from tests.owner import Owner
from tests.shopper import PRICE, Shopper


def reconciled(app: Flask) -> Any:
    with app.app_context():
        return reconcile(current_settings(), current_gateway())


def test_refunds_in_parallel_never_exceed_what_came(
    paid: Shopper, app: Flask, double: StripeDouble, session: Session
) -> None:
    """Eight callers meet before their transactions; each wants more than half."""
    number = number_of(paid)
    meeting = threading.Barrier(8)
    outcomes: list[str] = []

    def refund() -> None:
        with app.app_context():
            meeting.wait()
            try:
                with transaction() as writing:
                    decisions.decide_refund(writing, number, RefundAsk(PRICE + 1))
                outcomes.append("reserved")
            except RefundTooLarge as refused:
                outcomes.append(f"refused {refused.facts['refundable']}")

    threads = [threading.Thread(target=refund) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == [*["refused 284999"] * 7, "reserved"]
    assert session.scalars(select(Payment.refunded_minor)).one() == PRICE + 1


def test_stripe_down_keeps_the_refund_and_sends_it_later(
    paid: Shopper, owner: Owner, app: Flask, double: StripeDouble
) -> None:
    double.faults.add(Fault(kind="drop", path="/v1/refunds", method="POST", times=None))
    key = str(uuid4())

    kept = owner.refunds(number_of(paid), key=key, amount=1_000)
    assert kept.status_code == 202
    assert kept.json["refunds"][0]["status"] == "requested"
    assert at_stripe(double) == []

    double.faults.clear()
    reconciled(app)

    assert owner.sees(number_of(paid))["refunds"][0]["status"] == "succeeded"
    assert owner.refunds(number_of(paid), key=key, amount=1_000).data == kept.data
    assert at_stripe(double) == [1_000]
    assert breaches(app) == []


def test_an_answer_lost_and_a_key_forgotten_still_refund_once(
    paid: Shopper, owner: Owner, app: Flask, double: StripeDouble
) -> None:
    """Stripe refunded, its answer was lost, and a day later it has forgotten the key."""
    fault = Fault(kind="drop", path="/v1/refunds", method="POST", times=3, after_effect=True)
    double.faults.add(fault)
    assert owner.refunds(number_of(paid), amount=1_000).status_code == 202

    clock.advance(timedelta(hours=25))
    double.tick()
    reconciled(app)

    assert at_stripe(double) == [1_000]
    assert owner.sees(number_of(paid))["refunds"][0]["status"] == "succeeded"
    assert breaches(app) == []


def test_a_refund_made_in_the_dashboard_is_taken_over_once(
    paid: Shopper, owner: Owner, app: Flask, double: StripeDouble, session: Session
) -> None:
    intent = session.scalars(select(Payment.intent_id)).one()
    double.dashboard_refund(str(intent), 5_000)

    paid.hears_webhooks()
    paid.hears_webhooks()

    seen = owner.sees(number_of(paid))
    assert [(each["amount"]["amount"], each["actor"]) for each in seen["refunds"]] == [(5_000, "stripe")]
    assert seen["order"]["status"] == "partially_refunded"
    assert owner.refunds(number_of(paid), amount=2 * PRICE).json["refundable"] == 2 * PRICE - 5_000
    assert breaches(app) == []


def test_a_dashboard_refund_whose_webhook_was_lost_is_found(
    paid: Shopper, owner: Owner, app: Flask, double: StripeDouble, session: Session
) -> None:
    intent = session.scalars(select(Payment.intent_id)).one()
    double.dashboard_refund(str(intent), 5_000)

    report = reconciled(app)

    assert report.fetched > 0
    assert owner.sees(number_of(paid))["given_back"]["amount"] == 5_000
    assert breaches(app) == []


def test_our_own_refund_heard_before_its_answer_is_stored_is_one_refund(
    paid: Shopper, owner: Owner, app: Flask, double: StripeDouble
) -> None:
    fault = Fault(kind="drop", path="/v1/refunds", method="POST", times=3, after_effect=True)
    double.faults.add(fault)
    assert owner.refunds(number_of(paid), amount=1_000).json["refunds"][0]["status"] == "requested"

    paid.hears_webhooks()

    seen = owner.sees(number_of(paid))
    assert [(each["amount"]["amount"], each["status"]) for each in seen["refunds"]] == [(1_000, "succeeded")]
    assert seen["given_back"]["amount"] == 1_000
    assert breaches(app) == []


def test_the_dashboard_taking_the_rest_makes_our_own_refund_fail(
    paid: Shopper, owner: Owner, app: Flask, double: StripeDouble, session: Session
) -> None:
    """Ours waits for Stripe; a person gives everything back in the dashboard meanwhile."""
    double.faults.add(Fault(kind="drop", path="/v1/refunds", method="POST", times=None))
    owner.refunds(number_of(paid), amount=PRICE)
    double.dashboard_refund(str(session.scalars(select(Payment.intent_id)).one()))
    double.faults.clear()

    paid.hears_webhooks()

    seen = owner.sees(number_of(paid))
    assert {each["status"]: each["amount"]["amount"] for each in seen["refunds"]} == {
        "failed": PRICE,
        "succeeded": 2 * PRICE,
    }
    assert seen["given_back"]["amount"] == 2 * PRICE
    assert seen["order"]["status"] == "refunded"
    assert breaches(app) == []


def test_a_refund_that_fails_at_the_bank_can_be_made_again(
    paid: Shopper, owner: Owner, app: Flask, double: StripeDouble, session: Session
) -> None:
    owner.refunds(number_of(paid))
    paid.hears_webhooks()
    double.fail_refund(session.scalars(select(Refund.stripe_id)).one() or "")

    paid.hears_webhooks()

    seen = owner.sees(number_of(paid))
    assert seen["order"]["status"] == "paid"
    assert [entry["kind"] for entry in seen["ledger"]] == ["captured", "refunded", "refund_failed"]
    assert owner.refunds(number_of(paid)).json["order"]["status"] == "refunded"
    assert breaches(app) == []


def test_a_refunds_row_and_key_survive_its_failure(
    paid: Shopper, owner: Owner, app: Flask, double: StripeDouble, session: Session
) -> None:
    """A 500 after the effect is stored under the key: the retry finds the refund, and makes no second."""
    fault = Fault(kind="status", status=500, path="/v1/refunds", method="POST", times=1, after_effect=True)
    double.faults.add(fault)
    owner.refunds(number_of(paid), amount=1_000)
    row = session.scalars(select(Refund.id)).one()

    clock.advance(timedelta(hours=25))
    double.tick()
    reconciled(app)

    assert session.scalars(select(Refund.id)).one() == row
    assert at_stripe(double) == [1_000]
    assert session.scalars(select(Order.status)).one() == "partially_refunded"
