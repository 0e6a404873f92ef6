"""One order: all that happened to it, and what can be decided now."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable
from http import HTTPStatus

from flask import Response, url_for

from shop.admin import queries
from shop.admin.pages.door import page, signed_in
from shop.admin.pages.forms import filled_in
from shop.admin.queries import OrderBooks
from shop.kit.db import db
from shop.kit.problems import Problem
from shop.orders.models import Order
from shop.orders.queries import refundable_lines, shipping_minor, standing
from shop.orders.states import SENDABLE
from shop.payments import captures
from shop.pricing.breakdown import Kind


def address_of(number: str) -> str:
    """Return where a decision on an order leads: its page, at the timeline."""
    return url_for("admin_pages.order", number=number, _anchor="timeline")


def shows_refusals(view: Callable[[str], Response]) -> Callable[[str], Response]:
    """Return a view that shows the order again with what was refused, where the key may see it."""

    @functools.wraps(view)
    def shown(number: str) -> Response:
        try:
            return view(number)
        except Problem as refused:
            if "orders:read" not in signed_in().scopes or refused.status == HTTPStatus.NOT_FOUND:
                raise
            return show_order(number, refused)

    return shown


def show_order(number: str, refused: Problem | None = None) -> Response:
    """Show an order with its timeline, its parcels, its money, and what can be decided.

    Raises:
        UnknownOrder: There is no such order.
    """
    session = db.session()
    books = queries.order_books(session, number)
    order = books.found.order
    return page(
        "order.html",
        status=HTTPStatus.OK if refused is None else refused.status,
        books=books,
        order=order,
        payment=books.found.payment,
        lines=refundable_lines(session, order),
        shipping_minor=shipping_minor(session, order),
        may_capture=_may_capture(books),
        may_cancel=order.status == "pending_payment" and not books.found.payment.cancel_asked,
        left_minor=_left_minor(books),
        to_send=_to_send(order, books),
        parcels=standing(order.shipments),
        is_disputed=any(each.status == "open" for each in books.disputes),
        filled=filled_in() if refused else {},
        refused=refused,
        total_kind=Kind.TOTAL.value,
    )


def _may_capture(books: OrderBooks) -> bool:
    payment = books.found.payment
    return payment.status == "authorized" and captures.standing(db.session(), payment.id) is None


def _left_minor(books: OrderBooks) -> int:
    """Return what can still be given back. Minor units."""
    payment = books.found.payment
    if payment.status != "paid" or any(each.status == "open" for each in books.disputes):
        return 0
    return payment.captured_minor - payment.refunded_minor


def _to_send(order: Order, books: OrderBooks) -> dict[int, int]:
    """Return how many pieces of each line are still to be sent, by its position; none: left out."""
    if order.status not in SENDABLE:
        return {}
    gone = Counter(books.found.refunded)
    for parcel in standing(order.shipments):
        gone.update({line.line_position: line.quantity for line in parcel.lines})
    left = {line.position: line.quantity - gone[line.position] for line in order.lines}
    return {position: pieces for position, pieces in left.items() if pieces > 0}
