"""Signing in to the admin pages with a key or as a user, and out again.

A session is a row that names a key's row or a user's. What it may do is asked of that at every
request, and its end is judged by the database's clock: after half an hour without a request, and
after a working day in any case.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from shop.admin import keys, users
from shop.admin.errors import KeyRequired
from shop.admin.models import AdminKey, AdminSession, AdminUser
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
        name: The key's or the user's.
        scopes: What that is good for now.
        ends_at: When the session ends in any case, UTC.
        is_to_note: Whether it was noted so long ago that :func:`note_use` is due.
        actor: Who this is for books and audit.
        is_user: Whether they came in as a user, and not with a key.
    """

    token_hash: str
    name: str
    scopes: frozenset[str]
    ends_at: datetime
    is_to_note: bool
    actor: str
    is_user: bool

    @property
    def held(self) -> str:
        """Return what they came in with, for people."""
        return "account" if self.is_user else "key"


class PasswordWrongError(Exception):
    """There is no user in use with this name and password."""


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
    token = _open(lambda opening: keys.in_use(opening, key_hash), instead_of)
    if token is None:
        raise KeyRequired
    return token


def sign_in_user(session: Session, name: str, password: str, *, instead_of: str) -> str:
    """Open a session with a name and a password; return its token, once.

    Args:
        session: To look the user up with.
        name: As it was typed.
        password: As it was typed.
        instead_of: Token that the browser had until now; its session ends, whoever's it was.

    Raises:
        PasswordWrongError: There is no such user in use, which takes as long to find as a wrong password.
    """
    user = users.proven(session, name, password)
    if user is None:
        raise PasswordWrongError
    name, proven_hash = user.name, user.password_hash

    def unchanged(opening: Session) -> AdminUser | None:
        """Read the user again, and have it until the commit: a new password ends what came before it."""
        found = users.in_use(opening, name, for_update=True)
        return found if found is not None and found.password_hash == proven_hash else None

    token = _open(unchanged, instead_of)
    if token is None:
        raise PasswordWrongError
    return token


@retries_conflicts
def _open(find_holder: Callable[[Session], AdminKey | AdminUser | None], instead_of: str) -> str | None:
    """Open a session of whom this finds, and return its token; None where it finds nobody any more."""
    token = secrets.token_urlsafe(32)
    with transaction() as session:
        holder = find_holder(session)
        if holder is None:
            return None
        moment = session.scalars(select(database_now())).one()
        session.execute(
            delete(AdminSession).where(
                (AdminSession.token_hash == hashed(instead_of)) | (AdminSession.ends_at <= moment)
            )
        )
        opened: dict[str, object] = {"ends_at": moment + LONGEST}
        if isinstance(holder, AdminKey):
            opened = {
                "fingerprint": keys.fingerprint(holder),
                "ends_at": min(moment + LONGEST, holder.expires_at),
            }
        session.add(
            AdminSession(
                token_hash=hashed(token),
                key_id=holder.id if isinstance(holder, AdminKey) else None,
                user_id=holder.id if isinstance(holder, AdminUser) else None,
                created_at=moment,
                idle_ends_at=moment + IDLE,
                ends_at=opened["ends_at"],
            )
        )
        audit.record(session, holder.actor, [audit.Change("session.open", holder.actor, None, opened)])
    return token


def find(session: Session, token: str) -> SignedIn | None:
    """Read who a token signs in; None where its session has ended, or its key or user is out of use."""
    row = session.execute(
        select(AdminSession, AdminKey, AdminUser, database_now())
        .outerjoin(AdminKey, AdminKey.id == AdminSession.key_id)
        .outerjoin(AdminUser, AdminUser.id == AdminSession.user_id)
        .where(
            AdminSession.token_hash == hashed(token),
            AdminSession.idle_ends_at > database_now(),
            AdminSession.ends_at > database_now(),
            or_(keys.is_in_use(), users.is_in_use()),
        )
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        return None
    found, key, user, moment = row
    holder: AdminKey | AdminUser = key or user
    return SignedIn(
        token_hash=found.token_hash,
        name=holder.name,
        scopes=frozenset(holder.scopes),
        ends_at=found.ends_at,
        is_to_note=moment - (found.idle_ends_at - IDLE) > _NOTED_EVERY,
        actor=holder.actor,
        is_user=user is not None,
    )


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
        closed = session.execute(
            delete(AdminSession)
            .where(AdminSession.token_hash == hashed(token))
            .returning(AdminSession.key_id, AdminSession.user_id)
            .execution_options(synchronize_session=False)
        ).one_or_none()
        if closed is not None:
            holder: AdminKey | AdminUser = (
                session.get_one(AdminKey, closed.key_id)
                if closed.key_id
                else session.get_one(AdminUser, closed.user_id)
            )
            change = audit.Change("session.close", holder.actor, {"open": True}, {"open": False})
            audit.record(session, holder.actor, [change])
