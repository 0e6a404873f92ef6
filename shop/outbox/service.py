"""Writing a message down in the transaction of what it tells of, and sending it afterwards."""

from __future__ import annotations

import logging
from typing import Any, Literal

from sqlalchemy import func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from shop.config import Settings
from shop.kit.clock import database_now
from shop.kit.db import db, leave_database, retries_conflicts, transaction
from shop.outbox import mail
from shop.outbox.models import OutboxMessage

logger = logging.getLogger("shop.outbox")

Kind = Literal["order_confirmed", "payment_returned", "order_refunded", "order_shipped"]


def owe(session: Session, kind: Kind, subject: object, *, recipient: str, facts: dict[str, Any]) -> None:
    """Write a message down, once for its kind and subject.

    Args:
        session: From ``transaction()``.
        kind: What it tells.
        subject: What it is about.
        recipient: E-mail address.
        facts: What its text is filled in with.
    """
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    session.execute(
        dialect.insert(OutboxMessage)
        .values(
            kind=kind,
            subject=str(subject),
            recipient=recipient,
            facts=facts,
            created_at=session.scalars(select(database_now())).one(),
        )
        .on_conflict_do_nothing(index_elements=["kind", "subject"])
    )


def anything_waits(session: Session) -> bool:
    """Return whether a message is still to be sent."""
    waiting = select(OutboxMessage.id).where(OutboxMessage.sent_at.is_(None)).limit(1)
    return session.scalar(waiting) is not None


def backlog(session: Session) -> int:
    """Return how many messages are still to be sent."""
    return session.scalars(select(func.count()).where(OutboxMessage.sent_at.is_(None))).one()


def send_waiting(settings: Settings, *, limit: int = 100) -> int:
    """Send what waits in the outbox; return how many messages still wait.

    A message is marked once it was handed over: after a crash in between it is handed over
    again, under the same Message-ID. Without an address for mail nothing is sent.

    Args:
        settings: Where messages go.
        limit: How many to try at most.
    """
    rows = (
        db.session()
        .execute(
            select(OutboxMessage.id, OutboxMessage.kind, OutboxMessage.recipient, OutboxMessage.facts)
            .where(OutboxMessage.sent_at.is_(None))
            .order_by(OutboxMessage.attempts, OutboxMessage.id)
            .limit(limit)
        )
        .all()
    )
    if not settings.mail_url:
        return len(rows)
    waiting = 0
    for row in rows:
        leave_database()
        try:
            mail.send(
                mail.compose(row.id, row.kind, row.recipient, row.facts, sender=settings.mail_from), settings
            )
        except mail.MailError as error:
            waiting += 1
            logger.warning("message %s waits: the mail server did not take it (%s)", row.id, error)
            _note(row.id, sent=False)
        else:
            _note(row.id, sent=True)
    return waiting


@retries_conflicts
def _note(message_id: int, *, sent: bool) -> None:
    with transaction() as session:
        session.execute(
            update(OutboxMessage)
            .where(OutboxMessage.id == message_id, OutboxMessage.sent_at.is_(None))
            .values(attempts=OutboxMessage.attempts + 1, sent_at=database_now() if sent else None)
        )
