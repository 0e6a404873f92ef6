"""Promises about repeats: I10, I12, I13."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import String, cast, func, select
from sqlalchemy.orm import Session

from shop.kit.stored_answers import StoredAnswer
from shop.payments.models import LedgerEntry, Refund, StripeEvent
from shop.verification.promises import Finding, Invariant


def _codes(_session: Session) -> Iterator[Finding]:
    """Find nothing: the shop sells by no codes yet. ``tests/attacks`` notices when it does."""
    yield from ()


def _one_answer(session: Session) -> Iterator[Finding]:
    rows = session.scalars(
        select(StoredAnswer.key_hash).where(
            (func.length(StoredAnswer.fingerprint) != 64)
            | (StoredAnswer.status.is_(None) != StoredAnswer.body.is_(None))
        )
    )
    for key_hash in rows:
        yield (
            f"key {key_hash[:12]}",
            "its answer is kept by half",
            "Delete the row; its request may be repeated.",
        )


def _one_effect(session: Session) -> Iterator[Finding]:
    """Each event once, and each movement of money for an object that exists."""
    early = session.scalars(select(StripeEvent.id).where(StripeEvent.handled_at < StripeEvent.received_at))
    for event_id in early:
        yield f"event {event_id}", "it had its effect before it came", "See who may write to the database."
    # The id of a payment is text with or without hyphens, as its engine keeps it.
    payment = func.replace(cast(LedgerEntry.payment_id, String), "-", "")
    captured = LedgerEntry.kind == "captured"
    astray = session.scalars(
        select(LedgerEntry.reference).where(
            captured & (func.replace(LedgerEntry.reference, "-", "") != "captured" + payment)
        )
    )
    known = {
        f"{kind}-{refund_id}"
        for refund_id in session.scalars(select(Refund.id))
        for kind in ("refunded", "refund_failed")
    }
    given_back = session.scalars(
        select(LedgerEntry.reference).where(LedgerEntry.kind.in_(("refunded", "refund_failed")))
    )
    for reference in (*astray, *(each for each in given_back if each not in known)):
        yield f"ledger {reference}", "nothing of that name moved money", "Compare with Stripe."


REPEATS = (
    Invariant("I10", "A code is used no more often than it may be (there are no codes yet).", _codes),
    Invariant("I12", "A key has one request and one answer.", _one_answer),
    Invariant("I13", "An event has its effect once, and money moves once.", _one_effect),
)
