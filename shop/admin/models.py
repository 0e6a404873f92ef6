"""The keys and users that are let in at the owner's door."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Uuid
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

    @property
    def actor(self) -> str:
        """Return who this is for books and audit."""
        return f"key:{self.name}"


class AdminUser(Base):
    """A person at the admin pages: what they may do. Never deleted, because the audit log names them."""

    __tablename__ = "admin_user"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    #: Folded, see :func:`shop.admin.users.folded`.
    name: Mapped[str] = mapped_column(String(64), unique=True)
    #: Of :mod:`shop.admin.passwords`, with its method and salt.
    password_hash: Mapped[str] = mapped_column(String(255))
    scopes: Mapped[list[str]] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    password_set_at: Mapped[datetime] = mapped_column(UtcDateTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def actor(self) -> str:
        """Return who this is for books and audit."""
        return f"user:{self.name}"


class AdminSession(Base):
    """Somebody signed in to the admin pages with a key or as a user: a reference to it, and until when.

    What they may do is read from its own row at every request, so a revoked key signs out whoever
    came in with it, and so does a disabled user.
    """

    __tablename__ = "admin_session"
    __table_args__ = (
        Index(None, "ends_at"),
        CheckConstraint("(key_id IS NULL) <> (user_id IS NULL)", name="one_holder"),
    )

    #: SHA-256 of the cookie's value.
    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    #: One of the two.
    key_id: Mapped[UUID | None] = mapped_column(ForeignKey("admin_key.id"))
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("admin_user.id"))
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
