"""Payments asked for, refunds owed, and the inbox of Stripe's events.

Each is a row before Stripe is called, and the row's id is the key of the call: a repeat
after a crash asks for the same thing, not for a second one.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from shop.kit.db import Base
from shop.kit.types import Json, UtcDateTime

#: Statuses in which a payment may still change.
LIVE = ("opening", "open", "processing")

#: Statuses in which a refund may still change.
UNDECIDED = ("requested", "pending")


class Payment(Base):
    """One attempt to be paid, through one Stripe Checkout Session.

    ``opening`` is written before Stripe is asked. ``quarantined`` means that Stripe's amount,
    currency or reference differs from ours: a person must look.
    """

    __tablename__ = "payment"
    __table_args__ = (
        CheckConstraint(
            "status IN ('opening', 'open', 'processing', 'paid',"
            " 'expired', 'canceled', 'failed', 'quarantined')",
            name="status",
        ),
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("ui IN ('hosted', 'elements')", name="ui"),
        Index(
            "uq_payment_live",
            "reference",
            unique=True,
            postgresql_where=text("status IN ('opening', 'open', 'processing', 'paid')"),
            sqlite_where=text("status IN ('opening', 'open', 'processing', 'paid')"),
        ),
        Index(None, "status", "ends_at"),
    )

    #: Also the Idempotency-Key at Stripe, as ``checkout-<id>``.
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    #: What is paid for: an order's number.
    reference: Mapped[str] = mapped_column(String(32))
    status: Mapped[str] = mapped_column(String(16), default="opening")
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    ui: Mapped[str] = mapped_column(String(16))
    #: Exactly what Stripe is asked, so that a repeat asks the same.
    params: Mapped[dict[str, Any]] = mapped_column(Json)
    session_id: Mapped[str | None] = mapped_column(String(255), unique=True)
    intent_id: Mapped[str | None] = mapped_column(String(255), unique=True)
    url: Mapped[str | None] = mapped_column(Text)
    client_secret: Mapped[str | None] = mapped_column(Text)
    #: When Stripe stops taking the payment.
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: That the shopper asked to give it up: how its order then ends.
    cancel_asked: Mapped[bool] = mapped_column(default=False)
    #: Why it is quarantined or failed, for the operator.
    reason: Mapped[str | None] = mapped_column(Text)


class Refund(Base):
    """Money to give back, or given back."""

    __tablename__ = "refund"
    __table_args__ = (
        CheckConstraint("status IN ('requested', 'pending', 'succeeded', 'failed')", name="status"),
        CheckConstraint("amount_minor > 0", name="amount"),
        Index(None, "payment_id"),
    )

    #: Also the Idempotency-Key at Stripe, as ``refund-<id>``.
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    payment_id: Mapped[UUID] = mapped_column(ForeignKey("payment.id"))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[str] = mapped_column(String(16), default="requested")
    #: ``late_payment``: the money came when the order was no longer for sale.
    reason: Mapped[str] = mapped_column(String(64))
    stripe_id: Mapped[str | None] = mapped_column(String(255), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class StripeEvent(Base):
    """An event Stripe delivered; its id is the key, so a duplicate has no second effect."""

    __tablename__ = "stripe_event"

    id: Mapped[str] = mapped_column(String(255), primary_key=True)
    type: Mapped[str] = mapped_column(String(64))
    object_id: Mapped[str] = mapped_column(String(255))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    handled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
