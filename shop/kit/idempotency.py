"""Idempotency-Key: a write that is sent twice happens once, and is answered twice alike.

The answer is stored in the transaction of its effect, so that one cannot exist without the
other. Where a write needs two transactions around a network call, the key is claimed in
the first and answered in the second; a claim whose process died is taken over.

Source: IETF draft-ietf-httpapi-idempotency-key-header (400 missing, 409 in flight, 422
other payload).
"""

from __future__ import annotations

import hashlib
import hmac
import math
import secrets
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus

from flask import request
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from shop.kit.clock import database_now, seconds_passed
from shop.kit.failures import is_lock_timeout
from shop.kit.problems import InvalidRequest, Problem
from shop.kit.stored_answers import (
    Answer,
    StoredAnswer,
    claim_key,
    database_moment,
    derive,
    holder,
    holder_lives,
    replayed,
    without_secret,
)

HEADER = "Idempotency-Key"
MAX_KEY_LENGTH = 255
MIN_ANONYMOUS_LENGTH = 16

#: A claim this old belongs to a process that is gone, on whatever machine. Seconds;
#: longer than any request may take.
CLAIM_SECONDS = 20


class IdempotencyKeyMissing(Problem):
    """This request needs an ``Idempotency-Key`` header.

    Send a new random value, e.g. a UUID, with each purchase, and the same one when you
    repeat it after a failure.
    """

    status = HTTPStatus.BAD_REQUEST


class IdempotencyKeyReused(Problem):
    """The key was used before with another request.

    Nothing was changed. A new request needs a new key.
    """

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class RequestInProgress(Problem):
    """The same request with the same key is being worked on.

    Send it again after ``Retry-After`` seconds to get its answer.
    """

    status = HTTPStatus.CONFLICT

    def __init__(self) -> None:
        super().__init__(retry_after=1)


@dataclass(frozen=True, slots=True)
class Claim:
    """The right of this request to do the work of its key.

    Attributes:
        key_hash: Row of the key; None when the request carried none.
        nonce: Random bytes that this request's secret is derived from.
        subject: What an earlier holder made before it died, else None.
    """

    key_hash: str | None
    nonce: bytes
    subject: str | None = None

    def secret(self) -> str:
        """Return the 256-bit secret that this answer may show, the same at each replay."""
        return derive(self.nonce)


class Replay(Exception):  # noqa: N818 - it carries an answer and is no error
    """The key was answered before; the stored answer goes out again."""

    def __init__(self, response: Answer) -> None:
        self.response = response


@dataclass(frozen=True, slots=True)
class Attempt:
    """A request's key and fingerprint, read before any transaction."""

    key_hash: str | None
    fingerprint: str


#: The keys that requests of this process work on: which attempt does, and since when.
_at_work: dict[str, tuple[Attempt, float]] = {}
_at_work_lock = threading.Lock()


def read_attempt(scope: str, *, required: bool) -> Attempt:
    """Read the key of the current request.

    Args:
        scope: Names the operation; one key may serve two operations.
        required: Whether the header must be there.

    Raises:
        IdempotencyKeyMissing: It is not there and must be.
        InvalidRequest: It is empty, too long or not printable ASCII.
    """
    key = request.headers.get(HEADER)
    if key is None:
        if required:
            raise IdempotencyKeyMissing
        return Attempt(None, "")
    if not 1 <= len(key) <= MAX_KEY_LENGTH or not key.isascii() or not key.isprintable():
        detail = f"Must be 1 to {MAX_KEY_LENGTH} printable ASCII characters."
        raise InvalidRequest(errors=[{"header": HEADER, "detail": detail}])
    credential = request.headers.get("Authorization", "")
    if not credential and len(key) < MIN_ANONYMOUS_LENGTH:
        # Nothing else tells two anonymous callers apart: "1" would show one the other's answer.
        detail = f"Must be at least {MIN_ANONYMOUS_LENGTH} characters, e.g. a UUID."
        raise InvalidRequest(errors=[{"header": HEADER, "detail": detail}])
    parts = (request.method, request.full_path, credential, request.get_data(cache=True))
    return Attempt(_digest(scope, credential, key), _digest(*parts))


def attempt_of(scope: str, *, key: str, credential: str) -> Attempt:
    """Return the attempt of a page's form, which sends no header.

    Whatever is sent under the key means the same: a button that is pressed twice, in two windows or
    after an answer was lost, is one attempt.

    Args:
        scope: Names the operation.
        key: What it is done to, such as the id of a checkout.
        credential: Token of whoever does it: somebody else's attempt is another.
    """
    return Attempt(_digest(scope, credential, key), _digest(scope, credential, key, "form"))


def form_attempt(scope: str, key: str, *, whose: str, fields: Iterable[tuple[str, str]]) -> Attempt:
    """Return the attempt of a form, whose key was made when the form was: two clicks happen once.

    Args:
        scope: Names the operation.
        key: Random, from the form.
        whose: The actor, so that nobody meets another's answer.
        fields: What was filled in; the key with anything else in them is refused.

    Raises:
        IdempotencyKeyMissing: The form has no key, or no random one.
    """
    if not MIN_ANONYMOUS_LENGTH <= len(key) <= MAX_KEY_LENGTH:
        raise IdempotencyKeyMissing("The form carries no key; open it again.")
    filled = (part for field in sorted(fields) for part in field)
    return Attempt(_digest("form", scope, whose, key), _digest(request.method, request.path, whose, *filled))


