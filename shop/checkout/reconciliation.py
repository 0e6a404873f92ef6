"""Finding what webhooks lost: every unsettled payment is read afresh."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from shop.checkout import settlement
from shop.config import Settings
from shop.kit.db import db, transaction
from shop.kit.stored_answers import forget_old_answers
from shop.payments import service as payments
from shop.payments.errors import PaymentProviderUnavailable
from shop.payments.gateway import StripeGateway

logger = logging.getLogger("shop.checkout")


@dataclass(frozen=True, slots=True)
class Report:
    """How a run went.

    Attributes:
        asked: Payments asked about.
        failed: Those that could not be settled now.
        quarantined: Orders whose payment is not the one asked for; a person must look.
    """

    asked: int
    failed: int
    quarantined: list[str]


def reconcile(settings: Settings, gateway: StripeGateway) -> Report:
    """Settle every payment that may have changed unheard, send refunds still owed, forget old answers.

    Safe to run at any time, beside webhooks and beside itself.
    """
    waiting = payments.unsettled(db.session())
    failed = 0
    for payment_id in waiting:
        try:
            settlement.settle(payment_id, settings, gateway)
        except PaymentProviderUnavailable:
            failed += 1
            logger.warning("payment %s was not answered for; it is asked about again later", payment_id)
        except Exception:
            # One that cannot be settled must not keep the others from it.
            failed += 1
            logger.exception("payment %s could not be settled", payment_id)
    with transaction() as session:
        forget_old_answers(session, hours=settings.answers_hours)
    return Report(len(waiting), failed, payments.quarantined(db.session()))
