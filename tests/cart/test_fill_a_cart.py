"""The cart: its token, its lines, what it refuses with which facts, and what it tells."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select, update
from sqlalchemy.orm import Session

from shop.cart.models import Cart
from shop.catalogue.models import Variant
from shop.inventory.models import Stock
from shop.kit.db import db, transaction
from shop.kit.tokens import hashed
from shop.pricing.models import Price
from tests.shopper import BAG, PIECES, PRICE, Shopper, codes, total

ARCHIVE = "archive"


def write(app: Flask, statement: Any) -> None:
    with app.app_context(), transaction() as session:
        session.execute(statement)


def test_a_new_cart_shows_its_token_once(shopper: Shopper, session: Session) -> None:
    shopper.opens_cart()

    assert len(shopper.cart["token"]) >= 43
    assert "token" not in shopper.looks_at_cart()
    assert session.scalars(select(Cart.token_hash)).one() == hashed(shopper.cart["token"])


def test_a_line_is_set_and_priced(shopper: Shopper) -> None:
    shopper.opens_cart()

    cart = shopper.puts(BAG, 2).json

    (line,) = cart["lines"]
    assert (line["sku"], line["quantity"]) == (BAG, 2)
    assert line["unit_price"] == {"amount": PRICE, "currency": "USD"}
    assert line["available"] == PIECES
    assert total(cart) == total(line) == 2 * PRICE


def test_setting_a_line_twice_sets_it_and_does_not_add(shopper: Shopper) -> None:
    shopper.opens_cart()

    shopper.puts(BAG, 2)
    cart = shopper.puts(BAG, 1).json

    assert [line["quantity"] for line in cart["lines"]] == [1]


def test_a_line_is_taken_out(shopper: Shopper) -> None:
    shopper.opens_cart()
    shopper.puts(BAG, 2)

    path = f"/v1/carts/{shopper.cart['id']}/lines/{BAG}"
    once = shopper.client.delete(path, headers=shopper.headers)
    twice = shopper.client.delete(path, headers=shopper.headers)

    assert once.status_code == twice.status_code == 200
    assert twice.json["lines"] == []
    assert "cart_empty" in codes(twice.json)


def test_lines_stay_in_the_order_they_were_added(shopper: Shopper) -> None:
    shopper.opens_cart()
    shopper.puts("8230582AB6A1000")
    shopper.puts(BAG)

    cart = shopper.puts("8230582AB6A1000", 2).json

    assert [line["sku"] for line in cart["lines"]] == ["8230582AB6A1000", BAG]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_a_stranger_a_guesser_and_a_lost_id_are_answered_alike(
    app: Flask, shopper: Shopper, method: str
) -> None:
    shopper.opens_cart()
    stranger = app.test_client().post("/v1/carts", json={"market": "US"}).json
    cases = [
        (shopper.cart["id"], None),
        (shopper.cart["id"], "Bearer "),
        (shopper.cart["id"], "Bearer wrong"),
        (shopper.cart["id"], "Basic wrong"),
        (shopper.cart["id"], f"Bearer {stranger['token']}"),
        (str(uuid4()), f"Bearer {shopper.cart['token']}"),
    ]

    answers = []
    for cart_id, credential in cases:
        path = f"/v1/carts/{cart_id}" + ("" if method == "GET" else f"/lines/{BAG}")
        headers = {"Authorization": credential} if credential else {}
        body = {"json": {"quantity": 1}} if method == "PUT" else {}
        answer = app.test_client().open(path, method=method, headers=headers, **body)
        answers.append((answer.status_code, answer.json["code"], answer.json["detail"], answer.json["title"]))

    assert set(answers) == {(404, "unknown_cart", "There is no such cart for you.", "Unknown cart")}


def test_a_bag_of_the_archive_is_refused(shopper: Shopper, session: Session) -> None:
    archived = session.scalars(select(Variant.sku).where(Variant.sellable.is_(False)).limit(1)).one()
    shopper.opens_cart()

    answer = shopper.puts(archived)

    assert answer.status_code == 409
    assert answer.json["code"] == "not_for_sale"
    assert answer.json["sku"] == archived


def test_a_bag_without_a_price_in_the_market_is_refused(shopper: Shopper) -> None:
    shopper.opens_cart("KR")

    answer = shopper.puts(BAG)

    assert answer.status_code == 409
    assert answer.json["code"] == "not_priced_here"
    assert (answer.json["market"], answer.json["currency"]) == ("KR", "KRW")


def test_more_than_there_are_is_refused_with_what_is_left(shopper: Shopper) -> None:
    shopper.opens_cart()

    answer = shopper.puts(BAG, PIECES + 1)

    assert answer.status_code == 409
    assert answer.json["code"] == "out_of_stock"
    assert (answer.json["available"], answer.json["requested"]) == (PIECES, PIECES + 1)
    assert shopper.looks_at_cart()["lines"] == []


def test_more_than_the_limit_is_refused_with_the_limit(shopper: Shopper) -> None:
    shopper.opens_cart()

    answer = shopper.puts(BAG, 11)

    assert answer.status_code == 422
    assert answer.json["code"] == "quantity_over_limit"
    assert (answer.json["limit"], answer.json["requested"]) == (10, 11)


@pytest.mark.parametrize("quantity", [0, -1, 1.5, 1.0, "1", "\u0661", True, None, 10**30, [1], {}])
def test_what_is_not_a_quantity_is_refused(shopper: Shopper, quantity: object) -> None:
    shopper.opens_cart()

    answer = shopper.puts(BAG, quantity)

    assert answer.status_code == 422
    assert answer.json["errors"][0]["pointer"] == "/quantity"
    assert shopper.looks_at_cart()["lines"] == []


def test_an_unknown_sku_is_refused(shopper: Shopper) -> None:
    shopper.opens_cart()

    answer = shopper.puts("NOPE")

    assert answer.status_code == 404
    assert answer.json["code"] == "unknown_variant"


def test_an_unknown_market_is_refused_with_the_known_ones(client: FlaskClient) -> None:
    answer = client.post("/v1/carts", json={"market": "XX"})

    assert answer.status_code == 422
    assert answer.json["code"] == "unknown_market"
    assert "US" in answer.json["known"]
    assert answer.json["errors"][0]["pointer"] == "/market"


def test_too_many_lines_are_refused(shopper: Shopper, app: Flask, session: Session) -> None:
    skus = session.scalars(
        select(Variant.sku)
        .join(Stock, Stock.variant_id == Variant.id)
        .join(Price, Price.variant_id == Variant.id)
        .where(Price.currency == "USD", Variant.sellable, Stock.on_hand > 0)
        .distinct()
        .order_by(Variant.sku)
        .limit(51)
    ).all()
    shopper.opens_cart()

    answers = [shopper.puts(sku).status_code for sku in skus]

    assert answers[:50] == [200] * 50
    assert answers[50] == 422


def test_a_price_change_is_told_until_the_shopper_sets_the_line_again(shopper: Shopper, app: Flask) -> None:
    shopper.opens_cart()
    shopper.puts(BAG)

    write(app, update(Price).where(Price.currency == "USD").values(amount_minor=300_000))

    cart = shopper.looks_at_cart()
    (message,) = [each for each in cart["messages"] if each["code"] == "price_changed"]
    assert message["before"] == {"amount": PRICE, "currency": "USD"}
    assert message["after"] == {"amount": 300_000, "currency": "USD"}
    assert message["path"] == "/lines/0/unit_price"
    assert message["sku"] == BAG
    assert total(cart) == 300_000
    assert "price_changed" not in codes(shopper.puts(BAG).json)


def test_a_bag_that_was_retired_stays_in_the_cart_and_costs_nothing(shopper: Shopper, app: Flask) -> None:
    shopper.opens_cart()
    shopper.puts(BAG)

    write(app, update(Variant).where(Variant.sku == BAG).values(is_retired=True))

    cart = shopper.looks_at_cart()
    assert "not_for_sale" in codes(cart)
    assert cart["lines"][0]["totals"] == []
    assert total(cart) == 0


def test_a_bag_that_sold_out_is_told(shopper: Shopper, app: Flask) -> None:
    shopper.opens_cart()
    shopper.puts(BAG, 2)

    write(app, update(Stock).values(on_hand=0))

    cart = shopper.looks_at_cart()
    (message,) = [each for each in cart["messages"] if each["code"] == "sold_out"]
    assert message["available"] == 0


def test_a_cart_that_is_being_paid_cannot_change(shopper: Shopper) -> None:
    shopper.places_order()

    answer = shopper.puts(BAG, 2)

    assert answer.status_code == 409
    assert answer.json["code"] == "cart_frozen"
    assert answer.json["cart_status"] == "paying"


def test_opening_a_cart_twice_with_one_key_opens_one(client: FlaskClient, session: Session) -> None:
    headers = {"Idempotency-Key": str(uuid4())}

    first = client.post("/v1/carts", json={"market": "US"}, headers=headers)
    second = client.post("/v1/carts", json={"market": "US"}, headers=headers)

    assert second.data == first.data
    assert second.headers["Idempotent-Replayed"] == "true"
    assert len(session.scalars(select(Cart.id)).all()) == 1
    cart = client.get(
        f"/v1/carts/{second.json['id']}", headers={"Authorization": f"Bearer {second.json['token']}"}
    )
    assert cart.status_code == 200


def test_an_anonymous_key_must_be_hard_to_guess(client: FlaskClient) -> None:
    answer = client.post("/v1/carts", json={"market": "US"}, headers={"Idempotency-Key": "1"})

    assert answer.status_code == 422
    assert answer.json["errors"][0]["header"] == "Idempotency-Key"


def test_a_cart_is_never_cached(shopper: Shopper) -> None:
    shopper.opens_cart()

    answer = shopper.client.get(f"/v1/carts/{shopper.cart['id']}", headers=shopper.headers)

    assert answer.headers["Cache-Control"] == "no-store"


def test_reading_a_cart_takes_few_statements_however_full_it_is(shopper: Shopper, app: Flask) -> None:
    shopper.opens_cart()
    shopper.puts(BAG)
    shopper.puts("8230582AB6A1000")
    shopper.puts("6713091VG9Y1404")
    statements: list[str] = []
    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2]))

    shopper.looks_at_cart()

    assert len(statements) <= 4, statements
