"""Where Stripe sends a shopper back to: settle, then on to the storefront or a plain page."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit
from uuid import UUID

from flask import Blueprint, Response, current_app, make_response, redirect, render_template, request
from sqlalchemy import select

from shop.checkout import settlement
from shop.checkout.models import Checkout
from shop.config import current_settings
from shop.kit import access
from shop.kit.db import db
from shop.orders.models import Order
from shop.payments import service as payments
from shop.payments.current import current_gateway
from shop.payments.errors import PaymentProviderUnavailable
from shop.payments.models import Payment

pages = Blueprint("checkout_pages", __name__, url_prefix="/checkout", template_folder="templates")


@pages.get("/return")
@access.public
def come_back() -> Any:
    """Settle the payment that Stripe names, then show how the order stands.

    The id of a Checkout Session cannot be guessed and shows a number and a status, no more.
    """
    settings = current_settings()
    gateway = current_gateway()
    payment_id = payments.payment_of(db.session(), session_id=request.args.get("session_id", ""))
    if payment_id is None:
        return _page("unknown", None, status=HTTPStatus.NOT_FOUND)
    try:
        settlement.settle(payment_id, settings, gateway)
    except PaymentProviderUnavailable:
        # The webhook will tell; the shopper must not pay again.
        current_app.logger.warning("payment %s could not be read on return", payment_id)
    found = _paid_for(payment_id)
    assert found is not None
    number, order_status, return_url = found
    return _onwards(return_url, number) or _page(order_status, number)


@pages.get("/left")
@access.public
def left() -> Any:
    """Lead a shopper who turned back at Stripe to the storefront, or tell that nothing was charged.

    Like that of a session, the id of a payment cannot be guessed.
    """
    try:
        found = _paid_for(UUID(request.args.get("payment", "")))
    except ValueError:
        found = None
    number, _, return_url = found or ("", "", None)
    return _onwards(return_url, number) or _page("left", None)


def _paid_for(payment_id: UUID) -> tuple[str, str, str | None] | None:
    """Return number and status of the order that a payment is for, and where its shopper came from."""
    row = (
        db.session()
        .execute(
            select(Order.number, Order.status, Checkout.return_url)
            .join(Payment, Payment.reference == Order.number)
            .join(Checkout, Checkout.id == Order.checkout_id)
            .where(Payment.id == payment_id)
        )
        .one_or_none()
    )
    return None if row is None else (row.number, row.status, row.return_url)


def _onwards(return_url: str | None, number: str) -> Any:
    """Send a shopper on to the storefront that the checkout names; None where it names none."""
    if not return_url:
        return None
    return redirect(_with_order(return_url, number), HTTPStatus.SEE_OTHER)


def _with_order(address: str, number: str) -> str:
    parts = urlsplit(address)
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), ("order", number)])
    return urlunsplit(parts._replace(query=query))


def _page(state: str, number: str | None, *, status: HTTPStatus = HTTPStatus.OK) -> Response:
    response = make_response(render_template("checkout/return.html", state=state, number=number), status)
    response.headers["Cache-Control"] = "no-store"
    return response
