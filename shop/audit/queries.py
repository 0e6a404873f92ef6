"""Reads of the audit log."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from shop.audit.models import AuditEntry
from shop.kit.pages import Key, Page, fetch


def page_of_entries(
    session: Session,
    *,
    object: str | None = None,  # noqa: A002 - what the log and its readers call it
    actor: str | None = None,
    action: str | None = None,
    limit: int,
    cursor: str | None,
) -> Page[AuditEntry]:
    """Read a page of the log, newest first.

    Args:
        session: To read with.
        object: Only what was done to this.
        actor: Only what this one did.
        action: Only what was done so.
        limit: Entries in a page.
        cursor: From the page before, or None.

    Raises:
        BadCursor: The cursor is not one of this list's.
    """
    asked = {"object": object, "actor": actor, "action": action}
    query = select(AuditEntry, AuditEntry.number)
    for name, value in asked.items():
        if value is not None:
            query = query.where(getattr(AuditEntry, name) == value)
    keys = [Key(AuditEntry.number, descending=True)]
    return fetch(
        session, query, keys, limit=limit, cursor=cursor, of=["audit", asked], row=lambda row: row[0]
    )
