"""Deliveries: booked in the ledger, buyable at once."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from shop.cli import cli
from shop.inventory.models import Movement
from tests.shopper import BAG, PIECES, Shopper


def receive(app: Flask, *args: str) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(cli, ["stock", "receive", *args])
    return result.exit_code, result.output


def test_what_arrived_can_be_bought_at_once(app: Flask, shopper: Shopper, session: Session) -> None:
    code, output = receive(app, BAG, "5", "--reason", "note 17")

    assert (code, output) == (0, f"{BAG}: 5 received at milan-01, 13 on hand there\n")
    assert shopper.sees_available() == PIECES + 5
    movement = session.scalars(select(Movement).where(Movement.kind == "received")).one()
    assert (movement.on_hand_delta, movement.reason) == (5, "note 17")


def test_a_bag_may_arrive_where_it_never_was(app: Flask, shopper: Shopper) -> None:
    code, output = receive(app, BAG, "2", "--location", "paris-boutique")

    assert code == 0, output
    assert shopper.sees_available() == PIECES + 2
    shopper.places_order(quantity=PIECES + 2)
    assert shopper.sees_available() == 0


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["NOPE", "1"], 1, "There is no variant 'NOPE'."),
        ([BAG, "1", "--location", "moon"], 1, "there is milan-01, paris-boutique"),
        ([BAG, "0"], 2, "0 is not in the range"),
        ([BAG, "-3"], 2, "No such option"),
        ([BAG, "many"], 2, "not a valid integer"),
    ],
)
def test_what_cannot_have_arrived_is_refused(
    app: Flask, shopper: Shopper, args: list[str], code: int, words: str
) -> None:
    found, output = receive(app, *args)

    assert found == code
    assert words in output
    assert shopper.sees_available() == PIECES
