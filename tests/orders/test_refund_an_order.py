"""Refunds: by line and by amount, never above what was captured, and taken over from Stripe."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import stripe
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from shop.checkout import decisions
from shop.checkout.reconciliation import reconcile
from shop.cli import cli
from shop.config import current_settings
from shop.kit.clock import clock
from shop.kit.db import transaction
from shop.orders.models import Order
from shop.orders.refunds import RefundAsk
from shop.payments.current import current_gateway
from shop.payments.double import DOUBLE_API_KEY, Fault, InProcessHTTPClient, StripeDouble
from shop.payments.errors import RefundTooLarge
from shop.payments.models import Payment, Refund
from tests.audited import breaches
from tests.owner import Owner
from tests.shopper import BAG, PIECES, PRICE, Shopper, total

SECOND = "8230582AB6A1000"


@pytest.fixture
def owner(app: Flask) -> Owner:
    return Owner.of(app)


@pytest.fixture
def paid(shopper: Shopper) -> Shopper:
    """An order of two bags, paid for."""
    shopper.places_order(quantity=2)
    shopper.pays()
    shopper.comes_back()
    assert shopper.order()["status"] == "paid"
    return shopper


def number_of(shopper: Shopper) -> str:
    return str(shopper.placed["order"]["number"])


def at_stripe(double: StripeDouble) -> list[int]:
    """Return the amounts of the refunds that Stripe made."""
    client = stripe.StripeClient(DOUBLE_API_KEY, http_client=InProcessHTTPClient(double))
    return [each.amount for each in client.v1.refunds.list().data if each.status != "failed"]


def reconciled(app: Flask) -> Any:
    with app.app_context():
        return reconcile(current_settings(), current_gateway())


def test_all_of_it_goes_back(paid: Shopper, owner: Owner, app: Flask, double: StripeDouble) -> None:
    answer = owner.refunds(number_of(paid))

    assert answer.status_code == 201, answer.text
    assert answer.json["order"]["status"] == "refunded"
    assert answer.json["given_back"] == {"amount": 2 * PRICE, "currency": "USD"}
    assert [entry["kind"] for entry in answer.json["ledger"]] == ["captured", "refunded"]
    assert at_stripe(double) == [2 * PRICE]
    assert paid.order()["status"] == "refunded"
    assert breaches(app) == []


def test_an_amount_goes_back_and_the_rest_later(paid: Shopper, owner: Owner, app: Flask) -> None:
    first = owner.refunds(number_of(paid), amount=1_000, reason="a scratch")
    second = owner.refunds(number_of(paid))

    assert first.json["order"]["status"] == "partially_refunded"
    assert first.json["refunds"][0]["reason"] == "a scratch"
    assert first.json["refunds"][0]["actor"] == "key:ada"
    assert [each["amount"]["amount"] for each in second.json["refunds"]] == [1_000, 2 * PRICE - 1_000]
    assert second.json["order"]["status"] == "refunded"
    assert breaches(app) == []


def test_the_same_amount_twice_is_two_refunds(paid: Shopper, owner: Owner, double: StripeDouble) -> None:
    owner.refunds(number_of(paid), amount=1_000)
    owner.refunds(number_of(paid), amount=1_000)

    assert at_stripe(double) == [1_000, 1_000]


def test_a_repeat_with_the_same_key_is_one_refund(paid: Shopper, owner: Owner, double: StripeDouble) -> None:
    key = str(uuid4())

    answers = [owner.refunds(number_of(paid), key=key, amount=1_000) for _ in range(2)]

    assert answers[0].data == answers[1].data
    assert answers[1].headers["Idempotent-Replayed"] == "true"
    assert at_stripe(double) == [1_000]


def test_a_line_goes_back_with_its_pieces(paid: Shopper, owner: Owner, app: Flask) -> None:
    answer = owner.refunds(number_of(paid), lines=[{"sku": BAG, "quantity": 1}], restock=True)

    assert answer.status_code == 201, answer.text
    assert answer.json["given_back"]["amount"] == PRICE
    assert paid.sees_available() == PIECES - 1
    assert breaches(app) == []


def test_pieces_go_back_once(paid: Shopper, owner: Owner, app: Flask) -> None:
    owner.refunds(number_of(paid), lines=[{"sku": BAG, "quantity": 1}], restock=True)

    refused = owner.refunds(number_of(paid), lines=[{"sku": BAG, "quantity": 2}], restock=True)

    assert refused.status_code == 422
    assert refused.json["code"] == "line_not_refundable"
    assert refused.json["refundable"] == 1
    assert paid.sees_available() == PIECES - 1
    assert breaches(app) == []


def test_the_parts_of_a_line_add_up_to_it(app: Flask, double: StripeDouble, owner: Owner) -> None:
    """Three pieces of an odd total, given back one by one, leave nothing and owe nothing."""
    shopper = Shopper(app.test_client(), double).places_order(quantity=3, market="JP")
    shopper.pays()
    shopper.comes_back()

    for _ in range(3):
        answer = owner.refunds(number_of(shopper), lines=[{"sku": BAG, "quantity": 1}])
    answer = owner.refunds(number_of(shopper), shipping=True) if _shipping(shopper) else answer

    assert answer.json["order"]["status"] == "refunded"
    assert answer.json["given_back"]["amount"] == total(shopper.order())
    assert breaches(app) == []


def _shipping(shopper: Shopper) -> int:
    return total(shopper.order(), "shipping")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"amount": 2 * PRICE + 1}, "refund_too_large"),
        ({"lines": [{"sku": SECOND, "quantity": 1}]}, "line_not_refundable"),
        ({"lines": [{"sku": BAG, "quantity": 3}]}, "line_not_refundable"),
        ({"amount": 1, "lines": [{"sku": BAG, "quantity": 1}]}, "invalid_request"),
        ({"restock": True}, "invalid_request"),
        ({"lines": [{"sku": BAG, "quantity": 1}] * 2}, "invalid_request"),
        ({"amount": 0}, "invalid_request"),
        ({"amount": 1.0}, "invalid_request"),
        ({"amount": "1"}, "invalid_request"),
        ({"shipping": "yes"}, "invalid_request"),
        ({"currency": "EUR"}, "invalid_request"),
    ],
)
def test_what_cannot_be_given_back_is_refused(
    paid: Shopper, owner: Owner, double: StripeDouble, session: Session, body: dict[str, Any], code: str
) -> None:
    refused = owner.refunds(number_of(paid), **body)

    assert refused.status_code == 422
    assert refused.json["code"] == code
    assert session.scalars(select(Refund)).all() == []
    assert at_stripe(double) == []


def test_what_was_never_paid_cannot_be_given_back(shopper: Shopper, owner: Owner) -> None:
    shopper.places_order()

    refused = owner.refunds(number_of(shopper), amount=1)

    assert refused.status_code == 409
    assert refused.json["code"] == "nothing_captured"


def test_an_order_that_does_not_exist_is_told_so(app: Flask, owner: Owner) -> None:
    assert owner.refunds("NONE0-NONE0", amount=1).status_code == 404


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


def test_the_command_gives_money_back(paid: Shopper, app: Flask) -> None:
    result = app.test_cli_runner().invoke(cli, ["order", "refund", number_of(paid), "--line", f"{BAG}=1"])

    assert result.exit_code == 0, result.output
    assert "partially_refunded" in result.output
    assert "refund: USD 2,850.00, succeeded, requested, command line" in result.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--amount", "1", "--shipping"], "--amount, or --line and --shipping"),
        (["--restock"], "--restock needs the pieces"),
        (["--line", "X"], "SKU=PIECES"),
        (["--line", f"{BAG}=3"], "2 pieces of"),
        (["--amount", "99999999"], "570000 minor units are left"),
    ],
)
def test_the_command_refuses_in_words(paid: Shopper, app: Flask, arguments: list[str], words: str) -> None:
    result = app.test_cli_runner().invoke(cli, ["order", "refund", number_of(paid), *arguments])

    assert result.exit_code != 0
    assert words in result.output


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