@contextmanager
def at_work(attempt: Attempt) -> Iterator[None]:
    """Let the block be the only one of this process that works on its key.

    So a claim that this process left in the database is known to be nobody's, for example when
    its connection broke at a commit: the next request takes it over at once instead of waiting
    until the claim is old. Whoever has worked for ``CLAIM_SECONDS`` is overtaken here as well.

    Raises:
        IdempotencyKeyReused: Another request of this process works on the key, and is not the same.
        RequestInProgress: The same request is at work in this process.
    """
    key = attempt.key_hash
    if key is None:
        yield
        return
    with _at_work_lock:
        other, since = _at_work.get(key, (attempt, -math.inf))
        if seconds_passed() - since < CLAIM_SECONDS:
            if not hmac.compare_digest(other.fingerprint, attempt.fingerprint):
                raise IdempotencyKeyReused
            raise RequestInProgress
        _at_work[key] = (attempt, seconds_passed())
    try:
        yield
    finally:
        with _at_work_lock:
            if _works_here(attempt):
                del _at_work[key]


def _works_here(attempt: Attempt) -> bool:
    """Return whether this attempt, and no other of this process, works on its key."""
    return attempt.key_hash is not None and _at_work.get(attempt.key_hash, (None,))[0] is attempt


def is_known(session: Session, attempt: Attempt) -> bool:
    """Return whether a request with this key came before, as far as a read without locks can tell."""
    found = select(StoredAnswer.key_hash).where(StoredAnswer.key_hash == attempt.key_hash)
    return session.scalar(found) is not None


def claim(session: Session, attempt: Attempt, *, subject: str | None = None) -> Claim:
    """Claim the request's key, before anything else in the transaction is decided.

    The key comes first and the stock second: a repeat must meet its own answer, not
    the empty shelf that its first run left.

    Args:
        session: From ``transaction()``.
        attempt: The key of the request.
        subject: What the transaction is going to make, where that is known beforehand; else see
            :func:`remember`.

    Raises:
        Replay: It was answered; the stored answer is inside.
        IdempotencyKeyReused: It was used with another request.
        RequestInProgress: Another request holds it.
    """
    if attempt.key_hash is None:
        return Claim(None, secrets.token_bytes(32))
    nonce = secrets.token_bytes(32)
    try:
        if claim_key(session, attempt.key_hash, attempt.fingerprint, nonce, subject):
            return Claim(attempt.key_hash, nonce)
        stale_before = database_moment(session) - timedelta(seconds=CLAIM_SECONDS)
        row = session.execute(
            select(StoredAnswer, (StoredAnswer.claimed_at < stale_before).label("stale"))
            .where(StoredAnswer.key_hash == attempt.key_hash)
            .with_for_update()
        ).one()
    except DBAPIError as error:
        # Only the same key is waited for here: its twin has claimed it and has not committed.
        if is_lock_timeout(error):
            raise RequestInProgress from error
        raise
    stored: StoredAnswer = row[0]
    if not hmac.compare_digest(stored.fingerprint, attempt.fingerprint):
        raise IdempotencyKeyReused
    if stored.status is not None:
        raise Replay(replayed(stored))
    left_here = stored.holder == holder() and _works_here(attempt)
    if not row.stale and not left_here and holder_lives(stored.holder):
        raise RequestInProgress
    session.execute(
        update(StoredAnswer)
        .where(StoredAnswer.key_hash == attempt.key_hash)
        .values(holder=holder(), claimed_at=database_now(), subject=stored.subject or subject)
    )
    return Claim(attempt.key_hash, stored.nonce, stored.subject)


def remember(session: Session, claim_: Claim, *, subject: str) -> None:
    """Note what the first transaction made, so that a crash before the second can be resumed."""
    if claim_.key_hash is not None:
        session.execute(
            update(StoredAnswer).where(StoredAnswer.key_hash == claim_.key_hash).values(subject=subject)
        )


def release(session: Session, claim_: Claim) -> None:
    """Give a claim up, because the work failed and may be tried again under the same key."""
    if claim_.key_hash is not None:
        session.execute(
            update(StoredAnswer)
            .where(StoredAnswer.key_hash == claim_.key_hash, StoredAnswer.status.is_(None))
            .values(holder="")
        )


def answer(session: Session, claim_: Claim, response: Answer) -> Answer:
    """Store the answer in the transaction of its effect; return it.

    The secret that the claim derived is taken out of what is stored. Where a claim was so slow
    that another request took it over and answered, that answer stands.
    """
    if claim_.key_hash is None:
        return response
    body = without_secret(response.get_data(), claim_.nonce)
    stored = session.scalar(
        update(StoredAnswer)
        .where(StoredAnswer.key_hash == claim_.key_hash, StoredAnswer.status.is_(None))
        .values(status=response.status_code, body=body, location=response.headers.get("Location"))
        .returning(StoredAnswer.key_hash)
    )
    return response if stored else replayed(session.get_one(StoredAnswer, claim_.key_hash))


def _digest(*parts: str | bytes) -> str:
    sha = hashlib.sha256()
    for part in parts:
        raw = part.encode() if isinstance(part, str) else part
        sha.update(len(raw).to_bytes(8, "big") + raw)
    return sha.hexdigest()
