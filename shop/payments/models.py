"""Payments asked for, captures and refunds of them, disputes, and the inbox of Stripe's events.

What the shop asks of Stripe is a row before Stripe is called, and the row's id is the key of
the call: a repeat after a crash asks for the same thing, not for a second one.
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
LIVE = ("opening", "open", "processing", "authorized")

#: Statuses in which a shopper may still pay.
PAYABLE = ("opening", "open")

#: Statuses in which a refund or a capture may still change unheard.
UNDECIDED = ("requested", "pending")

#: Statuses in which a refund counts against what was captured.
COUNTING = (*UNDECIDED, "succeeded")


class Payment(Base):
    """One attempt to be paid, through one Stripe Checkout Session.

    ``opening`` is written before Stripe is asked. ``authorized`` is money that the bank holds
    for the shop until it is captured or let go. ``quarantined`` means that Stripe's amount,
    currency or reference differs from ours: a person must look.

    ``captured_minor`` and ``refunded_minor`` only move by conditional statements; the check
    keeps refunds within what was captured, whatever runs in parallel.
    """

    __tablename__ = "payment"
    __table_args__ = (
        CheckConstraint(
            "status IN ('opening', 'open', 'processing', 'authorized', 'paid',"
            " 'expired', 'canceled', 'failed', 'quarantined')",
            name="status",
        ),
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("capture IN ('automatic', 'manual')", name="capture"),
        CheckConstraint(
            "0 <= refunded_minor AND refunded_minor <= captured_minor AND captured_minor <= amount_minor",
            name="refunds_within_captured",
        ),
        CheckConstraint("ui IN ('hosted', 'elements')", name="ui"),
        Index(
            "uq_payment_live",
            "reference",
            unique=True,
            postgresql_where=text("status IN ('opening', 'open', 'processing', 'authorized', 'paid')"),
            sqlite_where=text("status IN ('opening', 'open', 'processing', 'authorized', 'paid')"),
        ),
        Index(None, "reference"),
        Index(None, "status", "ends_at"),
    )

    #: Also the Idempotency-Key at Stripe, as ``checkout-<id>``.
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    #: What is paid for: an order's number.
    reference: Mapped[str] = mapped_column(String(32))
    status: Mapped[str] = mapped_column(String(16), default="opening")
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    #: ``manual``: the bank holds the money until the shop captures it.
    capture: Mapped[str] = mapped_column(String(16), server_default="automatic")
    #: Minor units received.
    captured_minor: Mapped[int] = mapped_column(BigInteger, server_default="0")
    #: Minor units given back or promised to be; see ``refunds.reserve``.
    refunded_minor: Mapped[int] = mapped_column(BigInteger, server_default="0")
    #: Until when authorized money can be captured.
    capture_before: Mapped[datetime | None] = mapped_column(UtcDateTime)
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


class Capture(Base):
    """The decision on authorized money: take all or a part of it, or let it go.

    One decision a payment: whichever row is first wins, and the other is refused.
    """

    __tablename__ = "capture"
    __table_args__ = (
        CheckConstraint("status IN ('requested', 'succeeded', 'failed')", name="status"),
        CheckConstraint("amount_minor >= 0", name="amount"),
        Index(
            "uq_capture_standing",
            "payment_id",
            unique=True,
            postgresql_where=text("status IN ('requested', 'succeeded')"),
            sqlite_where=text("status IN ('requested', 'succeeded')"),
        ),
        Index(None, "payment_id"),
    )

    #: Also the Idempotency-Key at Stripe, as ``capture-<id>`` or ``void-<id>``.
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    payment_id: Mapped[UUID] = mapped_column(ForeignKey("payment.id"))
    #: Minor units to take; 0 lets the money go.
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[str] = mapped_column(String(16), default="requested")
    #: Who decided: an admin's key, the command line, ``stripe`` for the dashboard or the bank.
    actor: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


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
    #: ``late_payment``: the money came when the order was no longer for sale; ``dashboard``: made
    #: in Stripe's dashboard and taken over; else the words of whoever asked for it.
    reason: Mapped[str] = mapped_column(String(64))
    #: Who asked: an admin's key, the command line, ``shop`` by rule, ``stripe`` for the dashboard.
    actor: Mapped[str] = mapped_column(String(64), server_default="shop")
    stripe_id: Mapped[str | None] = mapped_column(String(255), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PaymentDispute(Base):
    """A payment that the shopper's bank took back, until the dispute is decided."""

    __tablename__ = "payment_dispute"
    __table_args__ = (
        CheckConstraint("status IN ('open', 'won', 'lost')", name="status"),
        Index(None, "payment_id"),
    )

    #: Stripe's id.
    id: Mapped[str] = mapped_column(String(255), primary_key=True)
    payment_id: Mapped[UUID] = mapped_column(ForeignKey("payment.id"))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(String(64))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)


class LedgerEntry(Base):
    """One movement of money; rows are only ever added, and triggers see to it.

    Per payment, what came in less what went out is what the shop has of it.
    """

    __tablename__ = "ledger_entry"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('captured', 'refunded', 'refund_failed', 'disputed', 'dispute_won')", name="kind"
        ),
        CheckConstraint("effect IN ('in', 'out')", name="effect"),
        CheckConstraint("amount_minor > 0", name="amount"),
        Index(None, "payment_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: ``captured-<payment>``, ``refunded-<refund>`` ...: one entry for each, however often heard.
    reference: Mapped[str] = mapped_column(String(300), unique=True)
    payment_id: Mapped[UUID] = mapped_column(ForeignKey("payment.id"))
    kind: Mapped[str] = mapped_column(String(16))
    effect: Mapped[str] = mapped_column(String(3))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    happened_at: Mapped[datetime] = mapped_column(UtcDateTime)


class StripeEvent(Base):
    """An event in the inbox; its id is the key, so a duplicate has no second effect."""

    __tablename__ = "stripe_event"
    __table_args__ = (
        Index(
            "ix_stripe_event_waiting",
            "received_at",
            postgresql_where=text("handled_at IS NULL"),
            sqlite_where=text("handled_at IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(String(255), primary_key=True)
    type: Mapped[str] = mapped_column(String(64))
    object_id: Mapped[str] = mapped_column(String(255))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: None while its effect is still to come.
    handled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: How often its effect was tried.
    attempts: Mapped[int] = mapped_column(server_default="0")
