"""The owner's door over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Response
from sqlalchemy.orm import Session

from shop.admin import keys, prices, queries
from shop.admin.errors import KeyRequired, ScopeMissing
from shop.admin.schemas import (
    AdminOrderView,
    AuditPage,
    AuditQuery,
    CaptureInput,
    InvariantsView,
    PriceListView,
    PricesQuery,
    RefundInput,
    admin_order_document,
)
from shop.audit.models import AuditEntry
from shop.audit.queries import page_of_entries
from shop.catalogue.errors import NotInCatalogue
from shop.checkout import decisions
from shop.config import current_settings
from shop.kit import access, idempotency, repeats
from shop.kit.api import Blueprint, render
from shop.kit.db import db
from shop.kit.pages import BadCursor, Page
from shop.kit.problems import InvalidRequest
from shop.kit.tokens import presented_hash
from shop.orders.errors import LineNotRefundable, NothingToRefund, UnknownOrder
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
from shop.pricing.errors import UnknownMarket
from shop.pricing.queries import market_or_default
from shop.verification.service import verify_each

admin = Blueprint(
    "admin", __name__, url_prefix="/v1/admin", description="The owner's door; needs an admin key."
)

_KEYED = (
    InvalidRequest,
    idempotency.IdempotencyKeyMissing,
    idempotency.IdempotencyKeyReused,
    idempotency.RequestInProgress,
)


def _bearer(scope: str) -> keys.Bearer:
    return keys.require(db.session(), presented_hash(), scope)


@admin.route("/invariants")
@admin.response(200, InvariantsView)
@admin.refuses(KeyRequired, ScopeMissing)
@admin.private
@access.key("invariants:read")
def get_invariants() -> dict[str, Any]:
    """Check that stock, orders and money agree, now. Needs `invariants:read`."""
    _bearer("invariants:read")
    checked = verify_each(db.session())
    documents = [
        {"id": invariant.id, "promise": invariant.promise, "breaches": breaches}
        for invariant, breaches in checked
    ]
    return {"holds": not any(breaches for _, breaches in checked), "invariants": documents}


@admin.route("/audit")
@admin.arguments(AuditQuery, location="query")
@admin.response(200, AuditPage)
@admin.refuses(KeyRequired, ScopeMissing, InvalidRequest, BadCursor)
@admin.private
@access.key("audit:read")
def list_audit_entries(query: dict[str, Any]) -> Page[AuditEntry]:
    """Read who changed what, newest first. Needs `audit:read`."""
    _bearer("audit:read")
    return page_of_entries(db.session(), **query)


@admin.route("/orders/<number>")
@admin.response(200, AdminOrderView)
@admin.refuses(KeyRequired, ScopeMissing, UnknownOrder)
@admin.private
@access.key("orders:read")
def get_order_books(number: str) -> dict[str, Any]:
    """Read an order with all that happened to its money. Needs `orders:read`."""
    _bearer("orders:read")
    return admin_order_document(queries.order_books(db.session(), number))


@admin.route("/orders/<number>/refunds", methods=["POST"])
@admin.arguments(RefundInput)
@admin.response(201, AdminOrderView)
@admin.alt_response(202, schema=AdminOrderView, description="Kept; sent once Stripe answers again.")
@admin.refuses(
    KeyRequired,
    ScopeMissing,
    UnknownOrder,
    NothingToRefund,
    LineNotRefundable,
    NothingCaptured,
    PaymentDisputed,
    RefundTooLarge,
    *_KEYED,
)
@admin.takes_idempotency_key(required=True)
@admin.private
@access.key("orders:write")
def refund_order(body: dict[str, Any], number: str) -> Response:
    """Give money back: all that is left, an amount, or lines. Needs `orders:write`."""
    actor = _bearer("orders:write").actor
    pieces = {line["sku"]: line["quantity"] for line in body["lines"]}
    ask = RefundAsk(body["amount"], pieces, body["shipping"], body["restock"], body["reason"], actor)
    return _decide(number, "refund-order", lambda session: decisions.decide_refund(session, number, ask)[0])


@admin.route("/orders/<number>/capture", methods=["POST"])
@admin.arguments(CaptureInput)
@admin.response(201, AdminOrderView)
@admin.alt_response(202, schema=AdminOrderView, description="Kept; sent once Stripe answers again.")
@admin.refuses(
    KeyRequired, ScopeMissing, UnknownOrder, NothingAuthorized, CaptureTooLarge, CaptureDecided, *_KEYED
)
@admin.takes_idempotency_key(required=True)
@admin.private
@access.key("orders:write")
def capture_order(body: dict[str, Any], number: str) -> Response:
    """Take authorized money, all or a part; the rest is let go. Needs `orders:write`."""
    actor = _bearer("orders:write").actor
    amount = body["amount"]
    return _decide(
        number,
        "capture-order",
        lambda session: decisions.decide_capture(session, number, amount, actor=actor),
    )


@admin.route("/orders/<number>/void", methods=["POST"])
@admin.response(201, AdminOrderView)
@admin.alt_response(202, schema=AdminOrderView, description="Kept; sent once Stripe answers again.")
@admin.refuses(KeyRequired, ScopeMissing, UnknownOrder, NothingAuthorized, CaptureDecided, *_KEYED)
@admin.takes_idempotency_key(required=True)
@admin.private
@access.key("orders:write")
def void_order(number: str) -> Response:
    """Let authorized money go; the order is canceled. Needs `orders:write`."""
    actor = _bearer("orders:write").actor
    return _decide(number, "void-order", lambda session: decisions.decide_void(session, number, actor=actor))


@admin.route("/products/<slug>")
@admin.arguments(PricesQuery, location="query")
@admin.response(200, PriceListView)
@admin.refuses(KeyRequired, ScopeMissing, NotInCatalogue, UnknownMarket, InvalidRequest)
@admin.private
@access.key("catalogue:read")
def get_product_prices(query: dict[str, Any], slug: str) -> prices.PriceList:
    """Read what a product cost on a day, published or not. Needs `catalogue:read`."""
    _bearer("catalogue:read")
    return prices.prices_of_product(
        db.session(), market_or_default(db.session(), query["market"]), slug, query["as_of"]
    )


@admin.route("/variants/<sku>")
@admin.arguments(PricesQuery, location="query")
@admin.response(200, PriceListView)
@admin.refuses(KeyRequired, ScopeMissing, NotInCatalogue, UnknownMarket, InvalidRequest)
@admin.private
@access.key("catalogue:read")
def get_variant_prices(query: dict[str, Any], sku: str) -> prices.PriceList:
    """Read what a variant cost on a day, published or not. Needs `catalogue:read`."""
    _bearer("catalogue:read")
    return prices.prices_of_variant(
        db.session(), market_or_default(db.session(), query["market"]), sku, query["as_of"]
    )


def _decide(number: str, scope: str, decide: Callable[[Session], UUID]) -> Response:
    """Write a decision down under the request's key, send it, and answer with the books.

    The decision commits with its key; the answer is stored once Stripe was asked. A repeat in
    between goes on from the decision and makes no second one.
    """

    def render_books(session: Session, *, sent: bool) -> Response:
        document = admin_order_document(queries.order_books(session, number))
        return render(AdminOrderView, document, 201 if sent else 202, location=f"/v1/admin/orders/{number}")

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
        last=lambda session, _claim, sent: render_books(session, sent=sent),
    )
