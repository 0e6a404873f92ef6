"""The page of an order: held for its buyer until it is paid, and what was bought then."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from babel.dates import format_date
from flask import g, jsonify, redirect, render_template, request

from shop.checkout.addresses import lines_of
from shop.kit import access
from shop.kit.db import db
from shop.kit.tokens import hashed
from shop.orders import queries
from shop.orders.errors import UnknownOrder
from shop.orders.queries import OrderWithPayment
from shop.orders.schemas import payment_document
from shop.orders.states import SETTLED
from shop.pricing.breakdown import Effect, Entry, Kind
from shop.storefront.setting import page_url
from shop.storefront.thumbnails import pictures_of_lines
from shop.storefront.visitor import forget_cart, is_of_cart, order_token, time_left, visitors_blueprint
from shop.storefront.wording import sum_of

order = visitors_blueprint("order")

#: Statuses of an order whose payment is not decided.
_UNDECIDED = ("pending_payment",)


@order.get("/orders")
@access.visitor("order")
def come_back() -> Any:
    """Lead whoever comes back from paying to the order's page.

    A bank's app may lead into another browser than the one that ordered. Whoever paid must not meet an
    error there, and a stranger must not learn whether the order exists: both are told the same.
    """
    number = request.args.get("order")
    if number is None:
        raise UnknownOrder
    if order_token(number) is None:
        return render_template("storefront/buying/elsewhere.html")
    return redirect(page_url("order.show_order", number=number), HTTPStatus.SEE_OTHER)


@order.get("/orders/<number>")
@access.visitor("order")
def show_order(number: str) -> Any:
    """Show an order to whoever placed it; the page looks again by itself until it is paid."""
    found = _order(number)
    placed = found.order
    if placed.status in (*SETTLED, "authorized"):
        forget_cart(placed.cart_id, placed.market_code)
    payment = payment_document(found.payment, placed.status)
    return render_template(
        "storefront/buying/order.html",
        order=placed,
        pictures=pictures_of_lines(placed.lines),
        state=_state(found),
        is_undecided=placed.status in _UNDECIDED,
        is_processing=found.payment.status == "processing",
        pay_url=payment["url"],
        is_in_bag=is_of_cart(placed.cart_id),
        **time_left(found.payment.ends_at),
        sent_to=lines_of(placed.shipping_address),
        placed_on=format_date(placed.created_at, format="long", locale=g.locale.words),
        rows=sum_of(_entries(found), placed.currency),
    )


@order.get("/orders/<number>/state")
@access.visitor("order")
def get_state(number: str) -> Any:
    """Tell the page of an order how it stands, so that it knows when to look again."""
    return jsonify(state=_state(_order(number)))


def _order(number: str) -> OrderWithPayment:
    """Read an order that this visitor placed.

    Raises:
        UnknownOrder: The visitor's browser keeps no order of that number.
    """
    token = order_token(number)
    if token is None:
        raise UnknownOrder
    return queries.order(db.session(), number, hashed(token))


def _state(found: OrderWithPayment) -> str:
    return f"{found.order.status}/{found.payment.status}"


def _entries(found: OrderWithPayment) -> list[Entry]:
    return [
        Entry(Kind(each.kind), Effect(each.effect), each.amount_minor, each.tax_included, each.tax_rate_ppm)
        for each in found.order.entries
        if each.line_position is None
    ]
