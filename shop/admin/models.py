"""The keys that open the owner's door."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from shop.kit.db import Base
from shop.kit.types import Json, UtcDateTime


class AdminKey(Base):
    """A key of the admin API: what it may do and until when."""

    __tablename__ = "admin_key"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    #: Whose, as people know it; unique among keys that are in use is not required.
    name: Mapped[str] = mapped_column(String(64))
    #: SHA-256 of the key, which is shown once and not kept.
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[str]] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
