"""Orders: the list, one with all that happened to it, and what can be decided on its money."""

from __future__ import annotations

from http import HTTPStatus

from flask import Response, request, url_for
from marshmallow import fields

from shop.admin import queries
from shop.admin.order_list import page_of_orders
from shop.admin.pages.door import page, pages, signed_in
from shop.admin.pages.forms import asked, decide, filled_in, minor_units, read, whole_number
from shop.admin.queries import OrderBooks
from shop.checkout import decisions
from shop.kit import access
from shop.kit.db import db
from shop.kit.fields import FreeText, Str, StrictSchema
from shop.kit.pages import PageQuery
from shop.kit.problems import InvalidRequest, Problem
from shop.orders.queries import refundable_lines, shipping_minor
from shop.orders.refunds import RefundAsk
from shop.payments.captures import standing
from shop.pricing.breakdown import Kind

STATUSES = (
    "pending_payment", "authorized", "paid", "partially_refunded", "refunded", "expired", "canceled",
)  # fmt: skip

_PIECES = "pieces-"


class OrdersQuery(PageQuery):
    """Which orders are listed."""

    status = Str(maximum=32, choices=STATUSES, load_default=None)
    q = Str(maximum=254, load_default=None)


class RefundForm(StrictSchema):
    """What is to be given back, beside the pieces."""

    how = Str(maximum=8, choices=("all", "pieces", "amount"), required=True)
    amount = Str(maximum=20, load_default=None)
    shipping = fields.Boolean(load_default=False, truthy={"yes"}, falsy=set())
    restock = fields.Boolean(load_default=False, truthy={"yes"}, falsy=set())
    reason = FreeText(maximum=64, load_default="requested")


@pages.get("/orders")
@access.session("orders:read")
def orders() -> Response:
    """List orders, newest first; by status, number or address."""
    query = read(OrdersQuery(), asked())
    return page("orders.html", found=page_of_orders(db.session(), **query), query=query, statuses=STATUSES)


@pages.get("/orders/<number>")
@access.session("orders:read")
def order(number: str) -> Response:
    """Show an order with its timeline, its money, and what can be decided."""
    return _order_page(number)


@pages.post("/orders/<number>/refund")
@access.session("orders:write")
def refund(number: str) -> Response:
    """Give money back: all that is left, the money of pieces, or an amount."""
    try:
        ask = _refund_ask(number)
        return decide(
            "refund-order",
            _address(number),
            "refunded",
            lambda session: decisions.decide_refund(session, number, ask)[0],
        )
    except Problem as refused:
        return _refused(number, refused)


@pages.post("/orders/<number>/capture")
@access.session("orders:write")
def capture(number: str) -> Response:
    """Take authorized money, all of it or a part; the rest is let go."""
    try:
        currency = queries.order_books(db.session(), number).found.order.currency
        amount = minor_units(request.form.get("amount", ""), currency, field="amount")
        actor = signed_in().actor
        return decide(
            "capture-order",
            _address(number),
            "captured",
            lambda session: decisions.decide_capture(session, number, amount, actor=actor),
        )
    except Problem as refused:
        return _refused(number, refused)


@pages.post("/orders/<number>/void")
@access.session("orders:write")
def void(number: str) -> Response:
    """Let authorized money go; the order is canceled."""
    actor = signed_in().actor
    try:
        return decide(
            "void-order",
            _address(number),
            "captured",
            lambda session: decisions.decide_void(session, number, actor=actor),
        )
    except Problem as refused:
        return _refused(number, refused)


def _address(number: str) -> str:
    return url_for("admin_pages.order", number=number, _anchor="timeline")


def _refused(number: str, problem: Problem) -> Response:
    """Show the order again with what was refused, where the key may see it."""
    if "orders:read" not in signed_in().scopes or problem.status == HTTPStatus.NOT_FOUND:
        raise problem
    return _order_page(number, problem)


def _order_page(number: str, refused: Problem | None = None) -> Response:
    session = db.session()
    books = queries.order_books(session, number)
    status = HTTPStatus.OK if refused is None else refused.status
    return page(
        "order.html",
        status=status,
        books=books,
        order=books.found.order,
        payment=books.found.payment,
        lines=refundable_lines(session, books.found.order),
        shipping_minor=shipping_minor(session, books.found.order),
        may_capture=_may_capture(books),
        left_minor=_left_minor(books),
        is_disputed=any(each.status == "open" for each in books.disputes),
        filled=filled_in() if refused else {},
        refused=refused,
        total_kind=Kind.TOTAL.value,
    )


def _may_capture(books: OrderBooks) -> bool:
    payment = books.found.payment
    return payment.status == "authorized" and standing(db.session(), payment.id) is None


def _left_minor(books: OrderBooks) -> int:
    """Return what can still be given back. Minor units."""
    payment = books.found.payment
    if payment.status != "paid" or any(each.status == "open" for each in books.disputes):
        return 0
    return payment.captured_minor - payment.refunded_minor


def _refund_ask(number: str) -> RefundAsk:
    """Read the refund form.

    Raises:
        InvalidRequest: Something in it is not of the form it must have, or it asks for nothing.
        UnknownOrder: There is no such order.
    """
    values = filled_in()
    pieces = {}
    for name in [name for name in values if name.startswith(_PIECES)]:
        if count := whole_number(values.pop(name), field=name, maximum=1_000):
            pieces[name.removeprefix(_PIECES)] = count
    form = read(RefundForm(), values)
    actor, reason = signed_in().actor, form["reason"]
    if form["how"] == "all":
        return RefundAsk(reason=reason, actor=actor)
    if form["how"] == "amount":
        currency = queries.order_books(db.session(), number).found.order.currency
        amount = minor_units(form["amount"] or "", currency, field="amount")
        return RefundAsk(amount, reason=reason, actor=actor)
    if not pieces and not form["shipping"]:
        # Nothing named would mean all that is left: not what this form says.
        raise InvalidRequest(errors=[{"parameter": "pieces", "detail": "Choose pieces, or the shipping."}])
    if form["restock"] and not pieces:
        raise InvalidRequest(errors=[{"parameter": "restock", "detail": "Which pieces came back?"}])
    return RefundAsk(None, pieces, form["shipping"], form["restock"], reason, actor)
