"""Users of the admin pages: people with a name and a password, made on the command line.

What keys are for programs. A name is never given to somebody else, and no user is deleted, because
the audit log names them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from shop.admin import passwords
from shop.admin.models import AdminSession, AdminUser
from shop.audit import service as audit
from shop.kit.clock import database_now
from shop.kit.db import retries_conflicts, transaction

LONGEST_NAME = 64

#: As typed, no user's name is longer: at most four characters are composed into one. Composing takes a
#: time that grows with the square of a text, and this one comes from anybody.
_LONGEST_TYPED = 4 * LONGEST_NAME

#: No ``@``: a name is written into the audit log, which holds no address of a person.
_NAME = re.compile(r"\w[\w.-]*")


class NameRefusedError(Exception):
    """What cannot be a user's name; the message says why."""


class NameTakenError(Exception):
    """There is, or was, a user of this name."""


class NoSuchUserError(Exception):
    """There is no user of this name, in use or not."""


def folded(name: str) -> str:
    """Return a name as it is kept and looked up: case, width and spaces around it do not matter.

    What is too long to be one is returned as it came: it is nobody's.
    """
    if len(name) > _LONGEST_TYPED:
        return name
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold()).strip()


def accepted(name: str) -> str:
    """Return the name of a new user, folded.

    Raises:
        NameRefusedError: It cannot be one.
    """
    found = folded(name)
    if not _may_be(found):
        raise NameRefusedError(
            f"a name has letters, digits, '_', '.' and '-', and {LONGEST_NAME} characters at most"
        )
    return found


def create(name: str, password: str, scopes: Iterable[str], *, actor: str = "shop") -> None:
    """Make a user.

    Args:
        name: Of :func:`accepted`.
        password: As it was typed.
        scopes: Of :data:`shop.admin.keys.SCOPES`.
        actor: Who makes it.

    Raises:
        PasswordRefusedError: Nobody may have this password.
        NameTakenError: There is one of this name, in use or not.
    """
    password_hash = passwords.kept(password, name=name)  # slow, so before the transaction
    try:
        _add(name, password_hash, sorted(set(scopes)), actor)
    except IntegrityError:
        raise NameTakenError from None


@retries_conflicts
def _add(name: str, password_hash: str, scopes: list[str], actor: str) -> None:
    with transaction() as session:
        moment = session.scalars(select(database_now())).one()
        session.add(
            AdminUser(
                name=name,
                password_hash=password_hash,
                scopes=scopes,
                created_at=moment,
                password_set_at=moment,
            )
        )
        audit.record(session, actor, [audit.Change("user.create", f"user:{name}", None, {"scopes": scopes})])


def set_password(name: str, password: str, *, actor: str = "shop") -> int:
    """Give a user another password and end its sessions; return how many ended.

    A disabled one stays so: before it is enabled again, it may need a password that nobody knows.

    Raises:
        NoSuchUserError: There is no such user.
        PasswordRefusedError: Nobody may have this password.
    """
    return _replace(folded(name), passwords.kept(password, name=folded(name)), actor)


@retries_conflicts
def _replace(name: str, password_hash: str, actor: str) -> int:
    with transaction() as session:
        user, moment = _taken(session, name)
        before = {"password_set_at": user.password_set_at}
        user.password_hash, user.password_set_at = password_hash, moment
        ended = _end_sessions(session, user)
        after = {"password_set_at": moment, "sessions_ended": ended}
        audit.record(session, actor, [audit.Change("user.password", user.actor, before, after)])
        return ended


@retries_conflicts
def set_scopes(name: str, scopes: Iterable[str], *, actor: str = "shop") -> bool:
    """Let a user do these things and no others; return False where that is so already.

    Its sessions hold no scopes: they ask for the user's at every request, so from the next one on
    they are good for these.

    Args:
        name: As it was typed.
        scopes: Of :data:`shop.admin.keys.SCOPES`.
        actor: Who decides it.

    Raises:
        NoSuchUserError: There is no such user.
    """
    with transaction() as session:
        user, _ = _taken(session, folded(name))
        before, after = {"scopes": user.scopes}, {"scopes": sorted(set(scopes))}
        if before == after:
            return False
        user.scopes = after["scopes"]
        audit.record(session, actor, [audit.Change("user.scopes", user.actor, before, after)])
        return True


@retries_conflicts
def disable(name: str, *, actor: str = "shop") -> int:
    """Put a user out of use and end its sessions; return how many ended. One that is, stays as it is.

    Raises:
        NoSuchUserError: There is no such user.
    """
    with transaction() as session:
        user, moment = _taken(session, folded(name))
        if user.disabled_at is not None:
            return 0
        user.disabled_at = moment
        ended = _end_sessions(session, user)
        after = {"disabled_at": moment, "sessions_ended": ended}
        audit.record(session, actor, [audit.Change("user.disable", user.actor, {"disabled_at": None}, after)])
        return ended


@retries_conflicts
def enable(name: str, *, actor: str = "shop") -> bool:
    """Put a user back into use, with the password and scopes it had; return False where it is in use.

    Raises:
        NoSuchUserError: There is no such user.
    """
    with transaction() as session:
        user, _ = _taken(session, folded(name))
        if user.disabled_at is None:
            return False
        before = {"disabled_at": user.disabled_at}
        user.disabled_at = None
        _end_sessions(session, user)  # of one that was not disabled here, they are there still
        audit.record(session, actor, [audit.Change("user.enable", user.actor, before, {"disabled_at": None})])
        return True


def _taken(session: Session, name: str) -> tuple[AdminUser, datetime]:
    """Read a user, and have it until the commit: a sign-in waits for that, or this for it."""
    user = session.scalar(_of_name(name).with_for_update()) if _may_be(name) else None
    if user is None:
        raise NoSuchUserError
    return user, session.scalars(select(database_now())).one()


def _end_sessions(session: Session, user: AdminUser) -> int:
    session.flush()
    ended = delete(AdminSession).where(AdminSession.user_id == user.id).returning(AdminSession.token_hash)
    return len(session.scalars(ended.execution_options(synchronize_session=False)).all())


def known(session: Session) -> list[AdminUser]:
    """Read every user, oldest first."""
    return list(session.scalars(select(AdminUser).order_by(AdminUser.created_at, AdminUser.name)))


def is_in_use() -> ColumnElement[bool]:
    """Return the condition that there is a user, which an outer join may lack, and it is not disabled."""
    return and_(AdminUser.id.is_not(None), AdminUser.disabled_at.is_(None))


def in_use(session: Session, name: str, *, for_update: bool = False) -> AdminUser | None:
    """Read the user of a folded name; None for one that is unknown or disabled, which look alike."""
    if not _may_be(name):
        return None
    query = _of_name(name).where(is_in_use())
    return session.scalar(query.with_for_update() if for_update else query)


def is_known(session: Session, name: str) -> bool:
    """Return whether there is a user of this name, in use or not."""
    return _may_be(folded(name)) and session.scalar(_of_name(folded(name))) is not None


def _of_name(name: str) -> Select[AdminUser]:
    return select(AdminUser).where(AdminUser.name == name)


def _may_be(name: str) -> bool:
    """Return whether a folded name can be a user's: a database cannot be asked for bytes that are no text."""
    return len(name) <= LONGEST_NAME and _NAME.fullmatch(name) is not None


def proven(session: Session, name: str, password: str) -> AdminUser | None:
    """Return the user with this name and password; it takes as long to find that there is none.

    Args:
        session: To read with.
        name: As it was typed.
        password: As it was typed.
    """
    user = in_use(session, folded(name))
    return user if passwords.is_right(password, user.password_hash if user else None) else None
