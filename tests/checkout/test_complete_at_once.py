"""Two requests that were both told that there is a piece, before either has it."""

from __future__ import annotations

from uuid import uuid4

import pytest
from flask import Flask

from shop.checkout import completion
from shop.payments.double import StripeDouble
from tests.audited import breaches
from tests.races import all_at_once, meet_after
from tests.shopper import PIECES, Shopper


def test_the_last_piece_goes_to_one_of_two_who_were_told_that_it_is_there(
    app: Flask, double: StripeDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    buyers = [Shopper(app.test_client(), double).prepares(quantity=PIECES) for _ in range(2)]
    meet_after(monkeypatch, completion, "refuse_sold_out")

    answers = all_at_once([buyer.completes for buyer in buyers])

    placed, refused = sorted(answers, key=lambda answer: answer.status_code)
    assert placed.status_code == 201
    assert (refused.status_code, refused.json["code"]) == (409, "out_of_stock")
    assert breaches(app) == []


def test_a_double_tap_for_the_last_piece_is_one_order_and_no_refusal(
    app: Flask, double: StripeDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin finds an empty shelf: its key must be looked at first."""
    first, key = Shopper(app.test_client(), double).prepares(quantity=PIECES), str(uuid4())
    twin = Shopper(app.test_client(), double, first.cart, first.checkout)
    meet_after(monkeypatch, completion, "refuse_sold_out")

    answers = all_at_once([lambda: first.completes(key), lambda: twin.completes(key)])
    again = first.completes(key)

    assert again.status_code == 201
    for answer in answers:
        if answer.status_code == 201:
            assert answer.data == again.data
        else:
            assert (answer.status_code, answer.json["code"]) == (409, "request_in_progress")
    assert breaches(app) == []
