"""Orders, their frozen lines and amounts, and their events."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.kit.db import Base
from shop.kit.types import Json, UtcDateTime


class Order(Base):
    """A cart at the moment its shopper agreed to pay.

    Nothing of it changes but its status, and how long it is held for a payment on its way.
    """

    # Plural, because ORDER is a word of SQL.
    __tablename__ = "orders"
    __table_args__ = (
        CheckConstraint(
            "status IN ('pending_payment', 'authorized', 'paid', 'partially_refunded', 'refunded',"
            " 'expired', 'canceled')",
            name="status",
        ),
        CheckConstraint("total_minor > 0", name="total"),
        # One order at a time may take a cart's money; a cart whose order died may try again.
        Index(
            "uq_order_live_cart",
            "cart_id",
            unique=True,
            postgresql_where=text(
                "status IN ('pending_payment', 'authorized', 'paid', 'partially_refunded', 'refunded')"
            ),
            sqlite_where=text(
                "status IN ('pending_payment', 'authorized', 'paid', 'partially_refunded', 'refunded')"
            ),
        ),
        Index(None, "checkout_id"),
        # The owner's list is read along it, newest first.
        Index(None, "created_at", "number"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    #: What people quote; random, so that it tells nothing of how much is sold.
    number: Mapped[str] = mapped_column(String(32), unique=True)
    token_hash: Mapped[str] = mapped_column(String(64))
    cart_id: Mapped[UUID] = mapped_column(ForeignKey("cart.id"))
    checkout_id: Mapped[UUID] = mapped_column(Uuid)
    market_code: Mapped[str] = mapped_column(ForeignKey("market.code"))
    currency: Mapped[str] = mapped_column(String(3))
    total_minor: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[str] = mapped_column(String(32), default="pending_payment")
    email: Mapped[str] = mapped_column(String(254))
    shipping_address: Mapped[dict[str, Any]] = mapped_column(Json)
    billing_address: Mapped[dict[str, Any]] = mapped_column(Json)
    #: ``{"id", "name", "min_days", "max_days"}`` as chosen.
    shipping_option: Mapped[dict[str, Any]] = mapped_column(Json)
    #: SHA-256 of its lines and entries as they were frozen; see ``orders.seal``.
    seal: Mapped[str] = mapped_column(String(64), server_default="")
    #: Until when its pieces are held for it.
    held_until: Mapped[datetime] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    lines: Mapped[list[OrderLine]] = relationship(lazy="raise", order_by="OrderLine.position")
    entries: Mapped[list[OrderEntry]] = relationship(lazy="raise", order_by="OrderEntry.position")
    events: Mapped[list[OrderEvent]] = relationship(lazy="raise", order_by="OrderEvent.id")
    shipments: Mapped[list[Shipment]] = relationship(lazy="raise", order_by="Shipment.number")


class OrderLine(Base):
    """A variant as it was sold: words and prices of that day."""

    __tablename__ = "order_line"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("list_minor > 0 AND charged_minor >= 0", name="amounts"),
    )

    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id"))
    sku: Mapped[str] = mapped_column(String(32))
    style_code: Mapped[str] = mapped_column(String(32))
    #: ``{"product": {"slug", "name"}, "material": .., "colour": .., "hardware": .., "label": ..}``.
    description: Mapped[dict[str, Any]] = mapped_column(Json)
    quantity: Mapped[int]
    #: List price of a piece, and what a piece was sold for.
    list_minor: Mapped[int] = mapped_column(BigInteger)
    charged_minor: Mapped[int] = mapped_column(BigInteger)


class OrderEntry(Base):
    """One typed amount of an order, or of one of its lines."""

    __tablename__ = "order_entry"
    __table_args__ = (
        CheckConstraint("amount_minor >= 0", name="amount"),
        CheckConstraint("effect IN ('adds', 'subtracts', 'states')", name="effect"),
    )

    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    #: Position of the line it belongs to; None for the order's own.
    line_position: Mapped[int | None]
    kind: Mapped[str] = mapped_column(String(32))
    effect: Mapped[str] = mapped_column(String(16))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    tax_included: Mapped[bool | None]
    tax_rate_ppm: Mapped[int | None]


class OrderEvent(Base):
    """Something that happened to an order; rows are only ever added."""

    __tablename__ = "order_event"
    __table_args__ = (Index(None, "order_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"))
    #: ``placed``, ``payment_opened``, ``paid``, ``expired``, ``canceled``, ``refunded`` ...
    kind: Mapped[str] = mapped_column(String(32))
    detail: Mapped[str | None] = mapped_column(Text)
    happened_at: Mapped[datetime] = mapped_column(UtcDateTime)


class RefundedLine(Base):
    """How many pieces of an order's line a refund gives the money of back."""

    __tablename__ = "refunded_line"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        Index(None, "order_id"),
    )

    refund_id: Mapped[UUID] = mapped_column(ForeignKey("refund.id"), primary_key=True)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"))
    line_position: Mapped[int] = mapped_column(primary_key=True)
    quantity: Mapped[int]
    #: Whether the pieces came back and can be sold again.
    restocked: Mapped[bool]


class Shipment(Base):
    """A parcel that left for the shopper; rows are only ever added.

    A mistyped tracking number is put right by another row, which stands in the place of this one.
    """

    __tablename__ = "shipment"
    __table_args__ = (
        UniqueConstraint("order_id", "number"),
        UniqueConstraint("order_id", "carrier", "tracking_number"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"))
    #: From 1 within its order.
    number: Mapped[int]
    #: Who carries it, as the shopper knows them: ``DHL Express``.
    carrier: Mapped[str] = mapped_column(String(64))
    tracking_number: Mapped[str] = mapped_column(String(64))
    #: The carrier's page on it; None where nobody gave one.
    tracking_url: Mapped[str | None] = mapped_column(String(500))
    #: The row whose parcel this is, told again rightly.
    replaces_id: Mapped[UUID | None] = mapped_column(ForeignKey("shipment.id"), unique=True)
    shipped_at: Mapped[datetime] = mapped_column(UtcDateTime)

    lines: Mapped[list[ShippedLine]] = relationship(lazy="raise", order_by="ShippedLine.line_position")


class ShippedLine(Base):
    """How many pieces of an order's line are in a parcel."""

    __tablename__ = "shipped_line"
    __table_args__ = (CheckConstraint("quantity > 0", name="quantity"),)

    shipment_id: Mapped[UUID] = mapped_column(ForeignKey("shipment.id"), primary_key=True)
    line_position: Mapped[int] = mapped_column(primary_key=True)
    quantity: Mapped[int]
