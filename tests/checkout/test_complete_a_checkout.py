"""Completing: the key, what is refused, and what a repeat is answered."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from shop.cli import cli
from shop.kit.clock import clock
from shop.kit.db import transaction
from shop.kit.stored_answers import StoredAnswer
from shop.orders.models import Order, OrderLine
from shop.payments.double import Fault, StripeDouble
from shop.payments.models import Payment
from shop.pricing.models import Price
from tests.shopper import BAG, PIECES, PRICE, Shopper, codes, total


def reprice(app: Flask, amount_minor: int) -> None:
    """Change the dollar prices of the whole catalogue."""
    with app.app_context(), transaction() as session:
        session.execute(update(Price).where(Price.currency == "USD").values(amount_minor=amount_minor))


def test_a_repeat_with_the_same_key_is_answered_byte_for_byte(shopper: Shopper, session: Session) -> None:
    shopper.prepares()
    key = str(uuid4())

    first = shopper.completes(key)
    second = shopper.completes(key)

    assert first.status_code == second.status_code == 201
    assert second.data == first.data
    assert second.headers["Location"] == first.headers["Location"]
    assert second.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    assert session.scalar(select(func.count()).select_from(Order)) == 1
    assert session.scalar(select(func.count()).select_from(Payment)) == 1


def test_the_stored_answer_does_not_hold_the_token_it_showed(shopper: Shopper, session: Session) -> None:
    shopper.prepares()

    token = shopper.completes().json["order"]["token"]

    bodies = [body for body in session.scalars(select(StoredAnswer.body)) if body]
    assert bodies
    assert not any(token.encode() in body for body in bodies)


def test_a_key_is_required(shopper: Shopper) -> None:
    shopper.prepares()

    path = f"/v1/checkouts/{shopper.checkout['id']}/complete"
    answer = shopper.client.post(path, json={}, headers=shopper.headers)

    assert answer.status_code == 400
    assert answer.json["code"] == "idempotency_key_missing"


@pytest.mark.parametrize("key", ["", "x" * 256, "ключ-ключ-ключ-ключ"])
def test_a_key_of_the_wrong_form_is_refused(shopper: Shopper, key: str) -> None:
    shopper.prepares()

    path = f"/v1/checkouts/{shopper.checkout['id']}/complete"
    headers = {**shopper.headers, "Idempotency-Key": key.encode().decode("latin-1")}
    answer = shopper.client.post(path, json={}, headers=headers)

    assert answer.status_code == 422
    assert answer.json["errors"][0]["header"] == "Idempotency-Key"


def test_a_key_used_with_another_body_is_refused(shopper: Shopper) -> None:
    shopper.prepares()
    key = str(uuid4())
    shopper.completes(key)

    answer = shopper.completes(key, ui="elements")

    assert answer.status_code == 422
    assert answer.json["code"] == "idempotency_key_reused"


def test_a_second_key_for_a_completed_checkout_points_to_its_order(shopper: Shopper) -> None:
    shopper.places_order()

    answer = shopper.completes()

    assert answer.status_code == 409
    assert answer.json["code"] == "checkout_closed"
    assert answer.json["checkout_status"] == "completing"
    seen = shopper.looks_at_checkout()
    assert seen["order"]["number"] == shopper.placed["order"]["number"]
    assert seen["payment"]["url"] == shopper.placed["payment"]["url"]


def test_what_is_missing_is_listed_and_nothing_is_ordered(shopper: Shopper, session: Session) -> None:
    shopper.opens_cart()
    shopper.puts()
    shopper.opens_checkout()

    answer = shopper.completes()

    assert answer.status_code == 409
    assert answer.json["code"] == "checkout_not_ready"
    missing = {message["code"] for message in answer.json["messages"]}
    assert missing == {"missing_email", "missing_shipping_address", "missing_shipping_option"}
    assert session.scalar(select(func.count()).select_from(Order)) == 0
    assert shopper.sees_available() == PIECES


def test_an_order_keeps_the_price_it_was_placed_at(shopper: Shopper, app: Flask) -> None:
    shopper.places_order()

    reprice(app, 999_900)
    shopper.pays()
    shopper.hears_webhooks()

    assert total(shopper.order()) == PRICE


def test_an_order_keeps_the_words_it_was_placed_with(shopper: Shopper, session: Session) -> None:
    shopper.places_order()

    line = session.scalars(select(OrderLine)).one()

    assert line.description["product"]["name"] == "Le City Bag Medium"
    assert line.style_code == "823058 2AA9S 1000"


def test_a_price_that_rose_since_the_quote_is_told_and_not_charged(shopper: Shopper, app: Flask) -> None:
    shopper.prepares()
    reprice(app, 300_000)

    refused = shopper.completes()

    assert refused.status_code == 409
    assert refused.json["code"] == "checkout_not_ready" or refused.json["code"] == "total_changed"
    seen = shopper.looks_at_checkout()
    assert seen["status"] == "open"
    assert {"price_changed", "total_changed"} <= codes(seen)

    accepted = shopper.changes()
    assert accepted.json["status"] == "ready"
    assert shopper.completes().status_code == 201
    assert shopper.placed["payment"]["amount"]["amount"] == 300_000


def test_a_price_change_is_not_accepted_by_changing_something_else(shopper: Shopper, app: Flask) -> None:
    shopper.prepares()
    reprice(app, 300_000)

    answer = shopper.changes(email="other@example.com")

    assert answer.json["status"] == "open"
    assert "total_changed" in codes(answer.json)


@pytest.mark.parametrize("field", ["price", "total", "currency", "status", "amount", "totals"])
def test_a_price_in_the_body_is_refused(shopper: Shopper, field: str) -> None:
    shopper.prepares()

    for answer in (shopper.changes(**{field: 1}), shopper.completes(**{field: 1})):
        assert answer.status_code == 422
        assert answer.json["errors"] == [{"pointer": f"/{field}", "detail": "Unknown field."}]


def test_the_last_piece_goes_to_the_first_who_completes(app: Flask, double: StripeDouble) -> None:
    first, second = Shopper(app.test_client(), double), Shopper(app.test_client(), double)
    first.prepares(quantity=PIECES)
    second.prepares(quantity=1)

    assert first.completes().status_code == 201
    refused = second.completes()

    assert refused.status_code == 409
    assert first.sees_available() == 0
    assert second.looks_at_checkout()["status"] == "open"
    assert "sold_out" in codes(second.looks_at_checkout())


def test_when_stripe_is_down_the_bag_stays_held_and_the_same_key_goes_on(
    shopper: Shopper, double: StripeDouble, session: Session
) -> None:
    shopper.prepares()
    key = str(uuid4())
    double.faults.add(Fault(kind="drop", path="/v1/checkout/sessions", method="POST", times=None))

    down = shopper.completes(key)

    assert down.status_code == 503
    assert int(down.headers["Retry-After"]) >= 1
    assert shopper.sees_available() == PIECES - 1

    double.faults.clear()
    again = shopper.completes(key)

    assert again.status_code == 201
    assert session.scalar(select(func.count()).select_from(Order)) == 1
    shopper.pays()
    shopper.hears_webhooks()
    assert shopper.order()["status"] == "paid"


def test_a_time_out_after_the_effect_opens_one_payment(shopper: Shopper, double: StripeDouble) -> None:
    shopper.prepares()
    key = str(uuid4())
    double.faults.add(
        Fault(kind="drop", path="/v1/checkout/sessions", method="POST", times=3, after_effect=True)
    )

    lost = shopper.completes(key)
    again = shopper.completes(key)

    assert lost.status_code == 503
    assert again.status_code == 201
    shopper.pays()
    shopper.hears_webhooks()
    assert shopper.order()["status"] == "paid"


def test_a_payment_that_stripe_will_never_open_gives_its_bags_back(
    shopper: Shopper, double: StripeDouble, app: Flask
) -> None:
    """Stripe was down until less than its least time to pay was left."""
    shopper.prepares()
    key = str(uuid4())
    double.faults.add(Fault(kind="drop", path="/v1/checkout/sessions", method="POST", times=None))
    assert shopper.completes(key).status_code == 503
    double.faults.clear()
    clock.advance(timedelta(minutes=20))

    refused = [shopper.completes(key) for _ in range(2)]

    assert [answer.status_code for answer in refused] == [409, 409]
    assert refused[0].json["code"] == "payment_not_opened"
    assert shopper.sees_available() == PIECES
    assert shopper.looks_at_checkout()["status"] == "expired"
    shopper.opens_checkout()
    assert shopper.completes().status_code == 201


def test_reconciling_gives_up_what_stripe_will_never_open(
    shopper: Shopper, double: StripeDouble, app: Flask
) -> None:
    shopper.prepares()
    double.faults.add(Fault(kind="drop", path="/v1/checkout/sessions", method="POST", times=None))
    shopper.completes()
    double.faults.clear()
    clock.advance(timedelta(minutes=20))

    result = app.test_cli_runner().invoke(cli, ["reconcile"])

    assert result.exit_code == 0
    assert shopper.sees_available() == PIECES
    assert shopper.looks_at_checkout()["status"] == "expired"


def test_an_order_of_several_lines_is_paid_as_one_sum(shopper: Shopper) -> None:
    shopper.opens_cart()
    shopper.puts(BAG, 2)
    shopper.puts("8230582AB6A1000", 1)
    shopper.opens_checkout()
    shopper.fills_in("express")

    placed = shopper.completes().json

    assert placed["payment"]["amount"]["amount"] == 2 * PRICE + 329_000 + 3_500
    order = shopper.order()
    assert sum(total(line) for line in order["lines"]) + total(order, "shipping") == total(order)
