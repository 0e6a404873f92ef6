"""T8, row "clock": off by an hour, a day later, and on the day the hour is changed."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from shop.inventory.models import Hold
from shop.kit.clock import clock
from shop.orders.models import Order
from shop.payments.double import Fault
from tests.degraded.doors import ORDERS_BEFORE, OTHER, Doors, bounded, come_back
from tests.shopper import BAG, PIECES, Shopper

HOUR = timedelta(hours=1)


@contextmanager
def own_clock_off_by(by: timedelta, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Set this machine's clock wrong; the database's and Stripe's stay right."""
    with monkeypatch.context() as patch:
        patch.setattr(clock, "now", lambda: datetime.now(UTC) + clock.offset + by)
        yield


@pytest.mark.parametrize("by", [HOUR, -HOUR], ids=["an hour fast", "an hour slow"])
def test_on_a_machine_whose_clock_is_wrong_holds_end_by_the_databases_clock(
    doors: Doors, monkeypatch: pytest.MonkeyPatch, by: timedelta
) -> None:
    with own_clock_off_by(by, monkeypatch):
        assert bounded(doors.browse).status_code == 200
        assert bounded(doors.cart).status_code == 200
        assert bounded(doors.checkout).status_code == 201
        assert doors.buyer.sees_available() == PIECES - 1

        doors.reconciles()
        assert doors.buyer.order()["status"] == "pending_payment"

        clock.advance(timedelta(minutes=54))
        assert doors.buyer.sees_available() == PIECES - 1
        clock.advance(timedelta(minutes=2))
        assert doors.buyer.sees_available() == PIECES


@pytest.mark.parametrize("by", [HOUR, -HOUR], ids=["an hour fast", "an hour slow"])
def test_on_a_machine_whose_clock_is_wrong_webhooks_are_refused_and_asking_catches_up(
    doors: Doors, monkeypatch: pytest.MonkeyPatch, by: timedelta
) -> None:
    """A signature counts for 300 seconds either way; Stripe sends again, and can be asked."""
    with own_clock_off_by(by, monkeypatch):
        assert bounded(doors.webhook).status_code == 400
        assert doors.payer.order()["status"] == "pending_payment"

        doors.reconciles()
        assert doors.payer.order()["status"] == "paid"

    assert bounded(doors.webhook).status_code == 204
    doors.is_sound()


def test_a_day_and_an_hour_later_what_was_never_paid_is_given_up(doors: Doors) -> None:
    """Stripe has forgotten every key by then: nothing may be asked for a second time."""
    doors.double.faults.add(Fault(kind="drop", path="/v1/checkout/sessions", method="POST", times=None))
    come_back(doors.checkout, "payment_provider_unavailable")
    doors.double.faults.clear()

    clock.advance(timedelta(hours=25))
    doors.reconciles()

    assert doors.buyer.sees_available() == PIECES
    assert doors.buyer.looks_at_checkout()["status"] == "expired"
    assert doors.payer.order()["status"] == "paid"
    assert doors.orders() == ORDERS_BEFORE + 1
    doors.is_sound()


def test_a_day_and_an_hour_later_the_same_key_has_the_same_answer(doors: Doors) -> None:
    first = doors.checkout()

    clock.advance(timedelta(hours=25))

    assert doors.checkout().data == first.data
    assert doors.orders() == ORDERS_BEFORE + 1


@pytest.fixture
def paris() -> Iterator[None]:
    """A machine that keeps the time of a place where hours are skipped and repeated."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = "Europe/Paris"
    time.tzset()
    yield
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


@pytest.mark.parametrize(
    "moment",
    [datetime(2027, 3, 28, 0, 40, tzinfo=UTC), datetime(2027, 10, 31, 0, 40, tzinfo=UTC)],
    ids=["an hour is skipped", "an hour is repeated"],
)
@pytest.mark.usefixtures("paris")
def test_a_hold_over_the_change_of_the_hour_lasts_as_long_as_any(
    shopper: Shopper, session: Session, moment: datetime
) -> None:
    clock.advance(moment - datetime.now(UTC))
    shopper.places_order()
    hold = session.execute(select(Hold.created_at, Hold.ends_at)).one()
    order = session.scalars(select(Order.held_until)).one()

    assert timedelta(minutes=54) < hold.ends_at - hold.created_at <= timedelta(minutes=55)
    assert hold.ends_at == order
    assert abs(hold.created_at - moment) < timedelta(minutes=5)
    clock.advance(timedelta(minutes=50))
    assert shopper.sees_available() == PIECES - 1
    clock.advance(timedelta(minutes=6))
    assert shopper.sees_available(BAG) == PIECES
    assert shopper.sees_available(OTHER) > 0
