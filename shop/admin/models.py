"""The keys that open the owner's door."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Uuid
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


class AdminSession(Base):
    """Somebody signed in to the admin pages with a key: a reference to it, and until when.

    What the key may do is read from its own row at every request, so a revoked key signs out whoever
    came in with it.
    """

    __tablename__ = "admin_session"
    __table_args__ = (Index(None, "ends_at"),)

    #: SHA-256 of the cookie's value.
    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    key_id: Mapped[UUID] = mapped_column(ForeignKey("admin_key.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: It ends here unless a page is asked for before.
    idle_ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: It ends here in any case.
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SeedUpload(Base):
    """Seed files that somebody sent to be planned, kept until they are applied or a day has passed."""

    __tablename__ = "seed_upload"
    __table_args__ = (Index(None, "created_at"),)

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    name: Mapped[str] = mapped_column(String(120))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    #: SHA-256 of the content.
    digest: Mapped[str] = mapped_column(String(64))
    actor: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
