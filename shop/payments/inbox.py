"""The inbox of Stripe's events: kept before they are answered for, and worked on afterwards."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from shop.kit.clock import database_now
from shop.kit.db import insert_if_absent, retries_conflicts, transaction
from shop.kit.stored_answers import database_moment
from shop.payments.models import StripeEvent
from shop.payments.results import Notice

#: Events are kept this long once they had their effect; Stripe itself keeps them so.
KEPT_DAYS = 30


@retries_conflicts
def receive(notices: Iterable[Notice]) -> int:
    """Put events into the inbox; return how many were not there yet."""
    with transaction() as session:
        return sum(
            insert_if_absent(
                session,
                StripeEvent,
                "id",
                id=notice.event_id,
                type=notice.type,
                object_id=notice.object_id,
                received_at=database_now(),
            )
            for notice in notices
        )


def waiting(session: Session, *, seconds: float = 0, limit: int = 100) -> list[str]:
    """Return the ids of events whose effect is still to come, oldest first.

    Args:
        session: To read with.
        seconds: Only those that have waited this long; younger ones are just being worked on.
        limit: How many at most.
    """
    before = database_moment(session) - timedelta(seconds=seconds)
    return list(
        session.scalars(
            select(StripeEvent.id)
            .where(StripeEvent.handled_at.is_(None), StripeEvent.received_at <= before)
            .order_by(StripeEvent.attempts, StripeEvent.received_at)
            .limit(limit)
        )
    )


def backlog(session: Session) -> int:
    """Return how many events' effects are still to come."""
    return session.scalars(select(func.count()).where(StripeEvent.handled_at.is_(None))).one()


@retries_conflicts
def try_again(event_id: str) -> StripeEvent | None:
    """Count a try at an event's effect; return the event, None where it had its effect."""
    with transaction() as session:
        return session.scalar(
            update(StripeEvent)
            .where(StripeEvent.id == event_id, StripeEvent.handled_at.is_(None))
            .values(attempts=StripeEvent.attempts + 1)
            .returning(StripeEvent)
        )


@retries_conflicts
def handled(event_id: str) -> None:
    """Note that an event has had its effect."""
    with transaction() as session:
        session.execute(
            update(StripeEvent)
            .where(StripeEvent.id == event_id, StripeEvent.handled_at.is_(None))
            .values(handled_at=database_now())
        )


def forget_old(session: Session) -> None:
    """Delete events that had their effect long ago."""
    limit = database_moment(session) - timedelta(days=KEPT_DAYS)
    session.execute(delete(StripeEvent).where(StripeEvent.handled_at < limit))
