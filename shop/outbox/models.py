"""Messages that are owed to people."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from shop.kit.db import Base
from shop.kit.types import Json, UtcDateTime


class OutboxMessage(Base):
    """A message written in the transaction of what it tells of, one of its kind for each subject.

    A webhook and a return page that race write it once; a crash after the commit loses nothing.
    """

    __tablename__ = "outbox_message"
    __table_args__ = (
        UniqueConstraint("kind", "subject"),
        CheckConstraint(
            "kind IN ('order_confirmed', 'payment_returned', 'order_refunded', 'order_shipped')", name="kind"
        ),
        Index(
            "ix_outbox_message_waiting",
            "created_at",
            postgresql_where=text("sent_at IS NULL"),
            sqlite_where=text("sent_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    #: What it is about: an order's number, a refund's or a parcel's id.
    subject: Mapped[str] = mapped_column(String(64))
    recipient: Mapped[str] = mapped_column(String(254))
    #: What its text is filled in with, frozen when it was written.
    facts: Mapped[dict[str, Any]] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: How often sending was tried.
    attempts: Mapped[int] = mapped_column(server_default="0")
