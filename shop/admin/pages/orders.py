"""Orders: the list, one with all that happened to it, and what can be decided on its money."""

from __future__ import annotations

from typing import Any, get_args

from flask import Response, request, url_for
from marshmallow import fields

from shop.admin import queries
from shop.admin.pages.door import go, page, pages, signed_in
from shop.admin.pages.forms import asked, decide, filled_in, minor_units, pieces_in, read
from shop.admin.pages.order_page import address_of, show_order, shows_refusals
from shop.checkout import decisions
from shop.kit import access
from shop.kit.db import db
from shop.kit.fields import FreeText, Str, StrictSchema
from shop.kit.pages import Page, PageQuery
from shop.kit.problems import InvalidRequest
from shop.orders.refunds import RefundAsk
from shop.orders.states import Status

STATUSES = get_args(Status)

#: What stands beside statuses in the filter: paid, and pieces of it are still to be sent.
TO_SEND = "to_send"


class OrdersListQuery(PageQuery):
    """Which orders are listed."""

    status = Str(maximum=32, choices=(TO_SEND, *STATUSES), load_default=None)
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
    """List orders, newest first; by status or address. A number leads to its order."""
    query = read(OrdersListQuery(), asked())
    q, to_send = query["q"], query["status"] == TO_SEND
    if q and "@" not in q:
        number = queries.number_like(db.session(), q)
        return go(url_for("admin_pages.order", number=number)) if number else _orders(Page((), None), query)
    found = queries.page_of_orders(
        db.session(),
        status=None if to_send else query["status"],
        to_send=True if to_send else None,
        email=q,
        limit=query["limit"],
        cursor=query["cursor"],
    )
    return _orders(found, query)


def _orders(found: Page[Any], query: dict[str, Any]) -> Response:
    return page("orders.html", found=found, query=query, statuses=(TO_SEND, *STATUSES))


@pages.get("/orders/<number>")
@access.session("orders:read")
def order(number: str) -> Response:
    """Show an order with its timeline, its money, and what can be decided."""
    return show_order(number)


@pages.post("/orders/<number>/refund")
@access.session("orders:write")
@shows_refusals
def refund(number: str) -> Response:
    """Give money back: all that is left, the money of pieces, or an amount."""
    ask = _refund_ask(number)
    return decide(
        "refund-order",
        address_of(number),
        "refunded",
        lambda session: decisions.decide_refund(session, number, ask)[0],
    )


@pages.post("/orders/<number>/capture")
@access.session("orders:write")
@shows_refusals
def capture(number: str) -> Response:
    """Take authorized money, all of it or a part; the rest is let go."""
    currency = queries.order_books(db.session(), number).found.order.currency
    amount = minor_units(request.form.get("amount", ""), currency, field="amount")
    actor = signed_in().actor
    return decide(
        "capture-order",
        address_of(number),
        "captured",
        lambda session: decisions.decide_capture(session, number, amount, actor=actor),
    )


@pages.post("/orders/<number>/void")
@access.session("orders:write")
@shows_refusals
def void(number: str) -> Response:
    """Let authorized money go; the order is canceled."""
    actor = signed_in().actor
    return decide(
        "void-order",
        address_of(number),
        "captured",
        lambda session: decisions.decide_void(session, number, actor=actor),
    )


def _refund_ask(number: str) -> RefundAsk:
    """Read the refund form.

    Raises:
        InvalidRequest: Something in it is not of the form it must have, or it asks for nothing.
        UnknownOrder: There is no such order.
    """
    values = filled_in()
    pieces = pieces_in(values)
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
