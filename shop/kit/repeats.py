"""Work that happens once for its Idempotency-Key: in one transaction, or in two around a call."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from sqlalchemy.orm import Session

from shop.kit.db import retries_conflicts, transaction
from shop.kit.idempotency import Attempt, Claim, Replay, answer, at_work, claim, release
from shop.kit.stored_answers import Answer

M = TypeVar("M")
T = TypeVar("T")


def once(attempt: Attempt, work: Callable[[Session, Claim], Answer]) -> Answer:
    """Do the work of a request in one transaction, or answer as it was answered before.

    Args:
        attempt: From :func:`shop.kit.idempotency.read_attempt`.
        work: Joins the transaction and renders the answer from it. What it refuses is not
            stored: the same request may be sent again when the reason is gone.

    Raises:
        IdempotencyKeyReused: The key was used with another request.
        RequestInProgress: Another request with the key is at work.
    """

    @retries_conflicts
    def run() -> Answer:
        with transaction() as session:
            held = claim(session, attempt)
            return answer(session, held, work(session, held))

    try:
        with at_work(attempt):
            return run()
    except Replay as replay:
        return replay.response


def in_two_steps(
    attempt: Attempt,
    *,
    first: Callable[[Session, Claim], M],
    again: Callable[[str], M],
    between: Callable[[M], T],
    last: Callable[[Session, Claim, T], Answer],
    subject: str | None = None,
) -> Answer:
    """Do work that leaves the machine between two transactions, once for its key.

    Args:
        attempt: From :func:`shop.kit.idempotency.read_attempt`.
        first: Joins the transaction that claims the key. It makes something, remembers it
            (:func:`shop.kit.idempotency.remember`) for whoever goes on after a crash, and returns it. What it
            refuses is not stored.
        again: Finds what an earlier try remembered, outside any transaction.
        between: Gets what was made, outside any transaction; safe to repeat.
        last: Joins the transaction that stores the answer, and renders it.
        subject: What ``first`` is going to make, where that is known beforehand: it is remembered
            with the claim, and not by a statement of its own.

    Raises:
        IdempotencyKeyReused: The key was used with another request.
        RequestInProgress: Another request with the key is at work.
    """

    @retries_conflicts
    def begin() -> tuple[Claim, M | None]:
        with transaction() as session:
            held = claim(session, attempt, subject=subject)
            return held, None if held.subject else first(session, held)

    @retries_conflicts
    def finish(held: Claim, found: T) -> Answer:
        with transaction() as session:
            return answer(session, held, last(session, held, found))

    @retries_conflicts
    def give_up(held: Claim) -> None:
        with transaction() as session:
            release(session, held)

    try:
        with at_work(attempt):
            held, made = begin()
            try:
                return finish(held, between(again(held.subject) if held.subject else cast(M, made)))
            except BaseException:
                give_up(held)
                raise
    except Replay as replay:
        return replay.response
