"""Bugs of money: charged twice, kept for nothing, counted before it is there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import update
from sqlalchemy.orm import Session

from shop.cart import service as carts
from shop.checkout import outcomes, settlement
from shop.kit.clock import database_now
from shop.kit.db import transaction
from shop.orders import service as orders
from shop.orders.models import Order
from shop.payments import gateway as gateways
from shop.payments import service as payments
from shop.payments.errors import PaymentProviderUnavailable
from shop.payments.gateway import StripeGateway
from shop.payments.models import Payment
from shop.payments.results import OpenedCheckout, PaymentState
from tests.simulator.mutants.mutant import Mutant
from tests.simulator.replacing import replaced
from tests.simulator.world import World


@contextmanager
def new_key_on_retry(world: World) -> Iterator[None]:
    """Each try asks Stripe under a key of its own."""
    original = StripeGateway.open_checkout

    def open_checkout(self: StripeGateway, params: Any, *, key: str) -> OpenedCheckout:
        return original(self, params, key=f"{key}-{uuid4()}")

    with replaced(StripeGateway, open_checkout=open_checkout):
        yield


@contextmanager
def last_answer_wins(world: World) -> Iterator[None]:
    """With new keys, and the payment recorded first is replaced by the one that answers last."""

    def record_opened(session: Session, payment_id: UUID, opened: OpenedCheckout) -> Payment:
        found = session.get_one(Payment, payment_id)
        found.session_id, found.url, found.client_secret = opened.session_id, opened.url, opened.client_secret
        found.status = "open" if found.status == "opening" else found.status
        session.flush()
        return found

    with new_key_on_retry(world), replaced(payments, record_opened=record_opened):
        yield


@contextmanager
def params_renewed(world: World) -> Iterator[None]:
    """A repeat asks Stripe something else under the same key: the time to pay begins anew."""
    original = StripeGateway.open_checkout

    def open_checkout(self: StripeGateway, params: Any, *, key: str) -> OpenedCheckout:
        ends_at = int(world.now.timestamp()) + 45 * 60
        return original(self, {**params, "expires_at": ends_at}, key=key)

    with replaced(StripeGateway, open_checkout=open_checkout):
        yield


@contextmanager
def processing_completes(world: World) -> Iterator[None]:
    """A payment that was only accepted counts as paid (and the amount received is not compared)."""
    with _counted_as_paid("processing"):
        yield


@contextmanager
def authorized_completes(world: World) -> Iterator[None]:
    """Money that the bank only holds counts as paid (and the amount received is not compared)."""
    with _counted_as_paid("authorized"):
        yield


@contextmanager
def _counted_as_paid(status: str) -> Iterator[None]:
    original = gateways.payment_state

    def state(session: Any) -> PaymentState:
        found = original(session)
        return replace(found, status="paid", received=found.amount) if found.status == status else found

    with replaced(gateways, payment_state=state):
        yield


@contextmanager
def amount_not_compared(world: World) -> Iterator[None]:
    """What Stripe received is not held against what was asked."""
    with replaced(outcomes, mismatch=lambda *_, **__: None):
        yield


@contextmanager
def unguarded_payment(world: World) -> Iterator[None]:
    """A payment moves whatever it is: each caller acts anew."""

    def move(
        session: Session, payment_id: UUID, status: str, *, from_: Any, reason: str | None = None
    ) -> bool:
        session.execute(update(Payment).where(Payment.id == payment_id).values(status=status, reason=reason))
        return True

    with replaced(payments, move=move):
        yield


@contextmanager
def unguarded_transition(world: World) -> Iterator[None]:
    """Order and payment move whatever they are: what was decided is overwritten."""

    def move(session: Session, order_id: UUID, to: Any, *, detail: str | None = None) -> bool:
        session.execute(update(Order).where(Order.id == order_id).values(status=to))
        orders.record(session, order_id, to, detail=detail)
        return True

    with unguarded_payment(world), replaced(orders, move=move):
        yield


@contextmanager
def ignore_late_payment(world: World) -> Iterator[None]:
    """Money that comes for a dead order is kept."""
    with replaced(outcomes, reserve=lambda *_, **__: None):
        yield


@contextmanager
def cancel_beats_payment(world: World) -> Iterator[None]:
    """A shopper's wish to cancel wins over the payment that was made meanwhile."""
    original = outcomes._paid

    def paid(session: Session, payment: Payment, order: Order, state: PaymentState) -> None:
        if payment.cancel_asked:
            payments.move(session, payment.id, "canceled", from_=("open", "opening", "processing"))
            outcomes.give_up(session, order, payment)
        else:
            original(session, payment, order, state)

    with replaced(outcomes, _paid=paid):
        yield


