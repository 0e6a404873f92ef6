"""What time does by itself: sessions expire, holds lapse, late answers arrive, records are forgotten."""

from __future__ import annotations

from . import checkout_payment, checkout_sessions, idempotency, payment_intents, refunds
from .events import KEPT_SECONDS
from .state import State
from .store import Record


def apply(state: State) -> int:
    """Apply everything that is due by the double's clock and tell how many objects changed."""
    changed = 0
    with state.operation():
        while due := state.store.due(state.clock.now()):
            # One at a time: what happens to the first may take the next one off the list.
            _fall_due(state, due[0])
            changed += 1
    return changed


def _fall_due(state: State, record: Record) -> None:
    record.due_at = None
    if record.kind == "checkout.session":
        checkout_sessions.close(state, record)
    elif record.kind == "refund":
        refunds.fall_due(state, record)
    elif record.body["status"] == "processing":
        checkout_payment.settle_delayed(state, record, succeed=True)
    else:
        payment_intents.close(state, record, "automatic")


def forget(state: State) -> None:
    """Drop events older than 30 days and idempotency keys older than 24 hours."""
    with state.operation():
        oldest = state.now() - KEPT_SECONDS
        state.store.run(
            "DELETE FROM deliveries WHERE event_id IN"
            " (SELECT id FROM objects WHERE kind = 'event' AND created < ?)",
            oldest,
        )
        state.store.run("DELETE FROM objects WHERE kind = 'event' AND created < ?", oldest)
        idempotency.forget(state)
