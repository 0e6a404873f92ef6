"""A guest's cart and its lines."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from shop.kit.db import Base
from shop.kit.types import UtcDateTime


class Cart(Base):
    """A guest's cart in one market.

    ``open`` may be changed; ``paying`` is frozen while an order of it waits for money;
    ``ordered`` is final.
    """

    __tablename__ = "cart"
    __table_args__ = (CheckConstraint("status IN ('open', 'paying', 'ordered')", name="status"),)

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    #: SHA-256 of the bearer token; the token itself is shown once and not kept.
    token_hash: Mapped[str] = mapped_column(String(64))
    market_code: Mapped[str] = mapped_column(ForeignKey("market.code"))
    status: Mapped[str] = mapped_column(String(16), default="open")
    #: Counts changes.
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CartLine(Base):
    """How many pieces of one variant a cart holds."""

    __tablename__ = "cart_line"
    __table_args__ = (CheckConstraint("quantity > 0", name="quantity"),)

    cart_id: Mapped[UUID] = mapped_column(ForeignKey("cart.id", ondelete="CASCADE"), primary_key=True)
    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id"), primary_key=True)
    #: Order in which lines were added.
    position: Mapped[int]
    quantity: Mapped[int]
    #: Price of a piece when the shopper last set the line; a difference is told, never silent.
    seen_minor: Mapped[int] = mapped_column(BigInteger)