@contextmanager
def cart_mutable(world: World) -> Iterator[None]:
    """A cart may be changed while it is paid for."""
    with replaced(carts, _require_open=lambda _: None):
        yield


@contextmanager
def release_before_close(world: World) -> Iterator[None]:
    """The pieces are freed first, and the payment closed afterwards."""
    original = settlement.close

    def close(payment_id: UUID, *more: Any) -> None:
        with transaction() as session:
            payment, order = outcomes.lock_both(session, payment_id)
            if payments.move(session, payment_id, "canceled", from_=("opening", "open")):
                outcomes.give_up(session, order, payment)
        original(payment_id, *more)

    with replaced(settlement, close=close):
        yield


@contextmanager
def closed_in_doubt(world: World) -> Iterator[None]:
    """No answer from Stripe counts as: closed."""
    original = StripeGateway.close_checkout

    def close_checkout(self: StripeGateway, session_id: str) -> PaymentState:
        try:
            return original(self, session_id)
        except PaymentProviderUnavailable:
            with transaction() as session:
                payment = session.query(Payment).filter(Payment.session_id == session_id).one()
                amount, currency, reference = payment.amount_minor, payment.currency, payment.reference
            return PaymentState(session_id, "expired", amount, 0, currency, reference, False, None)

    with replaced(StripeGateway, close_checkout=close_checkout):
        yield


@contextmanager
def reaper_asks_nobody(world: World) -> Iterator[None]:
    """Payments past their end are given up by our clock, without asking Stripe."""
    original = payments.unsettled

    def unsettled(session: Session) -> Iterable[UUID]:
        with transaction() as writing:
            late = writing.query(Payment).filter(
                Payment.status.in_(("opening", "open")), Payment.ends_at < database_now()
            )
            for payment in late.all():
                _, order = outcomes.lock_both(writing, payment.id)
                payments.move(writing, payment.id, "expired", from_=("opening", "open"))
                outcomes.give_up(writing, order, payment)
        return original(session)

    with replaced(payments, unsettled=unsettled):
        yield


@contextmanager
def never_opened_waits(world: World) -> Iterator[None]:
    """An order whose payment Stripe will never open is not given up."""
    with replaced(settlement, abandon=lambda *_, **__: False):
        yield


@contextmanager
def unheard_processing(world: World) -> Iterator[None]:
    """The reconciler asks about open payments only: neither those on their way nor owed refunds."""
    original = payments.unsettled

    def unsettled(session: Session) -> list[UUID]:
        return [found for found in original(session) if session.get_one(Payment, found).status == "open"]

    with replaced(payments, unsettled=unsettled):
        yield


MUTANTS = (
    Mutant("new_key_on_retry", "C24: wc-stripe 489", new_key_on_retry, caught_by=9),
    Mutant(
        "last_answer_wins", "C25, C34: wc-stripe 831, saleor 12652 (a pair)", last_answer_wins, caught_by=9
    ),
    Mutant("params_renewed", "C24: vendure 2364", params_renewed, caught_by=2),
    Mutant("processing_completes", "C29: medusa 14205 (a pair)", processing_completes, caught_by=18),
    Mutant("authorized_completes", "C29: medusa 14205 (a pair)", authorized_completes),
    Mutant("amount_not_compared", "C43: evershop 1025", amount_not_compared, caught_by=374),
    Mutant("unguarded_payment", "C27: medusa 13301", unguarded_payment, caught_by=2),
    Mutant("unguarded_transition", "A10: sylius 3138 (a pair)", unguarded_transition),
    Mutant("ignore_late_payment", "C33: saleor 14733", ignore_late_payment, caught_by=5),
    Mutant("cancel_beats_payment", "C34: saleor 12652", cancel_beats_payment, caught_by=19),
    Mutant("cart_mutable", "C43: wc-stripe 4093", cart_mutable, caught_by=20),
    Mutant("release_before_close", "C33: medusa 4946", release_before_close, caught_by=2),
    Mutant("closed_in_doubt", "C26: wc-stripe 3725", closed_in_doubt, caught_by=38),
    Mutant("reaper_asks_nobody", "C33: saleor 14733", reaper_asks_nobody, caught_by=325),
    Mutant("never_opened_waits", "C30: medusa 16398", never_opened_waits, caught_by=27),
    Mutant("unheard_processing", "C30: medusa 16398", unheard_processing, caught_by=36),
)
