"""An order becoming money: the one function that a webhook, a return page and an operator call.

Stripe is read afresh, and only what it says now decides (:mod:`shop.checkout.outcomes`). Each
step is a conditional statement, so of callers that arrive together one acts and the others find
it done.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from shop.checkout import outcomes
from shop.config import Settings
from shop.kit.clock import database_now
from shop.kit.db import db, retries_conflicts, transaction
from shop.orders import refunds
from shop.orders import service as orders
from shop.payments import captures, disputes
from shop.payments import service as payments
from shop.payments.errors import PaymentNotOpened, PaymentProviderUnavailable
from shop.payments.gateway import StripeGateway
from shop.payments.models import Payment, PaymentDispute
from shop.payments.results import DisputeState, OpenedCheckout, PaymentState


def settle(payment_id: UUID, settings: Settings, gateway: StripeGateway) -> None:
    """Bring an order in line with its payment as Stripe holds it now. Safe to repeat.

    Args:
        payment_id: The payment.
        settings: Says whether money is real.
        gateway: To Stripe.

    Raises:
        PaymentProviderUnavailable: Nothing was decided; call again.
    """
    session_id = _session_id(payment_id, gateway)
    if session_id is not None:
        if apply(payment_id, gateway.read_payment(session_id), settings):
            gateway.close_checkout(session_id)
        elif payments.is_to_be_closed(db.session(), payment_id):
            apply(payment_id, gateway.close_checkout(session_id), settings)
        send_decision(payment_id, settings, gateway)
    refunds.send_owed(payment_id, gateway)


def close(payment_id: UUID, settings: Settings, gateway: StripeGateway) -> None:
    """Make a payment impossible, then free what it held; a payment already made wins.

    Raises:
        PaymentProviderUnavailable: Stock stays held until Stripe has answered.
    """
    session_id = _session_id(payment_id, gateway)
    if session_id is not None:
        apply(payment_id, gateway.close_checkout(session_id), settings)
        send_decision(payment_id, settings, gateway)
    refunds.send_owed(payment_id, gateway)


def _session_id(payment_id: UUID, gateway: StripeGateway) -> str | None:
    """Return Stripe's id of a payment, asking for it again where it is not stored.

    Stripe may have been asked without the answer being stored: the same key gives the same
    payment. Where Stripe will never open it, the order is given up.
    """
    stored = db.session().scalar(select(Payment.session_id).where(Payment.id == payment_id))
    if stored is not None:
        return stored
    try:
        opened = payments.ask_stripe(gateway, payment_id)
    except PaymentNotOpened:
        abandon(payment_id)
        return None
    except PaymentProviderUnavailable:
        # Stripe repeats a stored failure for as long as it keeps the key. Past its end the
        # payment cannot be made, and its address never left the shop.
        if not abandon(payment_id, only_past_end=True):
            raise
        return None
    _record_opened(payment_id, opened)
    return opened.session_id


@retries_conflicts
def _record_opened(payment_id: UUID, opened: OpenedCheckout) -> None:
    with transaction() as session:
        payments.record_opened(session, payment_id, opened)


@retries_conflicts
def abandon(payment_id: UUID, *, only_past_end: bool = False) -> bool:
    """Give up an order whose payment was never opened; return whether this call did it.

    Args:
        payment_id: The payment.
        only_past_end: Leave it while it could still be made.
    """
    with transaction() as session:
        payment, order = outcomes.lock_both(session, payment_id)
        if only_past_end and payment.ends_at > session.scalars(select(database_now())).one():
            return False
        given_up = payments.move(session, payment_id, "failed", from_=("opening",), reason="never opened")
        if given_up:
            outcomes.give_up(session, order, payment)
        return given_up


@retries_conflicts
def apply(payment_id: UUID, state: PaymentState, settings: Settings) -> bool:
    """Apply what Stripe says to payment, order, stock, cart and checkout in one transaction.

    Returns:
        Whether the payment is not ours to take though it could still be made: close it.
    """
    with transaction() as session:
        payment, order = outcomes.lock_both(session, payment_id)
        return outcomes.follow(session, payment, order, state, settings)


def send_decision(payment_id: UUID, settings: Settings, gateway: StripeGateway) -> None:
    """Tell Stripe what was decided on authorized money, and apply what came of it. Safe to repeat.

    Raises:
        PaymentProviderUnavailable: The decision stands and is sent again.
    """
    decision = captures.to_send(payment_id)
    if decision is None:
        return
    session_id = db.session().scalars(select(Payment.session_id).where(Payment.id == payment_id)).one()
    assert session_id is not None
    taken = captures.send(gateway, decision)
    state = gateway.read_payment(session_id)
    apply(payment_id, state, settings)
    if not taken and state.status == "authorized":
        _note_refused(payment_id)


@retries_conflicts
def _note_refused(payment_id: UUID) -> None:
    """Note that Stripe refused a decision though the money is still there to be decided on."""
    with transaction() as session:
        payments.lock_payment(session, payment_id)
        captures.finish(session, payment_id, succeeded=False)


def record_dispute(payment_id: UUID, dispute_id: str, gateway: StripeGateway) -> None:
    """Note how a dispute of a payment stands. While it is open, nothing of it is given back.

    Raises:
        PaymentProviderUnavailable: Call again.
    """
    _record_dispute(payment_id, gateway.read_dispute(dispute_id))


@retries_conflicts
def _record_dispute(payment_id: UUID, state: DisputeState) -> None:
    with transaction() as session:
        payment, order = outcomes.lock_both(session, payment_id)
        if disputes.record(session, payment, state):
            detail = f"{state.reason}, {state.amount} minor units"
            kind = "disputed" if state.status == "open" else f"dispute_{state.status}"
            orders.record(session, order.id, kind, detail=detail)


def look_after_disputes(payment_id: UUID, gateway: StripeGateway) -> None:
    """Read a payment's undecided disputes afresh.

    Raises:
        PaymentProviderUnavailable: Call again.
    """
    undecided = db.session().scalars(
        select(PaymentDispute.id).where(
            PaymentDispute.payment_id == payment_id, PaymentDispute.status == "open"
        )
    )
    for dispute_id in list(undecided):
        record_dispute(payment_id, dispute_id, gateway)
