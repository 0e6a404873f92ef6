"""The audit log: who changed what, as a diff."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from flask import Response, url_for

from shop.admin.pages.door import page, pages
from shop.admin.pages.forms import asked, read
from shop.audit.models import AuditEntry
from shop.audit.queries import page_of_entries
from shop.kit import access
from shop.kit.db import db
from shop.kit.fields import Str
from shop.kit.pages import PageQuery
from shop.seeding.diff import as_text

#: Pages of things, by how the log begins their names.
_PAGES: dict[str, Callable[[str], str]] = {
    "order": lambda number: url_for("admin_pages.order", number=number),
    "variant": lambda sku: url_for("admin_pages.shelf", sku=sku),
    "product": lambda slug: url_for("admin_pages.product", slug=slug),
}


class AuditLogQuery(PageQuery):
    """Whose doings, and on what."""

    object = Str(maximum=200, load_default=None)
    actor = Str(maximum=120, load_default=None)
    action = Str(maximum=64, load_default=None)


@pages.get("/audit")
@access.session("audit:read")
def audit() -> Response:
    """Show who changed what, newest first; of one thing, one person or one kind."""
    query = read(AuditLogQuery(), asked())
    found = page_of_entries(db.session(), **query)
    return page("audit.html", found=found, query=query, fields=changed_fields, address=_address)


def changed_fields(entry: AuditEntry) -> Iterator[tuple[str, str | None, str | None]]:
    """Yield each field of a change with what it was and what it is; None: it was not there."""
    before, after = entry.before or {}, entry.after or {}
    for name in {**before, **after}:
        was, now = (_shown(each[name]) if name in each else None for each in (before, after))
        yield name, was, now


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_shown(inner)}" for name, inner in value.items()) or "nothing"
    if isinstance(value, list):
        return ", ".join(map(_shown, value)) or "nothing"
    return as_text(value)


def _address(name: str) -> str | None:
    """Return the page of what an entry is about, if it has one."""
    kind, _, key = name.partition(":")
    if not key or "/" in key or kind not in _PAGES:
        return None
    return _PAGES[kind](key)
