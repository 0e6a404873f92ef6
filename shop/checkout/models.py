"""The checkout session: what is known of a purchase before it is an order."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from shop.kit.db import Base
from shop.kit.types import Json, UtcDateTime


class Checkout(Base):
    """Who buys a cart, where it goes and how, and how far the purchase has come.

    ``stage`` is what was done; the status that callers see follows from it and from what is
    still missing (:mod:`shop.checkout.states`).
    """

    __tablename__ = "checkout"
    __table_args__ = (
        CheckConstraint("stage IN ('open', 'completing', 'completed', 'canceled', 'expired')", name="stage"),
        Index(
            "uq_checkout_live_cart",
            "cart_id",
            unique=True,
            postgresql_where=text("stage IN ('open', 'completing')"),
            sqlite_where=text("stage IN ('open', 'completing')"),
        ),
        Index(None, "cart_id"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    cart_id: Mapped[UUID] = mapped_column(ForeignKey("cart.id"))
    stage: Mapped[str] = mapped_column(String(16), default="open")
    email: Mapped[str | None] = mapped_column(String(254))
    shipping_address: Mapped[dict[str, Any] | None] = mapped_column(Json)
    #: None: the same as the shipping address.
    billing_address: Mapped[dict[str, Any] | None] = mapped_column(Json)
    shipping_option: Mapped[str | None] = mapped_column(String(32))
    #: The total last shown after a change; completing at another total is refused.
    quoted_minor: Mapped[int | None] = mapped_column(BigInteger)
    #: Page of the storefront that the shopper goes back to after paying; None: the shop's own.
    return_url: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
