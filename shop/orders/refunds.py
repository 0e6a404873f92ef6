"""Giving an order's money back: by line or by amount, never more than came in.

The order is locked with its payment, the refund becomes a row with a key, and only then is
Stripe asked. A refund made in Stripe's dashboard is taken over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from shop.inventory import service as inventory
from shop.kit.db import db, retries_conflicts, transaction
from shop.kit.money import Money, allocate
from shop.orders import queries
from shop.orders import service as orders
from shop.orders.errors import LineNotRefundable, NothingToRefund
from shop.orders.models import Order, OrderLine, RefundedLine
from shop.outbox import service as outbox
from shop.payments import disputes, ledger, refunds
from shop.payments.gateway import StripeGateway
from shop.payments.models import LedgerEntry, Payment, Refund
from shop.payments.results import RefundState
from shop.payments.service import lock_payment

#: Why money goes back that came when nothing was held for it any more.
LATE = "late_payment"


@dataclass(frozen=True, slots=True)
class RefundAsk:
    """What is to be given back; nothing named means all that is left.

    Attributes:
        amount_minor: Minor units, regardless of lines.
        pieces: Whole pieces by SKU; each gives back its share of its line, tax included.
        shipping: Whether what was paid for shipping goes back too.
        restock: Whether the pieces came back and can be sold again.
        reason: For the books and the audit.
        actor: Who asks.
    """

    amount_minor: int | None = None
    pieces: Mapping[str, int] = field(default_factory=dict)
    shipping: bool = False
    restock: bool = False
    reason: str = "requested"
    actor: str = "command line"


def request(session: Session, order: Order, payment: Payment, ask: RefundAsk) -> Refund:
    """Write a refund of an order down; sending it is another step.

    Args:
        session: From ``transaction()``.
        order: Locked, after its payment.
        payment: The order's, locked.
        ask: What is to be given back.

    Raises:
        NothingToRefund: Nothing is left, or nothing is asked for.
        LineNotRefundable: There are not so many pieces of a line left.
        NothingCaptured: The payment brought no money.
        PaymentDisputed: The bank holds the money.
        RefundTooLarge: Less is left than was asked for.
    """
    by_line = _amounts_by_line(session, order, ask.pieces)
    amount = sum(minor for _, _, minor in by_line)
    if ask.shipping:
        amount += queries.shipping_minor(session, order)
    if ask.amount_minor is not None:
        amount = ask.amount_minor
    elif not ask.pieces and not ask.shipping:
        amount = payment.captured_minor - payment.refunded_minor
    if amount < 1:
        raise NothingToRefund
    refund = refunds.reserve(session, payment, amount, reason=ask.reason, actor=ask.actor)
    for line, pieces, _ in by_line:
        session.execute(
            insert(RefundedLine).values(
                refund_id=refund.id,
                order_id=order.id,
                line_position=line.position,
                quantity=pieces,
                restocked=ask.restock,
            )
        )
    if ask.restock and by_line:
        inventory.restock(session, ask.pieces, owner=order.id, reference=refund.id)
    detail = f"{Money(amount, order.currency)}, {ask.reason}"
    orders.record(session, order.id, "refund_requested", detail=detail)
    return refund


def _amounts_by_line(
    session: Session, order: Order, pieces: Mapping[str, int]
) -> list[tuple[OrderLine, int, int]]:
    """Return each line with its pieces and their minor units.

    A line's total is split over its pieces by largest remainder, and a refund gives the next
    pieces' parts: however a line is refunded, its parts add up to its total.
    """
    if not pieces:
        return []
    lines = {
        line.sku: line for line in session.scalars(select(OrderLine).where(OrderLine.order_id == order.id))
    }
    gone = queries.pieces_refunded(session, order.id)
    totals = queries.line_totals(session, order.id)
    found = []
    for sku, wanted in sorted(pieces.items()):
        line = lines.get(sku)
        left = line.quantity - gone.get(line.position, 0) if line else 0
        if line is None or wanted > left:
            detail = f"{left} pieces of {sku} are left to refund, {wanted} asked for."
            raise LineNotRefundable(detail, sku=sku, refundable=left, requested=wanted)
        first = line.quantity - left
        parts = allocate(totals[line.position], [1] * line.quantity)
        found.append((line, wanted, sum(parts[first : first + wanted])))
    return found


def send_owed(payment_id: UUID, gateway: StripeGateway) -> None:
    """Give back what a payment's refunds owe, and look how those under way went. Safe to repeat.

    Raises:
        PaymentProviderUnavailable: Send again; the rows and their keys stay.
    """
    for refund in refunds.undecided(payment_id):
        state = refunds.ask(gateway, refund)
        _record(payment_id, refund.id, state)
        if state.refund_id is None:
            # Stripe refuses it: part of the money may have gone back in its dashboard, unheard.
            take_over(payment_id, gateway)


def take_over(payment_id: UUID, gateway: StripeGateway) -> None:
    """Bring our refunds of a payment in line with Stripe's, also those made in its dashboard.

    Raises:
        PaymentProviderUnavailable: Nothing was decided; call again.
    """
    intent_id = db.session().scalar(select(Payment.intent_id).where(Payment.id == payment_id))
    if intent_id is None:
        return
    for state in reversed(gateway.refunds_of(intent_id)):
        _record(payment_id, None, state)
    if _owe_the_rest(payment_id):
        send_owed(payment_id, gateway)


@retries_conflicts
def _owe_the_rest(payment_id: UUID) -> bool:
    """Owe what is left of late money whose refund was refused; return whether there is anything.

    It was refused because a part had gone back elsewhere, so each time less is left.
    """
    with transaction() as session:
        payment = lock_payment(session, payment_id)
        left = payment.captured_minor - payment.refunded_minor
        refused = session.scalar(
            select(func.min(Refund.amount_minor)).where(
                Refund.payment_id == payment_id,
                Refund.reason == LATE,
                Refund.status == "failed",
                Refund.stripe_id.is_(None),
            )
        )
        if refused is None or not 0 < left < refused or disputes.is_open(session, payment_id):
            return False
        refunds.reserve(session, payment, left, reason=LATE, actor="shop")
        return True


@retries_conflicts
def _record(payment_id: UUID, refund_id: UUID | None, state: RefundState) -> None:
    """Note how a refund stands, and what follows for its order."""
    with transaction() as session:
        payment = lock_payment(session, payment_id)
        order = session.scalars(
            select(Order).where(Order.number == payment.reference).with_for_update()
        ).one()
        refund_id = refund_id or refunds.of_stripe(session, payment, state)
        if refund_id is None or not refunds.record(session, refund_id, state):
            return
        refund = session.get_one(Refund, refund_id)
        amount = Money(refund.amount_minor, payment.currency)
        orders.record(session, order.id, f"refund_{refund.status}", detail=f"{amount}, {refund.reason}")
        follow(session, order, payment)
        if refund.status == "succeeded":
            _tell(session, order, refund, amount)


def follow(session: Session, order: Order, payment: Payment) -> None:
    """Bring an order's status in line with what of its money went back."""
    went_back = select(func.coalesce(func.sum(-ledger.signed_amount()), 0)).where(
        LedgerEntry.payment_id == payment.id, LedgerEntry.kind.in_(("refunded", "refund_failed"))
    )
    orders.follow_refunds(
        session,
        order.id,
        captured_minor=payment.captured_minor,
        refunded_minor=int(session.scalars(went_back).one()),
    )


def _tell(session: Session, order: Order, refund: Refund, amount: Money) -> None:
    outbox.owe(
        session,
        "payment_returned" if refund.reason == LATE else "order_refunded",
        refund.id,
        recipient=order.email,
        facts={"number": order.number, "amount": str(amount)},
    )
