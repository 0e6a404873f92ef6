"""The checkout over HTTP."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response
from sqlalchemy.orm import Session

from shop.cart.errors import CartFrozen, UnknownCart
from shop.checkout import cancellation, completion, queries, service
from shop.checkout.errors import (
    CheckoutClosed,
    CheckoutNotReady,
    InvalidAddress,
    ReturnNotAllowed,
    TotalChanged,
    UnknownCheckout,
)
from shop.checkout.schemas import (
    CheckoutChanges,
    CheckoutView,
    CompletedView,
    CompletionInput,
    NewCheckout,
    checkout_document,
    completed_document,
)
from shop.config import current_settings
from shop.inventory.errors import OutOfStock
from shop.kit import access, idempotency, repeats
from shop.kit.api import Blueprint, render
from shop.kit.db import db
from shop.kit.problems import InvalidRequest
from shop.kit.tokens import presented_hash
from shop.payments.current import current_gateway
from shop.payments.errors import PaymentNotOpened, PaymentProviderUnavailable
from shop.payments.models import Payment

checkouts = Blueprint(
    "checkouts", __name__, url_prefix="/v1/checkouts", description="From a cart to an order that is paid for."
)


def _document(checkout_id: UUID) -> dict[str, Any]:
    return checkout_document(queries.checkout(db.session(), checkout_id, presented_hash()))


@checkouts.route("", methods=["POST"])
@checkouts.arguments(NewCheckout)
@checkouts.response(201, CheckoutView)
@checkouts.alt_response(200, schema=CheckoutView, description="The cart's open checkout, found again.")
@checkouts.refuses(
    UnknownCart,
    CartFrozen,
    InvalidRequest,
    idempotency.IdempotencyKeyReused,
    idempotency.RequestInProgress,
)
@checkouts.takes_idempotency_key(required=False)
@checkouts.private
@access.owner("cart")
def open_checkout(body: dict[str, Any]) -> Response:
    """Open the checkout of a cart; `messages` tells what is missing."""

    def work(session: Session, _claim: idempotency.Claim) -> Response:
        token_hash = presented_hash()
        checkout_id, is_new = service.open_checkout(session, body["cart_id"], token_hash)
        document = checkout_document(queries.checkout(session, checkout_id, token_hash))
        return render(CheckoutView, document, 201 if is_new else 200, location=f"/v1/checkouts/{checkout_id}")

    return repeats.once(idempotency.read_attempt("open-checkout", required=False), work)


@checkouts.route("/<uuid:checkout_id>")
@checkouts.response(200, CheckoutView)
@checkouts.refuses(UnknownCheckout)
@checkouts.private
@access.owner("cart")
def get_checkout(checkout_id: UUID) -> dict[str, Any]:
    """Read a checkout at today's prices."""
    return _document(checkout_id)


@checkouts.route("/<uuid:checkout_id>", methods=["PATCH"])
@checkouts.arguments(CheckoutChanges)
@checkouts.response(200, CheckoutView)
@checkouts.refuses(UnknownCheckout, CheckoutClosed, InvalidAddress, InvalidRequest)
@checkouts.private
@access.owner("cart")
def change_checkout(body: dict[str, Any], checkout_id: UUID) -> dict[str, Any]:
    """Fill in e-mail, addresses and shipping; an empty document accepts a changed total."""
    service.update(checkout_id, presented_hash(), body)
    return _document(checkout_id)


@checkouts.route("/<uuid:checkout_id>/complete", methods=["POST"])
@checkouts.arguments(CompletionInput)
@checkouts.response(201, CompletedView)
@checkouts.refuses(
    UnknownCheckout,
    CheckoutClosed,
    CheckoutNotReady,
    TotalChanged,
    OutOfStock,
    ReturnNotAllowed,
    InvalidRequest,
    PaymentNotOpened,
    PaymentProviderUnavailable,
    idempotency.IdempotencyKeyMissing,
    idempotency.IdempotencyKeyReused,
    idempotency.RequestInProgress,
)
@checkouts.takes_idempotency_key(required=True)
@checkouts.private
@access.owner("cart", limit="checkouts")
def complete_checkout(body: dict[str, Any], checkout_id: UUID) -> Response:
    """Freeze the order, hold its bags and open its payment.

    In doubt (a time-out, a 503, a lost answer) send the same request with the same key: it
    goes on where it stopped and never asks for a second payment.
    """

    def answer(payment: Payment, order_status: str, token: str) -> Response:
        document = completed_document(payment, order_status, token)
        return render(CompletedView, document, 201, location=f"/v1/orders/{payment.reference}")

    asked = completion.Completion(checkout_id, presented_hash(), body["ui"], body["return_url"])
    attempt = idempotency.read_attempt("complete", required=True)
    return completion.complete(asked, attempt, current_settings(), current_gateway(), answer)


@checkouts.route("/<uuid:checkout_id>/cancel", methods=["POST"])
@checkouts.response(200, CheckoutView)
@checkouts.refuses(
    UnknownCheckout,
    CheckoutClosed,
    PaymentProviderUnavailable,
    InvalidRequest,
    idempotency.RequestInProgress,
)
@checkouts.takes_idempotency_key(required=False)
@checkouts.private
@access.owner("cart")
def cancel_checkout(checkout_id: UUID) -> Response:
    """Give the checkout up. The payment is closed first, then the bags are freed.

    Safe to repeat. A payment made meanwhile wins: the answer then says `completed`.
    """
    token_hash = presented_hash()

    def answer(session: Session) -> Response:
        document = checkout_document(queries.checkout(session, checkout_id, token_hash))
        return render(CheckoutView, document, 200)

    attempt = idempotency.read_attempt("cancel", required=False)
    return cancellation.cancel(
        checkout_id,
        token_hash,
        attempt,
        settings=current_settings(),
        gateway=current_gateway(),
        render=answer,
    )
