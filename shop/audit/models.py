"""The audit log: entries that are only ever added, and the head of their chain."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from shop.kit.db import Base
from shop.kit.types import Json, UtcDateTime


class AuditEntry(Base):
    """One change by somebody who runs the shop; shoppers' own doings are in their orders' events.

    Numbers have no gaps. Each entry's hash covers all of it and the hash of the entry before, so
    none can be changed, removed or put in between without the next ones telling. The database
    refuses both, too: see ``migrations/versions/0010_audit.py``.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (Index(None, "object", "number"),)

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    happened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: ``key:<name>`` of the admin API, ``user:<name>`` of its pages, ``command line (<user>)``.
    actor: Mapped[str] = mapped_column(String(120))
    #: What was done, e.g. ``stock.adjust``.
    action: Mapped[str] = mapped_column(String(64))
    #: What it was done to, e.g. ``variant:8230582AA9S1000``.
    object: Mapped[str] = mapped_column(String(200))
    #: The fields that changed: as they were, and as they are since. None: it was not there.
    before: Mapped[dict[str, Any] | None] = mapped_column(Json)
    after: Mapped[dict[str, Any] | None] = mapped_column(Json)
    #: SHA-256 of the entry before; zeros for the first.
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class AuditHead(Base):
    """One row: the last entry's number and hash. Whoever adds an entry has it for that moment."""

    __tablename__ = "audit_head"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[str] = mapped_column(String(64))
