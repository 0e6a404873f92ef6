"""Refunds that the owner asks for: by line and by amount, never above what was captured."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from shop.cli import cli
from shop.payments.double import StripeDouble
from shop.payments.models import Refund
from tests.audited import breaches
from tests.orders.refunding import at_stripe, number_of
from tests.owner import Owner
from tests.shopper import BAG, PIECES, PRICE, Shopper, total

SECOND = "8230582AB6A1000"


def test_all_of_it_goes_back(paid: Shopper, owner: Owner, app: Flask, double: StripeDouble) -> None:
    answer = owner.refunds(number_of(paid))

    assert answer.status_code == 201, answer.text
    assert answer.json["order"]["status"] == "refunded"
    assert answer.json["given_back"] == {"amount": 2 * PRICE, "currency": "USD"}
    assert [entry["kind"] for entry in answer.json["ledger"]] == ["captured", "refunded"]
    assert at_stripe(double) == [2 * PRICE]
    assert paid.order()["status"] == "refunded"
    assert breaches(app) == []


def test_an_amount_goes_back_and_the_rest_later(paid: Shopper, owner: Owner, app: Flask) -> None:
    first = owner.refunds(number_of(paid), amount=1_000, reason="a scratch")
    second = owner.refunds(number_of(paid))

    assert first.json["order"]["status"] == "partially_refunded"
    assert first.json["refunds"][0]["reason"] == "a scratch"
    assert first.json["refunds"][0]["actor"] == "key:ada"
    assert [each["amount"]["amount"] for each in second.json["refunds"]] == [1_000, 2 * PRICE - 1_000]
    assert second.json["order"]["status"] == "refunded"
    assert breaches(app) == []


def test_the_same_amount_twice_is_two_refunds(paid: Shopper, owner: Owner, double: StripeDouble) -> None:
    owner.refunds(number_of(paid), amount=1_000)
    owner.refunds(number_of(paid), amount=1_000)

    assert at_stripe(double) == [1_000, 1_000]


def test_a_repeat_with_the_same_key_is_one_refund(paid: Shopper, owner: Owner, double: StripeDouble) -> None:
    key = str(uuid4())

    answers = [owner.refunds(number_of(paid), key=key, amount=1_000) for _ in range(2)]

    assert answers[0].data == answers[1].data
    assert answers[1].headers["Idempotent-Replayed"] == "true"
    assert at_stripe(double) == [1_000]


def test_a_line_goes_back_with_its_pieces(paid: Shopper, owner: Owner, app: Flask) -> None:
    answer = owner.refunds(number_of(paid), lines=[{"sku": BAG, "quantity": 1}], restock=True)

    assert answer.status_code == 201, answer.text
    assert answer.json["given_back"]["amount"] == PRICE
    assert paid.sees_available() == PIECES - 1
    assert breaches(app) == []


def test_pieces_go_back_once(paid: Shopper, owner: Owner, app: Flask) -> None:
    owner.refunds(number_of(paid), lines=[{"sku": BAG, "quantity": 1}], restock=True)

    refused = owner.refunds(number_of(paid), lines=[{"sku": BAG, "quantity": 2}], restock=True)

    assert refused.status_code == 422
    assert refused.json["code"] == "line_not_refundable"
    assert refused.json["refundable"] == 1
    assert paid.sees_available() == PIECES - 1
    assert breaches(app) == []


def test_the_parts_of_a_line_add_up_to_it(app: Flask, double: StripeDouble, owner: Owner) -> None:
    """Three pieces of an odd total, given back one by one, leave nothing and owe nothing."""
    shopper = Shopper(app.test_client(), double).places_order(quantity=3, market="JP")
    shopper.pays()
    shopper.comes_back()

    for _ in range(3):
        answer = owner.refunds(number_of(shopper), lines=[{"sku": BAG, "quantity": 1}])
    answer = owner.refunds(number_of(shopper), shipping=True) if _shipping(shopper) else answer

    assert answer.json["order"]["status"] == "refunded"
    assert answer.json["given_back"]["amount"] == total(shopper.order())
    assert breaches(app) == []


def _shipping(shopper: Shopper) -> int:
    return total(shopper.order(), "shipping")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"amount": 2 * PRICE + 1}, "refund_too_large"),
        ({"lines": [{"sku": SECOND, "quantity": 1}]}, "line_not_refundable"),
        ({"lines": [{"sku": BAG, "quantity": 3}]}, "line_not_refundable"),
        ({"amount": 1, "lines": [{"sku": BAG, "quantity": 1}]}, "invalid_request"),
        ({"restock": True}, "invalid_request"),
        ({"lines": [{"sku": BAG, "quantity": 1}] * 2}, "invalid_request"),
        ({"amount": 0}, "invalid_request"),
        ({"amount": 1.0}, "invalid_request"),
        ({"amount": "1"}, "invalid_request"),
        ({"shipping": "yes"}, "invalid_request"),
        ({"currency": "EUR"}, "invalid_request"),
    ],
)
def test_what_cannot_be_given_back_is_refused(
    paid: Shopper, owner: Owner, double: StripeDouble, session: Session, body: dict[str, Any], code: str
) -> None:
    refused = owner.refunds(number_of(paid), **body)

    assert refused.status_code == 422
    assert refused.json["code"] == code
    assert session.scalars(select(Refund)).all() == []
    assert at_stripe(double) == []


def test_what_was_never_paid_cannot_be_given_back(shopper: Shopper, owner: Owner) -> None:
    shopper.places_order()

    refused = owner.refunds(number_of(shopper), amount=1)

    assert refused.status_code == 409
    assert refused.json["code"] == "nothing_captured"


def test_an_order_that_does_not_exist_is_told_so(app: Flask, owner: Owner) -> None:
    assert owner.refunds("NONE0-NONE0", amount=1).status_code == 404


def test_the_command_gives_money_back(paid: Shopper, app: Flask) -> None:
    result = app.test_cli_runner().invoke(cli, ["order", "refund", number_of(paid), "--line", f"{BAG}=1"])

    assert result.exit_code == 0, result.output
    assert "partially_refunded" in result.output
    assert "refund: USD 2,850.00, succeeded, requested, command line" in result.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--amount", "1", "--shipping"], "--amount, or --line and --shipping"),
        (["--restock"], "--restock needs the pieces"),
        (["--line", "X"], "SKU=PIECES"),
        (["--line", f"{BAG}=3"], "2 pieces of"),
        (["--amount", "99999999"], "570000 minor units are left"),
    ],
)
def test_the_command_refuses_in_words(paid: Shopper, app: Flask, arguments: list[str], words: str) -> None:
    result = app.test_cli_runner().invoke(cli, ["order", "refund", number_of(paid), *arguments])

    assert result.exit_code != 0
    assert words in result.output
