"""Orders: their list and books, and what is decided on them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Response
from sqlalchemy.orm import Session

from shop.admin import queries
from shop.admin.routes.door import KEYED, SHUT, admin, bearer
from shop.admin.schemas.orders import (
    AdminOrderView,
    CaptureInput,
    OrdersQuery,
    OrderSummaryPage,
    ParcelInput,
    RefundInput,
    admin_order_document,
)
from shop.checkout import decisions
from shop.config import current_settings
from shop.kit import access, idempotency, repeats
from shop.kit.api import render
from shop.kit.db import db
from shop.kit.pages import BadCursor, Page
from shop.kit.problems import InvalidRequest
from shop.orders import shipments
from shop.orders.errors import (
    LineNotRefundable,
    NothingToRefund,
    NothingToSend,
    NotToBeSent,
    OrderNotCancelable,
    ShipmentDiffers,
    UnknownOrder,
    UnknownShipment,
)
from shop.orders.refunds import RefundAsk
from shop.payments.current import current_gateway
from shop.payments.errors import (
    CaptureDecided,
    CaptureTooLarge,
    NothingAuthorized,
    NothingCaptured,
    PaymentDisputed,
    RefundTooLarge,
)

_KEPT = "Kept; sent once Stripe answers again."


@admin.route("/orders")
@admin.arguments(OrdersQuery, location="query")
@admin.response(200, OrderSummaryPage)
@admin.refuses(*SHUT, InvalidRequest, BadCursor)
@admin.private
@access.key("orders:read")
def list_orders(query: dict[str, Any]) -> Page[dict[str, Any]]:
    """List orders, newest first."""
    return queries.page_of_orders(db.session(), **query)


@admin.route("/orders/<number>")
@admin.response(200, AdminOrderView)
@admin.refuses(*SHUT, UnknownOrder)
@admin.private
@access.key("orders:read")
def get_order_books(number: str) -> dict[str, Any]:
    """Read an order with its timeline and all that happened to its money."""
    return admin_order_document(queries.order_books(db.session(), number))


@admin.route("/orders/<number>/refunds", methods=["POST"])
@admin.arguments(RefundInput)
@admin.response(201, AdminOrderView)
@admin.alt_response(202, schema=AdminOrderView, description=_KEPT)
@admin.refuses(
    *KEYED,
    UnknownOrder,
    NothingToRefund,
    LineNotRefundable,
    NothingCaptured,
    PaymentDisputed,
    RefundTooLarge,
)
@admin.takes_idempotency_key(required=True)
@admin.private
@access.key("orders:write")
def refund_order(body: dict[str, Any], number: str) -> Response:
    """Give money back: all that is left, an amount, or lines."""
    pieces = {line["sku"]: line["quantity"] for line in body["lines"]}
    ask = RefundAsk(body["amount"], pieces, body["shipping"], body["restock"], body["reason"], bearer().actor)
    return _decide(number, "refund-order", lambda session: decisions.decide_refund(session, number, ask)[0])


@admin.route("/orders/<number>/capture", methods=["POST"])
@admin.arguments(CaptureInput)
@admin.response(201, AdminOrderView)
@admin.alt_response(202, schema=AdminOrderView, description=_KEPT)
@admin.refuses(*KEYED, UnknownOrder, NothingAuthorized, CaptureTooLarge, CaptureDecided)
@admin.takes_idempotency_key(required=True)
@admin.private
@access.key("orders:write")
def capture_order(body: dict[str, Any], number: str) -> Response:
    """Take authorized money, all or a part; the rest is let go."""
    actor, amount = bearer().actor, body["amount"]
    return _decide(
        number,
        "capture-order",
        lambda session: decisions.decide_capture(session, number, amount, actor=actor),
    )


@admin.route("/orders/<number>/void", methods=["POST"])
@admin.response(201, AdminOrderView)
@admin.alt_response(202, schema=AdminOrderView, description=_KEPT)
@admin.refuses(*KEYED, UnknownOrder, NothingAuthorized, CaptureDecided)
@admin.takes_idempotency_key(required=True)
@admin.private
@access.key("orders:write")
def void_order(number: str) -> Response:
    """Let authorized money go; the order is canceled."""
    actor = bearer().actor
    return _decide(number, "void-order", lambda session: decisions.decide_void(session, number, actor=actor))


@admin.route("/orders/<number>/cancel", methods=["POST"])
@admin.response(201, AdminOrderView)
@admin.alt_response(202, schema=AdminOrderView, description=_KEPT)
@admin.refuses(*KEYED, UnknownOrder, OrderNotCancelable, CaptureDecided)
@admin.takes_idempotency_key(required=True)
@admin.private
@access.key("orders:write")
def cancel_order(number: str) -> Response:
    """Give an unpaid order up: its payment is closed, or its authorized money let go.

    A payment that is made meanwhile wins; the order's status tells.
    """
    actor = bearer().actor
    return _decide(
        number, "cancel-order", lambda session: decisions.decide_cancel(session, number, actor=actor)
    )


@admin.route("/orders/<number>/shipments", methods=["POST"])
@admin.arguments(ParcelInput)
@admin.response(201, AdminOrderView)
@admin.refuses(*KEYED, UnknownOrder, NotToBeSent, NothingToSend, ShipmentDiffers, UnknownShipment)
@admin.takes_idempotency_key(required=True)
@admin.private
@access.key("orders:write")
def fulfil_order(body: dict[str, Any], number: str) -> Response:
    """Note that a parcel left with its carrier and tracking number; its shopper sees it, and is told.

    Without lines it holds all that is still to be sent. A parcel that is known is not noted again.
    """
    parcel = shipments.Parcel(
        carrier=body["carrier"],
        tracking_number=body["tracking_number"],
        tracking_url=body["tracking_url"],
        pieces={line["sku"]: line["quantity"] for line in body["lines"]},
        replaces=body["replaces"],
        actor=bearer().actor,
    )

    def send(session: Session, _claim: idempotency.Claim) -> Response:
        shipments.send(session, number, parcel)
        return _books(session, number, 201)

    return repeats.once(idempotency.read_attempt("fulfil-order", required=True), send)


def _books(session: Session, number: str, status: int) -> Response:
    document = admin_order_document(queries.order_books(session, number))
    return render(AdminOrderView, document, status, location=f"/v1/admin/orders/{number}")


def _decide(number: str, scope: str, decide: Callable[[Session], UUID]) -> Response:
    """Write a decision down under the request's key, send it, and answer with the books.

    The decision commits with its key; the answer is stored once Stripe was asked. A repeat in
    between goes on from the decision and makes no second one.
    """

    def write_down(session: Session, claim: idempotency.Claim) -> str:
        payment_id = str(decide(session))
        idempotency.remember(session, claim, subject=payment_id)
        return payment_id

    def carry_out(subject: str) -> bool:
        return decisions.carry_out(UUID(subject), current_settings(), current_gateway())

    return repeats.in_two_steps(
        idempotency.read_attempt(scope, required=True),
        first=write_down,
        again=str,
        between=carry_out,
        last=lambda session, _claim, sent: _books(session, number, 201 if sent else 202),
    )
