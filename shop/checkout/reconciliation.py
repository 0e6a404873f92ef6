"""Finding what webhooks lost: unsettled payments are read afresh, and missed events fetched."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from shop.checkout import inbox, settlement
from shop.config import Settings
from shop.kit.clock import database_now
from shop.kit.db import db, retries_conflicts, transaction
from shop.kit.idempotency import CLAIM_SECONDS
from shop.kit.stored_answers import forget_old_answers, let_go_of_old_claims
from shop.payments import inbox as kept
from shop.payments import service as payments
from shop.payments.errors import PaymentProviderUnavailable
from shop.payments.gateway import StripeGateway

logger = logging.getLogger("shop.checkout")

#: How far back events are looked for. Stripe itself tries to deliver one for as long.
EVENT_HOURS = 72


@dataclass(frozen=True, slots=True)
class Report:
    """How a run went.

    Attributes:
        asked: Payments asked about.
        failed: Those that could not be settled now.
        fetched: Events that no webhook had brought.
        waiting: Events that could not have their effect now.
        quarantined: Orders whose payment is not the one asked for; a person must look.
    """

    asked: int
    failed: int
    fetched: int
    waiting: int
    quarantined: list[str]


def reconcile(settings: Settings, gateway: StripeGateway) -> Report:
    """Settle every payment that may have changed unheard, and work on events that never arrived.

    Owed refunds and decisions are sent, old answers and events forgotten. Safe to run at any
    time, beside webhooks and beside itself.
    """
    asked = payments.unsettled(db.session())
    failed = 0
    for payment_id in asked:
        try:
            settlement.settle(payment_id, settings, gateway)
            settlement.look_after_disputes(payment_id, gateway)
        except PaymentProviderUnavailable:
            failed += 1
            logger.warning("payment %s was not answered for; it is asked about again later", payment_id)
        except Exception:
            # One that cannot be settled must not keep the others from it.
            failed += 1
            logger.exception("payment %s could not be settled", payment_id)
    fetched = _fetch_missed(settings, gateway)
    waiting = inbox.drain(settings, gateway)
    _forget_old(settings)
    return Report(len(asked), failed, fetched, waiting, payments.quarantined(db.session()))


@retries_conflicts
def _forget_old(settings: Settings) -> None:
    with transaction() as session:
        let_go_of_old_claims(session, seconds=CLAIM_SECONDS)
        forget_old_answers(session, hours=settings.answers_hours)
        kept.forget_old(session)


def _fetch_missed(settings: Settings, gateway: StripeGateway) -> int:
    """Put events that Stripe could not deliver into the inbox; return how many."""
    moment = db.session().scalars(select(database_now())).one()
    try:
        missed = gateway.undelivered(moment - timedelta(hours=EVENT_HOURS), inbox.TYPES)
    except PaymentProviderUnavailable:
        logger.warning("Stripe did not list its events; they are looked for again later")
        return 0
    missed = [notice for notice in missed if notice.livemode == settings.livemode]
    return kept.receive(missed) if missed else 0
