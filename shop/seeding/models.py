"""Seeds that were sent to be applied."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, Index, LargeBinary, String, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from shop.kit.db import Base
from shop.kit.types import Json, UtcDateTime


class Job(Base):
    """A seed to be applied: who sent it, how far it is, and what came of it."""

    __tablename__ = "job"
    __table_args__ = (
        CheckConstraint("status IN ('waiting', 'running', 'succeeded', 'failed')", name="status"),
        Index(None, "created_at", "id"),
        Index(
            "ix_job_unfinished",
            "created_at",
            postgresql_where=text("finished_at IS NULL"),
            sqlite_where=text("finished_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    status: Mapped[str] = mapped_column(String(16))
    #: ``key:<name>``.
    actor: Mapped[str] = mapped_column(String(120))
    #: What was sent: ``yaml``, ``json``, ``csv`` or ``zip``; ``folder``: the shop's own files.
    form: Mapped[str] = mapped_column(String(8))
    #: What faults call it; None of jobs from before they had names.
    name: Mapped[str | None] = mapped_column(String(120))
    prune: Mapped[bool]
    #: Digest of the only plan that may be carried out; None: whatever the plan is.
    agreed: Mapped[str | None] = mapped_column(String(64))
    #: What was sent; None once the job has ended.
    payload: Mapped[bytes | None] = mapped_column(LargeBinary)
    #: What is being done, and how much of it.
    step: Mapped[str] = mapped_column(String(64))
    done: Mapped[int]
    total: Mapped[int]
    #: How many workers began it.
    attempt: Mapped[int]
    #: Until when it is left to the worker that has it.
    claimed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: What it did, or why it was refused.
    result: Mapped[dict[str, Any] | None] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
