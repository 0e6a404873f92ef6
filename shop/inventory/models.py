"""Stock per variant and location, holds with an end, and the ledger of every movement."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from shop.catalogue.models.evidence import Evidence
from shop.kit.db import Base
from shop.kit.types import UtcDateTime


class Location(Base, Evidence):
    """A place that holds pieces: a warehouse, a boutique."""

    __tablename__ = "location"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(32), unique=True)
    #: Locations are drawn from in this order.
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(120))


class Stock(Base):
    """Pieces of a variant at a location.

    ``held`` counts the pieces of active holds, also of those that have ended but were not
    swept yet; see ``queries.available``.
    """

    __tablename__ = "stock"
    __table_args__ = (CheckConstraint("0 <= held AND held <= on_hand", name="held_within_on_hand"),)

    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id"), primary_key=True)
    location_id: Mapped[int] = mapped_column(ForeignKey("location.id"), primary_key=True)
    on_hand: Mapped[int]
    held: Mapped[int] = mapped_column(default=0)


class Hold(Base):
    """Pieces promised to an owner until a moment.

    An ``active`` hold whose end has passed by the database's clock is buyable by anyone at
    once; whoever takes the pieces marks it ``lapsed``. ``sold`` and ``released`` are final.
    """

    __tablename__ = "hold"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("status IN ('active', 'sold', 'released', 'lapsed')", name="status"),
        Index(
            "ix_hold_active",
            "variant_id",
            "ends_at",
            postgresql_where=text("status = 'active'"),
            sqlite_where=text("status = 'active'"),
        ),
        Index(None, "owner"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    #: Whose: an order's id. The inventory does not know what an order is.
    owner: Mapped[UUID] = mapped_column(Uuid)
    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id"))
    location_id: Mapped[int] = mapped_column(ForeignKey("location.id"))
    quantity: Mapped[int]
    status: Mapped[str] = mapped_column(String(16), default="active")
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Movement(Base):
    """One entry of the stock ledger; rows are only ever added.

    Per variant and location, ``on_hand`` is the sum of ``on_hand_delta`` and ``held`` the sum
    of ``held_delta``.
    """

    __tablename__ = "movement"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('opening', 'received', 'adjusted', 'held', 'released', 'lapsed', 'sold', 'returned')",
            name="kind",
        ),
        CheckConstraint("on_hand_delta <> 0 OR held_delta <> 0", name="moves"),
        Index(None, "variant_id", "location_id"),
        # Seeds may be applied again at any time: opening stock is counted once.
        Index(
            "uq_movement_opening",
            "variant_id",
            "location_id",
            unique=True,
            postgresql_where=text("kind = 'opening'"),
            sqlite_where=text("kind = 'opening'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id"))
    location_id: Mapped[int] = mapped_column(ForeignKey("location.id"))
    kind: Mapped[str] = mapped_column(String(16))
    on_hand_delta: Mapped[int] = mapped_column(default=0)
    held_delta: Mapped[int] = mapped_column(default=0)
    #: The hold or the person's words behind it.
    reference: Mapped[str | None] = mapped_column(String(64))
    reason: Mapped[str | None] = mapped_column(Text)
    happened_at: Mapped[datetime] = mapped_column(UtcDateTime)
