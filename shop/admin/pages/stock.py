"""Shelves: what lies there, what moved it, and putting a count right."""

from __future__ import annotations

from http import HTTPStatus

from flask import Response, url_for
from marshmallow import fields
from sqlalchemy.orm import Session

from shop.admin import listing, shelves
from shop.admin import stock as service
from shop.admin.pages.door import go, page, pages, signed_in
from shop.admin.pages.forms import asked, attempt, filled_in, read
from shop.inventory.adjustments import Adjustment
from shop.kit import access, idempotency, repeats
from shop.kit.db import db
from shop.kit.fields import FreeText, QueryInt, Str, StrictSchema
from shop.kit.pages import PageQuery
from shop.kit.problems import NotFound, Problem

#: More pieces than any count is put right by.
MOST_PIECES = 1_000_000


class ShelvesQuery(PageQuery):
    """Which shelves are listed."""

    q = Str(maximum=120, load_default=None)
    low = fields.Boolean(load_default=False, truthy={"yes"}, falsy=set())


class AdjustForm(StrictSchema):
    """How a count is to be put right; ``expected`` is what the page showed."""

    location = Str(maximum=32, required=True)
    delta = QueryInt(minimum=-MOST_PIECES, maximum=MOST_PIECES, required=True)
    expected = QueryInt(minimum=0, maximum=MOST_PIECES, required=True)
    reason = FreeText(maximum=200, required=True)


@pages.get("/stock")
@access.session("stock:read")
def stock() -> Response:
    """List variants with how many pieces lie on their shelves."""
    query = read(ShelvesQuery(), asked())
    found = listing.page_of_variants(db.session(), **query)
    return page("stock.html", found=found, query={**query, "low": "yes" if query["low"] else None})


@pages.get("/stock/<sku>")
@access.session("stock:read")
def shelf(sku: str) -> Response:
    """Show where the pieces of a variant lie, and what moved them."""
    return _shelf(sku)


@pages.post("/stock/<sku>/adjust")
@access.session("stock:write")
def adjust(sku: str) -> Response:
    """Put a count right: so many pieces more or fewer than the page showed."""
    actor = signed_in().actor
    try:
        ask = Adjustment(sku, **read(AdjustForm()))

        def work(session: Session, _claim: idempotency.Claim) -> Response:
            service.put_right(session, ask, actor=actor)
            return go(_address(sku))

        repeats.once(attempt("adjust-stock"), work)
    except Problem as refused:
        if "stock:read" not in signed_in().scopes or isinstance(refused, NotFound):
            raise
        return _shelf(sku, refused)
    return go(_address(sku), notice="adjusted")


def _address(sku: str) -> str:
    return url_for("admin_pages.shelf", sku=sku, _anchor="places")


def _shelf(sku: str, refused: Problem | None = None) -> Response:
    status = HTTPStatus.OK if refused is None else refused.status
    filled = filled_in() if refused else {}
    found = shelves.shelf(db.session(), sku)
    return page("shelf.html", status=status, shelf=found, refused=refused, filled=filled)
