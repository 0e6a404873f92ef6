"""Claims: what happens to a key whose holder is at work, dead, or on another machine."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from shop.cli import cli
from shop.kit.clock import clock
from shop.kit.db import transaction
from shop.kit.idempotency import CLAIM_SECONDS
from shop.kit.stored_answers import StoredAnswer, holder, holder_lives
from tests.shopper import Shopper


def unanswer(app: Flask, *, held_by: str) -> None:
    """Put a key back into the moment before its answer was stored."""
    with app.app_context(), transaction() as session:
        session.execute(update(StoredAnswer).values(status=None, body=None, holder=held_by))


def dead_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_key_at_work_is_answered_later(shopper: Shopper, app: Flask) -> None:
    shopper.prepares()
    key = str(uuid4())
    shopper.completes(key)
    unanswer(app, held_by=holder())

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
