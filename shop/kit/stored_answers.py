"""Answers kept for their keys: the row, the secret left out of it, and who works on it.

An answer that shows a new secret is kept without it: the secret is derived from a random
``nonce`` of the row and the shop's own key, so a stolen table of answers opens nothing.
"""

from __future__ import annotations

import base64
import hmac
import os
import socket
from datetime import datetime, timedelta
from typing import TypeAlias

from flask import Response, current_app
from sqlalchemy import LargeBinary, String, delete, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from shop.kit.clock import database_now
from shop.kit.db import Base, insert_if_absent
from shop.kit.types import UtcDateTime

#: What is stored and replayed.
Answer: TypeAlias = Response

_SECRET_MARK = b"{{secret}}"


class StoredAnswer(Base):
    """A key that was claimed and, once the work is done, its answer."""

    __tablename__ = "stored_answer"

    #: SHA-256 of scope and key: the key itself may be all a client has for a secret.
    key_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    #: SHA-256 of method, path, credential and body.
    fingerprint: Mapped[str] = mapped_column(String(64))
    #: Which process works on it: ``host:pid``.
    holder: Mapped[str] = mapped_column(String(300))
    claimed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: What the first transaction made, for whoever finishes after a crash.
    subject: Mapped[str | None] = mapped_column(String(64))
    #: None until the work is done.
    status: Mapped[int | None]
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    location: Mapped[str | None] = mapped_column(String(300))
    nonce: Mapped[bytes] = mapped_column(LargeBinary)


def claim_key(session: Session, key_hash: str, fingerprint: str, nonce: bytes, subject: str | None) -> bool:
    """Claim a key that nobody has; return False where somebody has it."""
    return insert_if_absent(
        session,
        StoredAnswer,
        "key_hash",
        key_hash=key_hash,
        fingerprint=fingerprint,
        holder=holder(),
        claimed_at=database_now(),
        subject=subject,
        nonce=nonce,
    )


def replayed(stored: StoredAnswer) -> Answer:
    """Return a kept answer as it was first given, byte for byte."""
    body = (stored.body or b"").replace(_SECRET_MARK, derive(stored.nonce).encode())
    response = Response(body, stored.status, mimetype="application/json")
    if stored.location:
        response.headers["Location"] = stored.location
    response.headers["Idempotent-Replayed"] = "true"
    return response


def without_secret(body: bytes, nonce: bytes) -> bytes:
    """Return a body as it is kept: a mark where it shows the secret."""
    return body.replace(derive(nonce).encode(), _SECRET_MARK)


def derive(nonce: bytes) -> str:
    """Return the 256-bit secret of an answer."""
    key = str(current_app.config["SECRET_KEY"]).encode()
    return base64.urlsafe_b64encode(hmac.digest(key, b"answer-secret" + nonce, "sha256")).decode().rstrip("=")


def forget_old_answers(session: Session, *, hours: int) -> int:
    """Delete answers older than this; return how many."""
    limit = database_moment(session) - timedelta(hours=hours)
    gone = session.execute(delete(StoredAnswer).where(StoredAnswer.claimed_at < limit))
    return int(gone.rowcount)  # type: ignore[attr-defined]


def let_go_of_old_claims(session: Session, *, seconds: float) -> None:
    """Give up claims whose work was begun this long ago: whoever held one is gone.

    Their keys can be used again as before; what they had begun was settled by itself.
    """
    limit = database_moment(session) - timedelta(seconds=seconds)
    session.execute(
        update(StoredAnswer)
        .where(StoredAnswer.status.is_(None), StoredAnswer.holder != "", StoredAnswer.claimed_at < limit)
        .values(holder="")
    )


def database_moment(session: Session) -> datetime:
    """Read the database's current moment."""
    return session.scalars(select(database_now())).one()


def holder() -> str:
    """Return the name of this process among all that may hold a claim."""
    return f"{socket.gethostname()}:{os.getpid()}"


def holder_lives(name: str) -> bool:
    """Return whether the process behind a claim may still be at work.

    Known only on its own machine; elsewhere the claim's age decides. A new process that got
    the dead one's number only delays the takeover until then. Of this process the caller
    knows more: see :func:`shop.kit.idempotency.at_work`.
    """
    host, _, pid = name.rpartition(":")
    if not pid:
        return False
    if host != socket.gethostname():
        return True
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # it lives, and belongs to someone else
    return True
