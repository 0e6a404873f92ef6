"""Manual capture: the bank holds the money until the shop takes it, in part or whole, or lets it go."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from shop.app import create_app
from shop.checkout import settlement
from shop.checkout.reconciliation import reconcile
from shop.cli import cli
from shop.config import current_settings
from shop.kit.clock import clock
from shop.payments.current import current_gateway
from shop.payments.double import Fault, InProcessHTTPClient, StripeDouble
from shop.payments.models import Capture, Payment, Refund
from tests.audited import breaches
from tests.conftest import dispose, settings_for
from tests.contract import Contract
from tests.owner import Owner
from tests.shopper import PIECES, PRICE, Shopper


@pytest.fixture
def app(seeded_url: str, double: StripeDouble) -> Iterator[Flask]:
    """A shop that captures by hand."""
    app = create_app(settings_for(seeded_url, capture="manual"), stripe_client=InProcessHTTPClient(double))
    contract = Contract(app)
    yield app
    dispose(app)
    assert contract.violations == []


@pytest.fixture
def owner(app: Flask) -> Owner:
    return Owner.of(app)


@pytest.fixture
def authorized(shopper: Shopper) -> Shopper:
    shopper.places_order()
    shopper.pays()
    shopper.comes_back()
    return shopper


def number_of(shopper: Shopper) -> str:
    return str(shopper.placed["order"]["number"])


def reconciled(app: Flask) -> None:
    with app.app_context():
        reconcile(current_settings(), current_gateway())


def test_money_that_is_authorized_keeps_its_bag(authorized: Shopper, app: Flask) -> None:
    order = authorized.order()

    assert order["status"] == "authorized"
    assert order["payment"]["status"] == "authorized"
    assert order["held_until"] is not None
    clock.advance(timedelta(days=6))
    assert authorized.sees_available() == PIECES - 1
    assert breaches(app) == []


def test_it_is_taken_whole(authorized: Shopper, owner: Owner, app: Flask) -> None:
    answer = owner.captures(number_of(authorized))

    assert answer.status_code == 201, answer.text
    assert answer.json["order"]["status"] == "paid"
    assert answer.json["captured"]["amount"] == PRICE
    assert [each["status"] for each in answer.json["decisions"]] == ["succeeded"]
    authorized.hears_webhooks()
    assert [entry["kind"] for entry in owner.sees(number_of(authorized))["ledger"]] == ["captured"]
    assert breaches(app) == []


def test_a_part_of_it_is_taken_and_only_that_can_go_back(
    authorized: Shopper, owner: Owner, app: Flask
) -> None:
    taken = owner.captures(number_of(authorized), amount=100_000)
    authorized.hears_webhooks()

    assert taken.json["captured"]["amount"] == 100_000
    assert taken.json["order"]["status"] == "paid"
    assert owner.refunds(number_of(authorized), amount=100_001).json["refundable"] == 100_000
    assert owner.refunds(number_of(authorized)).json["given_back"]["amount"] == 100_000
    assert breaches(app) == []


def test_it_is_let_go(authorized: Shopper, owner: Owner, app: Flask) -> None:
    answer = owner.voids(number_of(authorized))
    authorized.hears_webhooks()

    assert answer.status_code == 201, answer.text
    assert answer.json["order"]["status"] == "canceled"
    assert authorized.order()["payment"]["status"] == "canceled"
    assert authorized.sees_available() == PIECES
    assert owner.sees(number_of(authorized))["ledger"] == []
    assert breaches(app) == []


@pytest.mark.parametrize("first", ["captures", "voids"])
def test_the_first_decision_stands(authorized: Shopper, owner: Owner, app: Flask, first: str) -> None:
    getattr(owner, first)(number_of(authorized))

    refused = [owner.captures(number_of(authorized)), owner.voids(number_of(authorized))]

    assert [answer.json["code"] for answer in refused] == ["nothing_authorized"] * 2
    assert breaches(app) == []


def test_two_decisions_at_once_are_one(
    authorized: Shopper, owner: Owner, app: Flask, double: StripeDouble, session: Session
) -> None:
    """Stripe does not answer the first, which stands; the second is refused and changes nothing."""
    double.faults.add(Fault(kind="drop", path="/v1/payment_intents/*/capture", method="POST", times=None))

    assert owner.captures(number_of(authorized)).status_code == 202
    refused = owner.voids(number_of(authorized))
    double.faults.clear()
    reconciled(app)

    assert refused.json["code"] == "capture_decided"
    assert session.scalars(select(Capture.status)).all() == ["succeeded"]
    assert owner.sees(number_of(authorized))["order"]["status"] == "paid"
    assert breaches(app) == []


def test_more_than_was_authorized_is_never_asked_for(
    authorized: Shopper, owner: Owner, session: Session
) -> None:
    refused = owner.captures(number_of(authorized), amount=PRICE + 1)

    assert refused.status_code == 422
    assert refused.json["authorized"] == PRICE
    assert session.scalars(select(Capture)).all() == []


def test_a_lost_answer_captures_once(
    authorized: Shopper, owner: Owner, app: Flask, double: StripeDouble, session: Session
) -> None:
    path = "/v1/payment_intents/*/capture"
    double.faults.add(Fault(kind="drop", path=path, method="POST", times=3, after_effect=True))
    key = str(uuid4())
    assert owner.captures(number_of(authorized), key=key, amount=100_000).status_code == 202

    reconciled(app)

    assert session.scalars(select(Payment.captured_minor)).one() == 100_000
    assert owner.sees(number_of(authorized))["decisions"][0]["status"] == "succeeded"
    assert breaches(app) == []


def test_what_the_bank_lets_go_frees_the_bag(
    authorized: Shopper, owner: Owner, app: Flask, double: StripeDouble
) -> None:
    clock.advance(timedelta(days=8))
    double.tick()

    authorized.hears_webhooks()

    assert authorized.order()["status"] == "expired"
    assert authorized.sees_available() == PIECES
    assert owner.captures(number_of(authorized)).json["code"] == "nothing_authorized"
    assert breaches(app) == []


def test_what_is_authorized_too_late_is_let_go(
    shopper: Shopper, app: Flask, double: StripeDouble, session: Session
) -> None:
    shopper.places_order(quantity=PIECES)
    shopper.pays()
    clock.advance(timedelta(hours=2))
    Shopper(app.test_client(), double).places_order(quantity=PIECES)

    shopper.comes_back()

    assert shopper.order()["status"] == "canceled"
    assert session.scalars(select(Capture.actor)).all() == ["shop"]
    assert session.scalars(select(Refund)).all() == []
    assert breaches(app) == []


def test_a_capture_in_the_dashboard_is_taken_over(
    authorized: Shopper, owner: Owner, app: Flask, double: StripeDouble, session: Session
) -> None:
    gateway = app.extensions["shop.gateway"]
    gateway.capture(session.scalars(select(Payment.intent_id)).one(), 50_000, key="a person's")

    authorized.hears_webhooks()

    seen = owner.sees(number_of(authorized))
    assert seen["order"]["status"] == "paid"
    assert [(each["amount"]["amount"], each["actor"]) for each in seen["decisions"]] == [(50_000, "stripe")]
    assert breaches(app) == []


def test_a_shopper_cannot_cancel_what_is_authorized(authorized: Shopper) -> None:
    refused = authorized.cancels()

    assert refused.status_code == 409
    assert authorized.order()["status"] == "authorized"


def test_the_commands_decide_too(authorized: Shopper, app: Flask) -> None:
    runner, number = app.test_cli_runner(), number_of(authorized)

    taken = runner.invoke(cli, ["order", "capture", number, "--amount", "100000"])
    refused = runner.invoke(cli, ["order", "void", number])
    unknown = runner.invoke(cli, ["order", "show", "NOPE"])

    assert taken.exit_code == 0, taken.output
    assert "captured: USD 1,000.00" in taken.output
    assert refused.exit_code == 1
    assert "holds no authorized money" in refused.output
    assert "no order 'NOPE'" in unknown.output


def test_a_read_older_than_the_decision_does_not_undo_it(
    authorized: Shopper, owner: Owner, app: Flask, session: Session
) -> None:
    """Whoever read it as authorized was overtaken by the owner, who let it go."""
    read_before = app.extensions["shop.gateway"].read_payment(authorized.session_id)
    owner.voids(number_of(authorized))
    payment_id = session.scalars(select(Payment.id)).one()

    with app.app_context():
        settlement.apply(payment_id, read_before, current_settings())

    assert session.scalars(select(Payment.status)).one() == "canceled"
    assert authorized.order()["status"] == "canceled"
    assert breaches(app) == []
