"""Claims: what happens to a key whose holder is at work, dead, or on another machine."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from shop.cli import cli
from shop.kit import idempotency
from shop.kit.clock import clock
from shop.kit.db import transaction
from shop.kit.idempotency import CLAIM_SECONDS, Attempt, IdempotencyKeyReused, RequestInProgress, at_work
from shop.kit.stored_answers import StoredAnswer, holder, holder_lives
from shop.payments.double import InProcessHTTPClient, StripeDouble
from shop.payments.gateway import StripeGateway
from tests.audited import breaches
from tests.shopper import Shopper


def unanswer(app: Flask, *, held_by: str) -> None:
    """Put a key back into the moment before its answer was stored."""
    with app.app_context(), transaction() as session:
        session.execute(update(StoredAnswer).values(status=None, body=None, holder=held_by))


def dead_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


class Meanwhile(InProcessHTTPClient):
    """The way to Stripe, on whose first use something else happens meanwhile."""

    def __init__(self, double: StripeDouble, happens: Callable[[], object]) -> None:
        super().__init__(double)
        self._happens: Callable[[], object] | None = happens

    def request(self, *args: Any, **more: Any) -> Any:
        happens, self._happens = self._happens, None
        if happens:
            other = threading.Thread(target=happens)
            other.start()
            other.join()
        return super().request(*args, **more)


def test_an_answer_that_was_given_stands_though_a_slower_request_ends_later(
    shopper: Shopper, app: Flask, double: StripeDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A suspended machine goes on after its claim was taken over, its order even paid."""
    shopper.prepares()
    key, answers = str(uuid4()), []

    def overtaken() -> None:
        clock.advance(timedelta(seconds=CLAIM_SECONDS + 1))
        with monkeypatch.context() as another_process:
            another_process.setattr(idempotency, "_at_work", {})
            answers.append(shopper.completes(key))
        shopper.pays()
        shopper.hears_webhooks()

    app.extensions["shop.gateway"] = StripeGateway(
        app.extensions["shop.settings"], http_client=Meanwhile(double, overtaken)
    )

    answers += [shopper.completes(key), shopper.completes(key)]

    assert [answer.status_code for answer in answers] == [201, 201, 201]
    assert len({answer.data for answer in answers}) == 1


def test_a_key_at_work_is_answered_later(shopper: Shopper, app: Flask) -> None:
    shopper.prepares()
    key = str(uuid4())
    shopper.completes(key)
    unanswer(app, held_by=holder().replace(f":{os.getpid()}", f":{os.getppid()}"))

    answer = shopper.completes(key)

    assert answer.status_code == 409
    assert answer.json["code"] == "request_in_progress"
    assert answer.headers["Retry-After"] == "1"


def test_a_key_whose_process_died_is_taken_over_at_once(shopper: Shopper, app: Flask) -> None:
    shopper.prepares()
    key = str(uuid4())
    first = shopper.completes(key).json
    unanswer(app, held_by=holder().replace(f":{os.getpid()}", f":{dead_process()}"))

    again = shopper.completes(key)

    assert again.status_code == 201
    assert again.json == first


def test_a_key_that_this_process_left_is_taken_over_at_once(shopper: Shopper, app: Flask) -> None:
    """Its connection broke at a commit: nobody is at work, and nobody could tell the database so."""
    shopper.prepares()
    key = str(uuid4())
    first = shopper.completes(key).json
    unanswer(app, held_by=holder())

    again = shopper.completes(key)

    assert again.status_code == 201
    assert again.json == first


def test_of_two_requests_of_one_process_one_works_on_a_key() -> None:
    attempt = Attempt("a key", "a request")

    with at_work(attempt):
        with pytest.raises(RequestInProgress), at_work(Attempt("a key", "a request")):
            pass
        with pytest.raises(IdempotencyKeyReused), at_work(Attempt("a key", "another request")):
            pass
        with at_work(Attempt("another key", "a request")):
            pass

    with at_work(Attempt("a key", "another request")):
        pass


def test_requests_without_a_key_do_not_meet() -> None:
    with at_work(Attempt(None, "")), at_work(Attempt(None, "")):
        pass


def test_a_key_of_another_machine_is_taken_over_when_it_is_old(shopper: Shopper, app: Flask) -> None:
    shopper.prepares()
    key = str(uuid4())
    first = shopper.completes(key).json
    unanswer(app, held_by="elsewhere:1")

    assert shopper.completes(key).status_code == 409

    clock.advance(timedelta(seconds=CLAIM_SECONDS + 1))
    again = shopper.completes(key)
    assert again.status_code == 201
    assert again.json == first


@pytest.mark.parametrize(("name", "lives"), [("", False), ("elsewhere:1", True)])
def test_what_is_known_of_a_holder(name: str, lives: bool) -> None:
    assert holder_lives(name) is lives


def test_this_process_lives() -> None:
    assert holder_lives(holder())


def test_a_key_whose_shopper_never_came_back_is_no_unfinished_work_for_ever(
    shopper: Shopper, app: Flask
) -> None:
    """Its process was killed after the order was written, and nobody asks for the answer."""
    shopper.prepares()
    key = str(uuid4())
    first = shopper.completes(key).json
    shopper.pays()
    unanswer(app, held_by=holder().replace(f":{os.getpid()}", f":{dead_process()}"))
    clock.advance(timedelta(minutes=61))

    app.test_cli_runner().invoke(cli, ["reconcile"])

    assert breaches(app) == []
    again = shopper.completes(key)
    assert again.status_code == 201
    assert again.json["order"]["number"] == first["order"]["number"]


def test_a_refusal_is_not_kept_so_that_the_same_key_may_succeed_later(shopper: Shopper) -> None:
    shopper.opens_cart()
    shopper.puts()
    shopper.opens_checkout()
    key = str(uuid4())
    assert shopper.completes(key).status_code == 409

    shopper.fills_in()

    assert shopper.completes(key).status_code == 201


def test_one_key_serves_two_operations(shopper: Shopper) -> None:
    shopper.opens_cart()
    shopper.puts()
    key = {**shopper.headers, "Idempotency-Key": str(uuid4())}
    opened = shopper.client.post("/v1/checkouts", json={"cart_id": shopper.cart["id"]}, headers=key)
    shopper.checkout = opened.json
    shopper.fills_in()

    assert shopper.completes(key["Idempotency-Key"]).status_code == 201


def test_old_answers_are_forgotten_by_reconciling(shopper: Shopper, app: Flask, session: Session) -> None:
    shopper.prepares()
    shopper.completes()

    clock.advance(timedelta(hours=47))
    app.test_cli_runner().invoke(cli, ["reconcile"])
    assert len(session.scalars(select(StoredAnswer.key_hash)).all()) == 1

    clock.advance(timedelta(hours=2))
    app.test_cli_runner().invoke(cli, ["reconcile"])
    assert session.scalars(select(StoredAnswer.key_hash)).all() == []
