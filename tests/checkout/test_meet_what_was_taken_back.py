"""A bag that is not published cannot be bought: not added, and not paid for where a cart holds it."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from shop.catalogue.models import Product
from shop.inventory.models import Hold
from shop.kit.clock import clock
from shop.kit.db import transaction
from shop.orders.models import Order
from shop.payments.models import Payment
from tests.shopper import BAG, OTHER, PRICE, Shopper, codes, total

#: Of another product than BAG and OTHER.
ELSEWHERE = "7009400GT3Y8103"


def ends_in_an_hour(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        ends = clock.now() + timedelta(hours=1)
        session.execute(update(Product).where(Product.slug == "le-city-bag-medium").values(unpublish_at=ends))


def an_hour_passes() -> None:
    clock.advance(timedelta(hours=1))


def test_it_is_added_to_no_cart_and_answered_as_unknown(app: Flask, shopper: Shopper) -> None:
    ends_in_an_hour(app)
    an_hour_passes()
    shopper.opens_cart()

    refused, unknown = shopper.puts(BAG), shopper.puts("NONSENSE")

    assert (refused.status_code, refused.json["code"]) == (404, "unknown_variant")
    named = refused.text.replace(BAG, "NONSENSE").replace(refused.json["request_id"], "")
    assert named == unknown.text.replace(unknown.json["request_id"], "")


def test_a_cart_that_holds_it_says_so_and_counts_only_the_rest(app: Flask, shopper: Shopper) -> None:
    ends_in_an_hour(app)
    shopper.opens_cart()
    shopper.puts(BAG)
    shopper.puts(ELSEWHERE)
    rest = total(shopper.looks_at_cart()) - PRICE

    an_hour_passes()
    cart = shopper.looks_at_cart()

    assert codes(cart) >= {"not_for_sale"}
    assert [line["available"] == 0 for line in cart["lines"]] == [True, False]
    assert total(cart) == rest


def test_it_can_be_taken_out_of_the_cart_that_holds_it_and_is_unknown_to_any_other(
    app: Flask, shopper: Shopper
) -> None:
    ends_in_an_hour(app)
    shopper.opens_cart()
    shopper.puts(BAG)
    shopper.puts(OTHER)
    other = Shopper(shopper.client, shopper.double).opens_cart()
    an_hour_passes()

    def takes_out(who: Shopper) -> int:
        path = f"/v1/carts/{who.cart['id']}/lines/{BAG}"
        return who.client.delete(path, headers=who.headers).status_code

    assert takes_out(other) == 404
    assert takes_out(shopper) == 200
    assert [line["sku"] for line in shopper.looks_at_cart()["lines"]] == [OTHER]
    assert takes_out(shopper) == 404  # it is in no cart any more


def test_an_open_checkout_of_it_is_refused_and_nothing_is_charged(
    app: Flask, shopper: Shopper, session: Session
) -> None:
    ends_in_an_hour(app)
    shopper.prepares(BAG)
    assert shopper.checkout["status"] in ("open", "ready")

    an_hour_passes()
    seen = shopper.looks_at_checkout()
    answer = shopper.completes()

    assert "not_for_sale" in codes(seen)
    assert seen["status"] == "open"
    assert (answer.status_code, answer.json["code"]) == (409, "checkout_not_ready")
    for table in (Order, Payment, Hold):
        assert session.scalar(select(func.count()).select_from(table)) == 0


def test_an_order_placed_in_time_is_paid_after_it(app: Flask, shopper: Shopper) -> None:
    ends_in_an_hour(app)
    clock.advance(timedelta(minutes=59))
    shopper.places_order(BAG)

    clock.advance(timedelta(minutes=2))

    shopper.pays()
    shopper.hears_webhooks()

    assert shopper.order()["status"] == "paid"
