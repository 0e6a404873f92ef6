"""Admin keys: made on the command line, shown once, checked at every request."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.orm import Session

from shop.admin.errors import KeyRequired, ScopeMissing
from shop.admin.models import AdminKey
from shop.audit import service as audit
from shop.kit.clock import database_now
from shop.kit.db import retries_conflicts, transaction
from shop.kit.tokens import hashed

#: What a key may be good for.
SCOPES = (
    "audit:read",
    "catalogue:read",
    "catalogue:write",
    "invariants:read",
    "orders:read",
    "orders:write",
    "stock:read",
    "stock:write",
)

PREFIX = "adm_"


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who holds the key of a request.

    Attributes:
        actor: For books and audit: ``key:<name>``.
        scopes: What the key is good for.
    """

    actor: str
    scopes: frozenset[str] = frozenset()

    def require(self, scope: str) -> None:
        """Refuse what the key is not good for, where a request asks for more than its route.

        Raises:
            ScopeMissing: It is not good for this.
        """
        if scope not in self.scopes:
            raise ScopeMissing(f"The key lacks {scope}.", scope=scope)


@retries_conflicts
def create(name: str, scopes: Iterable[str], *, days: int, actor: str = "shop") -> str:
    """Make a key; return it, once.

    Args:
        name: Whose, as people know it.
        scopes: Of :data:`SCOPES`.
        days: How long it can be used.
        actor: Who makes it.
    """
    key = PREFIX + secrets.token_urlsafe(32)
    with transaction() as session:
        moment = session.scalars(select(database_now())).one()
        row = AdminKey(
            name=name,
            key_hash=hashed(key),
            scopes=sorted(set(scopes)),
            created_at=moment,
            expires_at=moment + timedelta(days=days),
        )
        session.add(row)
        made = {"scopes": row.scopes, "expires_at": row.expires_at, "fingerprint": fingerprint(row)}
        audit.record(session, actor, [audit.Change("key.create", f"key:{name}", None, made)])
    return key


@retries_conflicts
def revoke(name: str, *, actor: str = "shop") -> int:
    """Put every key of a name out of use; return how many were in use."""
    with transaction() as session:
        revoked = session.scalars(
            update(AdminKey)
            .where(AdminKey.name == name, AdminKey.revoked_at.is_(None))
            .values(revoked_at=database_now())
            .returning(AdminKey)
        ).all()
        changes = [
            audit.Change(
                "key.revoke",
                f"key:{name}",
                {"fingerprint": fingerprint(row), "revoked_at": None},
                {"fingerprint": fingerprint(row), "revoked_at": row.revoked_at},
            )
            for row in revoked
        ]
        audit.record(session, actor, changes)
        return len(revoked)


def fingerprint(row: AdminKey) -> str:
    """Return what tells a key from others of its name and opens nothing: of its hash, the beginning."""
    return row.key_hash[:12]


def known(session: Session) -> list[AdminKey]:
    """Read every key, oldest first."""
    return list(session.scalars(select(AdminKey).order_by(AdminKey.created_at)))


def is_in_use() -> ColumnElement[bool]:
    """Return the condition that a key is neither revoked nor expired."""
    return and_(AdminKey.revoked_at.is_(None), AdminKey.expires_at > database_now())


def in_use(session: Session, key_hash: str) -> AdminKey | None:
    """Read the key of a hash; None for one that is unknown, expired or revoked, which look alike."""
    return session.scalar(select(AdminKey).where(AdminKey.key_hash == key_hash, is_in_use()))


def require(session: Session, key_hash: str, scope: str) -> Bearer:
    """Return who holds a key that is in use and good for this.

    Args:
        session: To read with.
        key_hash: SHA-256 of the presented key.
        scope: What is about to be done.

    Raises:
        KeyRequired: There is no such key in use.
        ScopeMissing: It is not good for this.
    """
    found = in_use(session, key_hash)
    if found is None:
        raise KeyRequired
    bearer = Bearer(found.actor, frozenset(found.scopes))
    bearer.require(scope)
    return bearer
