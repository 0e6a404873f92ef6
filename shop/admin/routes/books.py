"""The books: who changed what, and whether everything agrees."""

from __future__ import annotations

from typing import Any

from shop.admin.routes.door import SHUT, admin
from shop.admin.schemas.books import AuditPage, AuditQuery, InvariantsView
from shop.audit.models import AuditEntry
from shop.audit.queries import page_of_entries
from shop.kit import access
from shop.kit.db import db
from shop.kit.pages import BadCursor, Page
from shop.kit.problems import InvalidRequest
from shop.verification.service import verify_each


@admin.route("/invariants")
@admin.response(200, InvariantsView)
@admin.refuses(*SHUT)
@admin.private
@access.key("invariants:read")
def get_invariants() -> dict[str, Any]:
    """Check that stock, orders and money agree, now."""
    checked = verify_each(db.session())
    documents = [
        {"id": invariant.id, "promise": invariant.promise, "breaches": breaches}
        for invariant, breaches in checked
    ]
    return {"holds": not any(breaches for _, breaches in checked), "invariants": documents}


@admin.route("/audit")
@admin.arguments(AuditQuery, location="query")
@admin.response(200, AuditPage)
@admin.refuses(*SHUT, InvalidRequest, BadCursor)
@admin.private
@access.key("audit:read")
def list_audit_entries(query: dict[str, Any]) -> Page[AuditEntry]:
    """Read who changed what, newest first."""
    return page_of_entries(db.session(), **query)
