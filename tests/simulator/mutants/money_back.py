"""Bugs of money that goes back, and of money that a bank only holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete
from sqlalchemy.orm import Session

from shop.checkout import outcomes
from shop.kit.db import transaction
from shop.orders import refunds as order_refunds
from shop.orders.models import RefundedLine
from shop.payments import captures, refunds
from shop.payments.errors import PaymentProviderUnavailable
from shop.payments.gateway import StripeGateway
from shop.payments.models import Payment, Refund
from shop.payments.results import RefundState
from tests.simulator.mutants.mutant import Mutant, without_checks, without_index
from tests.simulator.replacing import replaced
from tests.simulator.world import World


@contextmanager
def refund_new_key(world: World) -> Iterator[None]:
    """Each try of a refund has a key of its own."""
    original = StripeGateway.refund

    def refund(self: StripeGateway, intent_id: str, amount: int, *, refund_id: UUID) -> Any:
        return original(self, intent_id, amount, refund_id=uuid4())

    with replaced(StripeGateway, refund=refund):
        yield


@contextmanager
def refund_forgotten(world: World) -> Iterator[None]:
    """A refund that fails is forgotten, row and key."""
    original = refunds.ask

    def ask(gateway: StripeGateway, refund: refunds.Unsent) -> Any:
        try:
            return original(gateway, refund)
        except PaymentProviderUnavailable:
            with transaction() as session:
                session.execute(delete(RefundedLine).where(RefundedLine.refund_id == refund.id))
                session.execute(delete(Refund).where(Refund.id == refund.id))
                payment = session.get_one(Payment, refund.payment_id)
                payment.refunded_minor -= refund.amount_minor
            raise

    with replaced(refunds, ask=ask):
        yield


@contextmanager
def refund_unbounded(world: World) -> Iterator[None]:
    """What is left to give back is not looked at (nor by the database, a pair)."""

    def count(session: Session, payment_id: UUID, amount_minor: int) -> bool:
        payment = session.get_one(Payment, payment_id)
        payment.refunded_minor += amount_minor
        session.flush()
        return True

    with replaced(refunds, _count=count), without_checks(world):
        yield


@contextmanager
def dashboard_ignored(world: World) -> Iterator[None]:
    """A refund made in Stripe's dashboard is not taken over."""
    with replaced(order_refunds, take_over=lambda *_: None):
        yield


@contextmanager
def dashboard_taken_twice(world: World) -> Iterator[None]:
    """Each event about a refund books one more."""

    def of_stripe(session: Session, payment: Payment, state: RefundState) -> UUID:
        refunds._count(session, payment.id, state.amount)
        added = refunds._add(session, payment.id, state.amount, reason="dashboard", actor="stripe")
        return added.id

    with replaced(refunds, of_stripe=of_stripe):
        yield


@contextmanager
def key_thought_kept(world: World) -> Iterator[None]:
    """A refund is asked for again under a key that Stripe has forgotten, without a look before."""
    with replaced(refunds, KEY_HOURS=10**6):
        yield


@contextmanager
def rest_of_late_money_kept(world: World) -> Iterator[None]:
    """Where a part of late money went back in the dashboard, the rest stays."""
    with replaced(order_refunds, _owe_the_rest=lambda _: False):
        yield


@contextmanager
def decided_twice(world: World) -> Iterator[None]:
    """A second decision on authorized money is taken beside the first."""
    with without_index(world, "uq_capture_standing"):
        yield


@contextmanager
def old_read_undoes_decision(world: World) -> Iterator[None]:
    """Money read as authorized before it was decided on counts as authorized again."""
    original = outcomes._authorized

    def authorized(*asked: Any) -> None:
        with replaced(captures, standing=lambda *_: None):
            original(*asked)

    with replaced(outcomes, _authorized=authorized):
        yield


@contextmanager
def lapsed_authorization_waits(world: World) -> Iterator[None]:
    """Money that the bank let go leaves its order waiting to be captured."""
    original = outcomes._ended

    def ended(session: Session, payment: Payment, *more: Any) -> None:
        if payment.status != "authorized":
            original(session, payment, *more)

    with replaced(outcomes, _ended=ended):
        yield


MUTANTS = (
    Mutant("refund_nokey", "C31: medusa 16681", refund_new_key, caught_by=14),
    Mutant("refund_forgotten", "C31: medusa 16681", refund_forgotten, caught_by=5),
    Mutant("refund_unbounded", "C31: OFN 6330 (a pair)", refund_unbounded, caught_by=45),
    Mutant("dashboard_ignored", "C32: odoo 276154", dashboard_ignored, caught_by=5),
    Mutant("dashboard_taken_twice", "C32: solidus_stripe 281", dashboard_taken_twice, caught_by=5),
    Mutant(
        "key_thought_kept",
        "C31: saleor-apps 2446; our own, found by the simulator",
        key_thought_kept,
        caught_by=132,
    ),
    Mutant(
        "rest_of_late_money_kept",
        "C33; our own, found by the simulator",
        rest_of_late_money_kept,
        caught_by=5,
    ),
    Mutant("decided_twice", "C32: saleor 10925", decided_twice, caught_by=3),
    Mutant(
        "old_read_undoes_decision",
        "C39; our own, found by the simulator",
        old_read_undoes_decision,
        caught_by=15,
    ),
    Mutant("lapsed_authorization_waits", "C30: medusa 16398", lapsed_authorization_waits, caught_by=4),
)
