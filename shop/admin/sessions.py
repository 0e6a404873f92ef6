"""Signing in to the admin pages with a key, and out again.

A session is a row that names a key's row. What it may do is asked of the key at every request, and
its end is judged by the database's clock: after half an hour without a request, and after a working
day in any case.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from shop.admin import keys
from shop.admin.errors import KeyRequired
from shop.admin.models import AdminKey, AdminSession
from shop.audit import service as audit
from shop.kit.clock import database_now
from shop.kit.db import retries_conflicts, transaction
from shop.kit.tokens import hashed

#: How long a session lasts without a request, and at most.
IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)

#: A session in use is written down again no more often than this.
_NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who is signed in.

    Attributes:
        name: The key's.
        scopes: What the key is good for now.
        ends_at: When the session ends in any case, UTC.
        is_to_note: Whether it was noted so long ago that :func:`note_use` is due.
    """

    token_hash: str
    name: str
    scopes: frozenset[str]
    ends_at: datetime
    is_to_note: bool

    @property
    def actor(self) -> str:
        """Return who this is for books and audit."""
        return f"key:{self.name}"


def sign_in(session: Session, key: str, *, instead_of: str) -> str:
    """Open a session with a key; return its token, once.

    Wrong keys cost one read and no transaction, and unknown, expired and revoked ones the same.

    Args:
        session: To look the key up with.
        key: As it was typed.
        instead_of: Token that the browser had until now; its session ends, whoever's it was.

    Raises:
        KeyRequired: There is no such key in use.
    """
    key_hash = hashed(key)
    if keys.in_use(session, key_hash) is None:
        raise KeyRequired
    return _open(key_hash, instead_of)


@retries_conflicts
def _open(key_hash: str, instead_of: str) -> str:
    token = secrets.token_urlsafe(32)
    with transaction() as session:
        key = keys.in_use(session, key_hash)
        if key is None:
            raise KeyRequired
        moment = session.scalars(select(database_now())).one()
        session.execute(
            delete(AdminSession).where(
                (AdminSession.token_hash == hashed(instead_of)) | (AdminSession.ends_at <= moment)
            )
        )
        ends_at = min(moment + LONGEST, key.expires_at)
        session.add(
            AdminSession(
                token_hash=hashed(token),
                key_id=key.id,
                created_at=moment,
                idle_ends_at=moment + IDLE,
                ends_at=ends_at,
            )
        )
        opened = {"fingerprint": keys.fingerprint(key), "ends_at": ends_at}
        change = audit.Change("session.open", f"key:{key.name}", None, opened)
        audit.record(session, f"key:{key.name}", [change])
    return token


def find(session: Session, token: str) -> SignedIn | None:
    """Read who a token signs in; None where its session has ended or its key is out of use."""
    row = session.execute(
        select(AdminSession, AdminKey.name, AdminKey.scopes, database_now())
        .join(AdminKey, AdminKey.id == AdminSession.key_id)
        .where(
            AdminSession.token_hash == hashed(token),
            AdminSession.idle_ends_at > database_now(),
            AdminSession.ends_at > database_now(),
            keys.is_in_use(),
        )
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        return None
    found, name, scopes, moment = row
    noted = found.idle_ends_at - IDLE
    return SignedIn(found.token_hash, name, frozenset(scopes), found.ends_at, moment - noted > _NOTED_EVERY)


@retries_conflicts
def note_use(token_hash: str) -> None:
    """Let a session last from now on again; one that was ended meanwhile stays so."""
    with transaction() as session:
        moment = session.scalars(select(database_now())).one()
        session.execute(
            update(AdminSession)
            .where(AdminSession.token_hash == token_hash)
            .values(idle_ends_at=moment + IDLE)
            .execution_options(synchronize_session=False)
        )


@retries_conflicts
def sign_out(token: str) -> None:
    """End the session of a token, if it has one."""
    with transaction() as session:
        key_id = session.scalar(
            delete(AdminSession)
            .where(AdminSession.token_hash == hashed(token))
            .returning(AdminSession.key_id)
            .execution_options(synchronize_session=False)
        )
        if key_id is not None:
            name = session.get_one(AdminKey, key_id).name
            change = audit.Change("session.close", f"key:{name}", {"open": True}, {"open": False})
            audit.record(session, f"key:{name}", [change])
