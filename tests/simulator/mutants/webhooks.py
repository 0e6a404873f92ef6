"""Bugs of webhooks: acted on twice, in the wrong order, acknowledged and lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from flask import has_request_context, request
from sqlalchemy.orm import Session

from shop.checkout import inbox as meaning
from shop.checkout import outcomes, reconciliation, settlement
from shop.kit.db import transaction
from shop.orders import service as orders
from shop.orders.models import Order
from shop.payments import inbox, notices
from shop.payments import service as payments
from shop.payments.errors import BadSignature
from shop.payments.gateway import StripeGateway
from shop.payments.models import LIVE, Payment, StripeEvent
from shop.payments.results import Notice, PaymentState
from tests.simulator.mutants import money
from tests.simulator.mutants.mutant import Mutant
from tests.simulator.replacing import replaced
from tests.simulator.world import World


@contextmanager
def no_dedupe(world: World) -> Iterator[None]:
    """A delivery that is repeated acts again (inbox and transition, a pair)."""

    def again(event_id: str) -> StripeEvent:
        with transaction() as session:
            return session.get_one(StripeEvent, event_id)

    with replaced(inbox, try_again=again), money.unguarded_payment(world):
        yield


@contextmanager
def ack_unknown_order(world: World) -> Iterator[None]:
    """An event about a payment whose id is not stored yet is acknowledged and forgotten."""
    with replaced(payments, opening_payment=lambda *_: None):
        yield


@contextmanager
def ack_before_work(world: World) -> Iterator[None]:
    """An event counts as handled when its work begins, and a death loses it (with its like, a pair)."""
    original, meant = inbox.try_again, meaning._payment_of

    def of_session(notice: Notice, gateway: StripeGateway) -> UUID | None:
        # Several events tell of one payment; this shop listens to those of its session only.
        return None if notice.type.startswith("payment_intent.") else meant(notice, gateway)

    def try_again(event_id: str) -> StripeEvent | None:
        found = original(event_id)
        inbox.handled(event_id)
        return found

    with replaced(inbox, try_again=try_again), replaced(meaning, _payment_of=of_session):
        yield


@contextmanager
def left_in_the_inbox(world: World) -> Iterator[None]:
    """What could not be worked on at once is acknowledged all the same, and never tried again."""
    with replaced(meaning, drain=lambda *_, **__: 0):
        yield


@contextmanager
def missed_events_not_fetched(world: World) -> Iterator[None]:
    """The reconciler does not look for events that no webhook brought."""
    with replaced(reconciliation, _fetch_missed=lambda *_: 0):
        yield


@contextmanager
def failed_cancels_paid(world: World) -> Iterator[None]:
    """A declined try ends the order, whatever was paid after it."""
    original = meaning._payment_of

    def payment_of(notice: Notice, gateway: StripeGateway) -> UUID | None:
        found = original(notice, gateway)
        if found is not None and notice.type == "payment_intent.payment_failed":
            with transaction() as session:
                payment, order = outcomes.lock_both(session, found)
                if payments.move(session, payment.id, "failed", from_=LIVE):
                    outcomes.give_up(session, order, payment)
        return found

    with replaced(meaning, _payment_of=payment_of):
        yield


@contextmanager
def believes_events(world: World) -> Iterator[None]:
    """An order is paid because an event says so, and Stripe is not read: a late one says so too."""
    original = meaning._payment_of

    def payment_of(notice: Notice, gateway: StripeGateway) -> UUID | None:
        found = original(notice, gateway)
        if found is not None and notice.type == "checkout.session.completed":
            with transaction() as session:
                payment, order = outcomes.lock_both(session, found)
                _count_as_paid(session, payment, order)
        return found

    with replaced(meaning, _payment_of=payment_of):
        yield


@contextmanager
def expired_ignored(world: World) -> Iterator[None]:
    """A payment that can no longer be made leaves its order waiting."""
    with _deaf_to("expired"):
        yield


@contextmanager
def failed_ignored(world: World) -> Iterator[None]:
    """Money that was on its way and did not arrive leaves its order waiting."""
    with _deaf_to("failed"):
        yield


@contextmanager
def _deaf_to(status: str) -> Iterator[None]:
    original = settlement.apply

    def apply(payment_id: UUID, state: PaymentState, *more: Any) -> bool:
        return False if state.status == status else original(payment_id, state, *more)

    with replaced(settlement, apply=apply):
        yield


@contextmanager
def unsigned_believed(world: World) -> Iterator[None]:
    """A webhook's signature is not looked at."""
    original = notices._verified

    def verified(raw: bytes, *more: Any) -> str:
        try:
            return original(raw, *more)
        except BadSignature:
            return raw.decode()

    with replaced(notices, _verified=verified):
        yield


@contextmanager
def old_signature_believed(world: World) -> Iterator[None]:
    """A webhook signed long ago is believed: whoever recorded it may send it again."""
    with replaced(notices, TOLERANCE_SECONDS=10**9):
        yield


@contextmanager
def page_settles_itself(world: World) -> Iterator[None]:
    """The return page trusts that who comes back has paid."""
    original = settlement.settle

    def settle(payment_id: UUID, *more: Any) -> None:
        with transaction() as session:
            payment, order = outcomes.lock_both(session, payment_id)
            if _comes_back():
                _count_as_paid(session, payment, order)
        original(payment_id, *more)

    with replaced(settlement, settle=settle):
        yield


def _count_as_paid(session: Session, payment: Payment, order: Order) -> None:
    if not payments.move(session, payment.id, "paid", from_=LIVE):
        return
    session.refresh(payment)
    payment.captured_minor = payment.amount_minor
    session.flush()
    if outcomes._each_piece(session, order, outcomes._sell):
        orders.move(session, order.id, "paid")


def _comes_back() -> bool:
    return has_request_context() and request.path == "/checkout/return"


MUTANTS = (
    Mutant("no_dedupe", "C27, C35: medusa 13301, pinelab 620 (a pair)", no_dedupe, caught_by=2),
    Mutant("ack_unknown_order", "C36, C37: statamic 190, wc-stripe 5058", ack_unknown_order, caught_by=77),
    Mutant("ack_before_work", "C28: medusa 12790 (a pair)", ack_before_work, caught_by=219),
    Mutant("left_in_the_inbox", "C28, C37: medusa 4798, wc-stripe 5058", left_in_the_inbox, caught_by=1),
    Mutant(
        "missed_events_not_fetched",
        "C28; our own, found by the simulator",
        missed_events_not_fetched,
        caught_by=134,
    ),
    Mutant("failed_cancels_paid", "C39: solidus_stripe 189", failed_cancels_paid, caught_by=26),
    Mutant("believes_events", "C29, C39: stripe_event 75", believes_events, caught_by=7),
    Mutant("expired_ignored", "C30: medusa 16398", expired_ignored, caught_by=1),
    Mutant("failed_ignored", "C30: medusa 16398", failed_ignored, caught_by=4),
    Mutant("unsigned_believed", "E49: jobseek 3209", unsigned_believed, caught_by=17),
    Mutant("old_signature_believed", "E49: jobseek 3209", old_signature_believed, caught_by=10),
    Mutant("page_settles_itself", "C27: medusa 13301", page_settles_itself),
)
