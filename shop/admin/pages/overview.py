"""What needs attention, and whether the books agree."""

from __future__ import annotations

from flask import Response

from shop.admin import attention
from shop.admin.listing import LOW_PIECES
from shop.admin.pages.door import ANY_KEY, page, pages, signed_in
from shop.kit import access
from shop.kit.clock import now
from shop.kit.db import db
from shop.verification.service import verify_each


@pages.get("/")
@access.session(ANY_KEY)
def overview() -> Response:
    """Show what waits for a person, as far as the key may see it."""
    session, scopes = db.session(), signed_in().scopes
    waiting = []
    if "orders:read" in scopes:
        waiting += [*attention.orders_waiting(session), attention.to_send(session)]
    if "stock:read" in scopes:
        waiting.append(attention.low_stock(session))
    return page("overview.html", waiting=waiting, low=LOW_PIECES)


@pages.get("/books")
@access.session("invariants:read")
def books() -> Response:
    """Check now that stock, orders and money agree."""
    checked = verify_each(db.session())
    breaches = sum(len(found) for _, found in checked)
    return page("books.html", checked=checked, breaches=breaches, at=now())
