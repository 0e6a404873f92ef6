"""Sending an order's bags, and giving an unpaid order up."""

from __future__ import annotations

from flask import Response
from sqlalchemy.orm import Session

from shop.admin.pages.door import go, pages, signed_in
from shop.admin.pages.forms import attempt, decide, filled_in, pieces_in, read
from shop.admin.pages.order_page import address_of, shows_refusals
from shop.checkout import decisions
from shop.kit import access, idempotency, repeats
from shop.kit.fields import Str, StrictSchema
from shop.kit.problems import InvalidRequest
from shop.orders import shipments


class ParcelForm(StrictSchema):
    """With whom a parcel left, and where it can be followed."""

    carrier = Str(maximum=64, required=True)
    tracking_number = Str(maximum=64, required=True)
    tracking_url = Str(maximum=500, pattern=r"https://[^\s]+\Z", load_default=None)


@pages.post("/orders/<number>/parcel")
@access.session("orders:write")
@shows_refusals
def send_parcel(number: str) -> Response:
    """Note that a parcel of an order left; its shopper is told."""
    values = filled_in()
    pieces = pieces_in(values)
    form = read(ParcelForm(), values)
    if not pieces:
        # Nothing named would mean all that is left: not what this form says.
        raise InvalidRequest(errors=[{"parameter": "pieces", "detail": "Which pieces are in it?"}])
    parcel = shipments.Parcel(pieces=pieces, actor=signed_in().actor, **form)

    def send(session: Session, _claim: idempotency.Claim) -> Response:
        shipments.send(session, number, parcel)
        return go(address_of(number))

    repeats.once(attempt("fulfil-order"), send)
    return go(address_of(number), notice="sent")


@pages.post("/orders/<number>/cancel")
@access.session("orders:write")
@shows_refusals
def cancel(number: str) -> Response:
    """Give an unpaid order up; a payment that is made meanwhile wins."""
    actor = signed_in().actor
    return decide(
        "cancel-order",
        address_of(number),
        "canceled",
        lambda session: decisions.decide_cancel(session, number, actor=actor),
    )
