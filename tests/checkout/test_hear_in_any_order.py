"""Payments in any order: whatever arrives, however often, ends in one state with one entry each."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shop.checkout import settlement
from shop.checkout.reconciliation import reconcile
from shop.config import current_settings
from shop.kit.clock import clock
from shop.orders.models import OrderEvent
from shop.outbox.models import OutboxMessage
from shop.payments.current import current_gateway
from shop.payments.double import StripeDouble
from shop.payments.models import LedgerEntry, Payment, PaymentDispute, Refund
from tests.audited import breaches
from tests.checkout.late_money import pay_when_sold_to_another
from tests.shopper import PIECES, PRICE, Shopper

#: What may be heard of a payment that was declined, made, given back in part and disputed.
HEARD = (
    "return page",
    "checkout.session.completed",
    "duplicate",
    "payment_intent.payment_failed",
    "charge.refunded",
    "charge.dispute.created",
    "late canceled",
)
#: Orders tried in each test run; all 5,040 are tried by the campaign.
SAMPLE = 60


def orders(seed: int = 3) -> list[tuple[str, ...]]:
    """Return a sample of all orders, with those in it that once were bugs."""
    every = list(itertools.permutations(HEARD))
    first = [HEARD, tuple(reversed(HEARD))]
    return first + random.Random(seed).sample(every, SAMPLE - len(first))


class Arrivals:
    """A payment with everything that happened to it at Stripe, and the ways to hear of it."""

    def __init__(self, shopper: Shopper, double: StripeDouble, session: Session, app: Flask) -> None:
        self.shopper, self.double, self.session, self.app = shopper, double, session, app
        shopper.places_order()
        shopper.pays("pm_card_chargeDeclined")
        shopper.pays()
        self.intent = self._intent()
        double.dashboard_refund(self.intent, 1_000)
        double.open_dispute(self.intent, PRICE - 1_000)
        self.events = {each.event_type: each.event_id for each in double.pending_events()}

    def _intent(self) -> str:
        state = self.app.extensions["shop.gateway"].read_payment(self.shopper.session_id)
        return str(state.intent_id)

    def hear(self, what: str) -> None:
        """Let the shop hear of one thing, and of nothing else."""
        if what == "return page":
            self.shopper.comes_back()
        elif what == "duplicate":
            self._deliver("checkout.session.completed")
        elif what == "late canceled":
            # Of the same payment, as if a close had been on its way when it was paid.
            with self.app.app_context():
                payment_id = self.session.scalars(select(Payment.id)).one()
                settlement.close(payment_id, current_settings(), current_gateway())
        else:
            self._deliver(what)

    def _deliver(self, event_type: str) -> None:
        event_id = self.events[event_type]
        if not any(each.event_id == event_id for each in self.double.pending_events()):
            self.double.webhooks.duplicate(event_id)
        self.double.webhooks.reorder([event_id])
        self.double.webhooks.sender = self._send
        assert self.double.deliver_webhooks(limit=1) == 1

    def _send(self, _url: str, body: bytes, headers: object) -> int:
        answer = self.shopper.client.post(
            "/webhooks/stripe",
            data=body,
            headers=dict(headers),
            buffered=True,  # type: ignore[call-overload]
        )
        return int(answer.status_code)


@pytest.fixture
def arrivals(shopper: Shopper, double: StripeDouble, session: Session, app: Flask) -> Arrivals:
    return Arrivals(shopper, double, session, app)


def ledger(session: Session) -> list[tuple[str, int]]:
    rows = session.execute(select(LedgerEntry.kind, LedgerEntry.amount_minor))
    return sorted((row.kind, row.amount_minor) for row in rows)


@pytest.mark.parametrize("order", orders(), ids=lambda order: "-".join(what[-8:] for what in order))
def test_every_order_of_arrival_ends_alike(
    arrivals: Arrivals, session: Session, app: Flask, order: tuple[str, ...]
) -> None:
    for what in order:
        arrivals.hear(what)

    assert arrivals.shopper.order()["status"] == "partially_refunded"
    assert ledger(session) == [("captured", PRICE), ("disputed", PRICE - 1_000), ("refunded", 1_000)]
    assert session.scalars(select(PaymentDispute.status)).all() == ["open"]
    assert session.scalars(select(Refund.amount_minor)).all() == [1_000]
    assert session.scalar(select(func.count()).where(OrderEvent.kind == "paid")) == 1
    assert session.scalars(select(OutboxMessage.kind)).all().count("order_confirmed") == 1
    assert arrivals.shopper.sees_available() == PIECES - 1
    assert breaches(app) == []


@pytest.mark.parametrize("won", [True, False])
def test_a_dispute_ends_and_its_money_is_booked_once(
    arrivals: Arrivals, session: Session, app: Flask, double: StripeDouble, won: bool
) -> None:
    arrivals.shopper.hears_webhooks()
    double.close_dispute(session.scalars(select(PaymentDispute.id)).one(), won=won)

    arrivals.shopper.hears_webhooks()
    arrivals.shopper.hears_webhooks()

    back = [("dispute_won", PRICE - 1_000)] if won else []
    taken = [("captured", PRICE), *back, ("disputed", PRICE - 1_000), ("refunded", 1_000)]
    assert ledger(session) == sorted(taken)
    assert session.scalars(select(PaymentDispute.status)).one() == ("won" if won else "lost")
    assert breaches(app) == []


def test_all_webhooks_lost_are_found_by_the_reconciler(
    arrivals: Arrivals, session: Session, app: Flask
) -> None:
    with app.app_context():
        report = reconcile(current_settings(), current_gateway())

    assert report.fetched >= 4
    assert report.waiting == 0
    assert ledger(session) == [("captured", PRICE), ("disputed", PRICE - 1_000), ("refunded", 1_000)]
    assert breaches(app) == []


@pytest.mark.parametrize("first", ["webhook", "return page", "reconciler"])
def test_money_for_a_dead_order_goes_back_whoever_hears_first(
    shopper: Shopper, app: Flask, session: Session, first: str
) -> None:
    pay_when_sold_to_another(shopper, app)

    def reconciled() -> None:
        with app.app_context():
            reconcile(current_settings(), current_gateway())

    ways: dict[str, Callable[[], object]] = {
        "webhook": shopper.hears_webhooks,
        "return page": shopper.comes_back,
        "reconciler": reconciled,
    }
    for way in (first, *ways):
        ways[way]()

    assert shopper.order()["status"] == "expired"
    amount = PIECES * PRICE
    assert ledger(session) == [("captured", amount), ("refunded", amount)]
    told = [kind for kind in session.scalars(select(OutboxMessage.kind)) if kind == "payment_returned"]
    assert told == ["payment_returned"]
    assert "late_payment_refunded" in [event["kind"] for event in shopper.order()["events"]]
    assert breaches(app) == []


def test_an_event_older_than_three_days_is_no_longer_looked_for(
    arrivals: Arrivals, app: Flask, session: Session
) -> None:
    arrivals.shopper.comes_back()
    clock.advance(timedelta(hours=73))

    with app.app_context():
        assert reconcile(current_settings(), current_gateway()).fetched == 0
