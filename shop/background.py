"""What a served shop does by itself: the inbox, the outbox, and asking Stripe on a timer, jobs.

Every worker has these threads, and leases and claims see to it that one of them does what is due. Nothing
depends on it for safety: ended holds are buyable without it, and a lost webhook costs time.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from flask import Flask

from shop.checkout import inbox as meaning
from shop.checkout.reconciliation import reconcile
from shop.config import current_settings
from shop.kit.db import db
from shop.kit.leases import take_lease
from shop.outbox import service as outbox
from shop.payments import inbox
from shop.payments.current import current_gateway
from shop.seeding import jobs

logger = logging.getLogger("shop.background")

#: How often it looks whether something is due. Seconds.
PAUSE_SECONDS = 1.0

#: An event this old is no longer being worked on by whoever received it. Seconds.
EVENT_SECONDS = 15.0

_NAME = "shop-background"


def start(app: Flask) -> threading.Event:
    """Start the threads; they end with the process, or soon after the returned event is set.

    Jobs have a thread of their own: one may take minutes, and money does not wait for it.
    """
    stopping = threading.Event()

    def run(work: Callable[[], object]) -> None:
        while not stopping.wait(PAUSE_SECONDS):
            try:
                with app.app_context():
                    work()
            except Exception:
                # The database may be away; it is looked for again.
                logger.exception("the background work failed and is tried again")

    for work in (lambda: look(due_events=EVENT_SECONDS), do_jobs):
        threading.Thread(target=run, args=(work,), name=_NAME, daemon=True).start()
    return stopping


def running() -> list[threading.Thread]:
    """Return the threads that were started and have not ended."""
    return [thread for thread in threading.enumerate() if thread.name == _NAME]


def do_jobs() -> None:
    """Do the jobs that are due, one after another."""
    while jobs.anything_waits(db.session()) and jobs.run_next():
        pass


def look(*, due_events: float = 0) -> None:
    """Do once what is due.

    Args:
        due_events: Leave events younger than this to whoever received them. Seconds.
    """
    settings = current_settings()
    if inbox.waiting(db.session(), seconds=due_events, limit=1) and take_lease("inbox", 10):
        meaning.drain(settings, current_gateway(), seconds=due_events)
    if settings.mail_url and outbox.anything_waits(db.session()) and take_lease("outbox", 10):
        outbox.send_waiting(settings)
    if take_lease("reconcile", settings.reconcile_seconds):
        report = reconcile(settings, current_gateway())
        if report.failed or report.waiting or report.quarantined:
            logger.warning("reconciled: %s", report)
