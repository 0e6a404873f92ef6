"""Losing a race: told at once, from reads alone, with what a buyer needs to know."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import event, select, update

from shop.catalogue.models import Variant
from shop.inventory.models import Hold, Stock
from shop.inventory.queries import available, pieces_of
from shop.kit.clock import clock, now
from shop.kit.db import db, transaction
from shop.payments.double import Fault, StripeDouble
from tests.shopper import BAG, PIECES, Shopper

OTHER = "8230582AB6A1000"


@pytest.fixture
def loser(app: Flask, double: StripeDouble) -> Shopper:
    """Ready to pay for a bag whose last piece someone else orders now."""
    winner, late = Shopper(app.test_client(), double), Shopper(app.test_client(), double)
    late.prepares()
    winner.places_order(quantity=PIECES)
    return late


@contextmanager
def stock_locked(app: Flask) -> Iterator[None]:
    """Let another writer keep SQLite's gate, or PostgreSQL's rows of stock, for the block."""
    entered, leave = threading.Event(), threading.Event()

    def keep() -> None:
        with app.app_context(), transaction() as session:
            session.execute(select(Stock).with_for_update())
            entered.set()
            leave.wait(60)

    thread = threading.Thread(target=keep)
    thread.start()
    try:
        assert entered.wait(20)
        yield
    finally:
        leave.set()
        thread.join(20)


@contextmanager
def transactions_counted(app: Flask) -> Iterator[list[object]]:
    """Note each transaction that writes."""
    begun: list[object] = []

    def note(connection: object) -> None:
        options = connection.get_execution_options()  # type: ignore[attr-defined]
        if options.get("isolation_level") != "AUTOCOMMIT":
            begun.append(connection)

    with app.app_context():
        event.listen(db.engine, "begin", note)
        yield begun
        event.remove(db.engine, "begin", note)


def test_a_loser_is_answered_while_another_writer_has_the_stock(app: Flask, loser: Shopper) -> None:
    with stock_locked(app):
        answer = loser.completes()

    assert answer.status_code == 409
    assert answer.json["code"] == "out_of_stock"
    assert (answer.json["sku"], answer.json["available"], answer.json["requested"]) == (BAG, 0, 1)
    assert datetime.fromisoformat(answer.json["retry_at"]) > now()


def test_a_loser_begins_no_transaction(app: Flask, loser: Shopper) -> None:
    with transactions_counted(app) as begun:
        answer = loser.completes()

    assert answer.status_code == 409
    assert begun == []


def test_a_winner_begins_one_for_each_of_his_steps(app: Flask, shopper: Shopper) -> None:
    shopper.prepares()

    with transactions_counted(app) as begun:
        answer = shopper.completes()

    assert answer.status_code == 201
    assert len(begun) == 2


def test_nobody_is_too_late_for_pieces_whose_hold_has_ended(loser: Shopper) -> None:
    clock.advance(timedelta(hours=2))

    assert loser.completes().status_code == 201


def test_lists_and_losers_are_told_the_same_of_the_stock(app: Flask, loser: Shopper) -> None:
    """Two statements count what is free: one for every variant, one for those asked about."""
    for passed in (timedelta(0), timedelta(hours=2)):
        clock.advance(passed)
        with app.app_context():
            counted = select(Variant.id, pieces_of(Variant.id)).where(Variant.sku.in_([BAG, OTHER]))
            for variant_id, pieces in db.session().execute(counted):
                assert pieces == available(db.session(), variant_id)
        assert loser.sees_available() == (PIECES if passed else 0)


def test_pieces_that_nobody_gives_back_have_no_moment_to_ask_again(app: Flask, loser: Shopper) -> None:
    with app.app_context(), transaction() as session:
        session.execute(update(Stock).values(held=0, on_hand=0))
        session.execute(update(Hold).values(status="sold"))

    answer = loser.completes()

    assert answer.status_code == 409
    assert answer.json["available"] == 0
    assert "retry_at" not in answer.json


def test_the_buyer_who_has_the_last_piece_is_answered_again_and_not_refused(
    app: Flask, shopper: Shopper
) -> None:
    """His own order emptied the shelf."""
    shopper.prepares(quantity=PIECES)
    key = str(uuid4())
    first = shopper.completes(key)

    second = shopper.completes(key)

    assert (first.status_code, second.status_code) == (201, 201)
    assert second.data == first.data


def test_a_buyer_whose_answer_got_lost_goes_on_with_the_same_key(
    app: Flask, shopper: Shopper, double: StripeDouble
) -> None:
    """Stripe was down after the last piece was held for him."""
    shopper.prepares(quantity=PIECES)
    key = str(uuid4())
    double.faults.add(Fault(kind="drop", path="/v1/checkout/sessions", method="POST", times=None))
    assert shopper.completes(key).status_code == 503
    double.faults.clear()

    assert shopper.completes(key).status_code == 201


def test_a_key_that_was_used_for_another_checkout_is_told_so_before_the_stock_is(
    app: Flask, shopper: Shopper, double: StripeDouble
) -> None:
    shopper.prepares()
    key = str(uuid4())
    assert shopper.completes(key).status_code == 201
    assert shopper.cancels().status_code == 200
    shopper.opens_checkout()
    Shopper(app.test_client(), double).places_order(quantity=PIECES)

    answer = shopper.completes(key)

    assert (answer.status_code, answer.json["code"]) == (422, "idempotency_key_reused")


def test_what_else_is_missing_is_told_together(app: Flask, double: StripeDouble) -> None:
    winner, late = Shopper(app.test_client(), double), Shopper(app.test_client(), double)
    late.opens_cart()
    late.puts()
    late.opens_checkout()
    late.changes(email="ada@example.com", shipping_option="standard")
    winner.places_order(quantity=PIECES)

    answer = late.completes()

    assert answer.json["code"] == "checkout_not_ready"
    assert {message["code"] for message in answer.json["messages"]} >= {
        "missing_shipping_address",
        "sold_out",
    }


def test_a_stranger_learns_nothing_of_the_stock(app: Flask, loser: Shopper) -> None:
    loser.cart["token"] = "somebody else's"

    assert loser.completes().json["code"] == "unknown_checkout"


def test_one_line_of_several_that_falls_short_is_named(app: Flask, double: StripeDouble) -> None:
    winner, late = Shopper(app.test_client(), double), Shopper(app.test_client(), double)
    late.opens_cart()
    late.puts(OTHER, 1)
    late.puts(BAG, 2)
    late.opens_checkout()
    late.fills_in()
    winner.places_order(quantity=PIECES - 1)

    answer = late.completes()

    assert (answer.json["sku"], answer.json["available"], answer.json["requested"]) == (BAG, 1, 2)
