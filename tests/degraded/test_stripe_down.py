"""T8, rows "Stripe": down, slow, and silent after it did what it was asked."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shop.kit.breaker import FAILURES, PAUSE_SECONDS
from shop.kit.clock import clock
from shop.payments.double import Fault, StripeDouble
from shop.payments.models import Payment, Refund
from tests.checkout.late_money import pay_when_sold_to_another
from tests.degraded.doors import ORDERS_BEFORE, REFUNDED, Doors, bounded, come_back
from tests.served import ServedShop
from tests.shopper import BAG, PIECES, Shopper

UNAVAILABLE = "payment_provider_unavailable"


def at_stripe(double: StripeDouble, prefix: str) -> int:
    """Count the objects at Stripe whose ids begin so."""
    ((count,),) = double._store.run("SELECT count(*) FROM objects WHERE id LIKE ?", f"{prefix}%")
    return int(count)


def test_without_stripe_the_shop_shows_and_fills_carts(doors: Doors) -> None:
    doors.double.faults.add(Fault(kind="drop", times=None))

    assert bounded(doors.browse).status_code == 200
    assert bounded(doors.cart).status_code == 200
    assert doors.client.get("/readyz").status_code == 200


def test_without_stripe_a_checkout_waits_with_its_bag_and_the_same_key_goes_on(doors: Doors) -> None:
    doors.double.faults.add(Fault(kind="drop", times=None))

    assert come_back(doors.checkout, UNAVAILABLE) >= 1
    assert doors.buyer.sees_available() == PIECES - 1

    doors.double.faults.clear()
    doors.all_goes_on()


def test_without_stripe_webhooks_and_refunds_are_kept_and_done_later(doors: Doors) -> None:
    doors.double.faults.add(Fault(kind="drop", times=None))

    assert bounded(doors.webhook).status_code == 204
    assert bounded(doors.admin).status_code == 202
    assert doors.refunded() == [(REFUNDED, "requested")]

    doors.double.faults.clear()
    clock.advance(timedelta(seconds=PAUSE_SECONDS + 1))
    doors.all_goes_on()


def test_a_stripe_that_stays_down_is_asked_rarely_and_says_when_to_come_back(doors: Doors) -> None:
    doors.double.faults.add(Fault(kind="drop", times=None))
    for _ in range(FAILURES):
        come_back(doors.checkout, UNAVAILABLE)
    doors.double.faults.clear()

    later = come_back(doors.checkout, UNAVAILABLE)

    assert 1 <= later <= PAUSE_SECONDS
    clock.advance(timedelta(seconds=later))
    doors.all_goes_on()


def test_a_stripe_that_did_what_it_was_asked_and_hung_up_is_asked_for_the_same_payment(
    doors: Doors, session: Session
) -> None:
    path = "/v1/checkout/sessions"
    doors.double.faults.add(Fault(kind="drop", path=path, method="POST", times=3, after_effect=True))

    come_back(doors.checkout, UNAVAILABLE)
    doors.all_goes_on()

    assert session.scalar(select(func.count()).select_from(Payment)) == ORDERS_BEFORE + 1
    assert at_stripe(doors.double, "cs_") == ORDERS_BEFORE + 1


def test_a_stripe_that_refunded_and_hung_up_refunds_once(
    app: Flask, shopper: Shopper, double: StripeDouble, session: Session
) -> None:
    pay_when_sold_to_another(shopper, app)
    double.faults.add(Fault(kind="drop", path="/v1/refunds", method="POST", times=3, after_effect=True))

    lost = bounded(shopper.comes_back)
    clock.advance(timedelta(minutes=1))
    shopper.comes_back()

    assert lost.status_code == 200  # the page says how the order stands; the refund is sent again
    assert session.scalars(select(Refund.status)).all() == ["succeeded"]
    assert at_stripe(double, "re_") == 1


@pytest.fixture
def one_process(seeded_url: str, tmp_path: Path) -> Iterator[ServedShop]:
    """The shop in one process of four threads, of which one may wait for Stripe."""
    with ServedShop(seeded_url, tmp_path / "served", workers=1, threads=4).running() as shop:
        yield shop


def test_a_slow_stripe_keeps_one_thread_and_the_others_serve_on(one_process: ServedShop) -> None:
    """Stopped, it takes connections and says nothing. Six buyers are more than all threads."""
    buyers = [one_process.shopper().prepares() for _ in range(6)]
    keys = [f"a key of buyer number {number}" for number in range(6)]
    visitor = one_process.shopper()
    seen, filled, asking = set[int](), set[int](), list[int]()
    idle = one_process.lines_to_stripe()

    with ThreadPoolExecutor(len(buyers)) as pool, one_process.stripe_silent():
        waiting = [
            pool.submit(bounded, lambda buyer=buyer, key=key: buyer.completes(key))  # type: ignore[misc]
            for buyer, key in zip(buyers, keys, strict=True)
        ]
        while wait(waiting, timeout=0.1).not_done:
            seen.add(bounded(lambda: visitor.client.get(f"/v1/variants/{BAG}")).status_code)
            filled.add(bounded(visitor.opens_cart().puts).status_code)
            asking.append(len(one_process.lines_to_stripe() - idle))
    answers = [each.result() for each in waiting]

    assert max(asking) == 1
    assert (seen, filled) == ({200}, {200})
    assert {answer.status_code for answer in answers} == {503}
    assert all(int(answer.headers["Retry-After"]) >= 1 for answer in answers)
    assert visitor.client.get("/healthz").status_code == 200
    again = [buyer.completes(key).status_code for buyer, key in zip(buyers, keys, strict=True)]
    assert again == [201] * 6
