"""Promises about money: I1, I4, I6, I7, I11."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from shop.orders.models import Order, OrderEntry, OrderLine
from shop.orders.states import SETTLED, settled_status
from shop.payments import ledger
from shop.payments.models import COUNTING, Capture, LedgerEntry, Payment, Refund
from shop.pricing.breakdown import Kind
from shop.verification.promises import Finding, Invariant


def _books_agree(session: Session) -> Iterator[Finding]:
    """Per payment: ledger against row, captures and refunds apart; and the order's status."""
    booked = (
        select(
            LedgerEntry.payment_id,
            func.sum(case((LedgerEntry.kind == "captured", LedgerEntry.amount_minor), else_=0)).label(
                "captured"
            ),
            func.sum(
                case(
                    (LedgerEntry.kind.in_(("refunded", "refund_failed")), -ledger.signed_amount()),
                    else_=0,
                )
            ).label("refunded"),
        )
        .group_by(LedgerEntry.payment_id)
        .subquery()
    )
    given = (
        select(Refund.payment_id, func.sum(Refund.amount_minor).label("refunded"))
        .where(Refund.status == "succeeded")
        .group_by(Refund.payment_id)
        .subquery()
    )
    rows = session.execute(
        select(
            Payment.reference,
            Payment.captured_minor,
            Order.status,
            func.coalesce(booked.c.captured, 0).label("captured"),
            func.coalesce(booked.c.refunded, 0).label("refunded"),
            func.coalesce(given.c.refunded, 0).label("given"),
        )
        .join(Order, Order.number == Payment.reference)
        .outerjoin(booked, booked.c.payment_id == Payment.id)
        .outerjoin(given, given.c.payment_id == Payment.id)
        .order_by(Payment.reference)
    )
    for row in rows:
        where = f"order {row.reference}"
        if row.captured != row.captured_minor or row.refunded != row.given:
            found = (
                f"the ledger holds {row.captured} captured and {row.refunded} given back,"
                f" the payment {row.captured_minor} and {row.given}"
            )
            yield where, found, "Compare with Stripe (`shop verify --stripe`); the ledger is never edited."
        elif row.status in SETTLED and row.status != settled_status(row.captured, row.refunded):
            found = f"it is {row.status} with {row.captured} captured and {row.refunded} given back"
            yield where, found, "Run `shop reconcile`; it brings the status in line."


def _sums_are_exact(session: Session) -> Iterator[Finding]:
    adds = case((OrderEntry.effect == "adds", OrderEntry.amount_minor), else_=0)
    subtracts = case((OrderEntry.effect == "subtracts", OrderEntry.amount_minor), else_=0)

    def stated(kind: Kind) -> ColumnElement[int]:
        return func.sum(case((OrderEntry.kind == kind.value, OrderEntry.amount_minor), else_=0))

    parts = session.execute(
        select(
            Order.number,
            Order.total_minor,
            OrderEntry.line_position,
            func.sum(adds - subtracts).label("total"),
            stated(Kind.TOTAL).label("stated"),
            stated(Kind.ITEMS).label("items"),
            func.min(OrderEntry.amount_minor).label("least"),
            func.max(OrderLine.quantity * OrderLine.list_minor).label("of_pieces"),
        )
        .join(OrderEntry, OrderEntry.order_id == Order.id)
        .outerjoin(
            OrderLine,
            (OrderLine.order_id == Order.id) & (OrderLine.position == OrderEntry.line_position),
        )
        .group_by(Order.id, Order.number, Order.total_minor, OrderEntry.line_position)
        .order_by(Order.number)
    )
    repair = "Its amounts were changed after it was placed; find out by whom, from a backup."
    for row in parts:
        where = f"order {row.number}" + (f", line {row.line_position}" if row.line_position else "")
        if row.least < 0 or row.total != row.stated:
            yield where, f"its entries add up to {row.total} and state {row.stated}", repair
        elif row.line_position is None and row.total != row.total_minor:
            yield where, f"its entries add up to {row.total}, its total is {row.total_minor}", repair
        elif row.line_position is not None and row.items != row.of_pieces:
            yield where, f"its items cost {row.items}, its pieces {row.of_pieces}", repair
    without = session.scalars(
        select(Order.number).where(
            ~select(OrderEntry.position).where(OrderEntry.order_id == Order.id).exists()
        )
    )
    for number in without:
        yield f"order {number}", "it has no entries", repair


def _money_has_its_order(session: Session) -> Iterator[Finding]:
    # What a bank took back is not here any more, until the dispute is won.
    disputed = (
        select(func.coalesce(func.sum(ledger.signed_amount()), 0))
        .where(LedgerEntry.payment_id == Payment.id, LedgerEntry.kind.in_(("disputed", "dispute_won")))
        .scalar_subquery()
    )
    kept = Payment.captured_minor - Payment.refunded_minor + disputed
    rows = session.execute(
        select(Payment.reference, Order.status, kept.label("kept"))
        .outerjoin(Order, Order.number == Payment.reference)
        .where(
            Payment.captured_minor > 0,
            Payment.refunded_minor != Payment.captured_minor,
            Order.status.is_(None) | Order.status.not_in(SETTLED),
            kept > 0,
        )
        .order_by(Payment.reference)
    )
    for row in rows:
        found = f"{row.kept} minor units of it are kept, and it is {row.status}"
        repair = f"Give it back: `shop order refund {row.reference}`."
        yield f"order {row.reference}", found, repair


def _order_has_its_money(session: Session) -> Iterator[Finding]:
    captured = func.count(case((Payment.status == "paid", 1)))
    rows = session.execute(
        select(
            Order.number,
            Order.total_minor,
            captured.label("captured"),
            func.min(Payment.amount_minor).label("amount"),
            func.min(Payment.captured_minor).label("received"),
            func.min(Payment.currency).label("currency"),
            Order.currency.label("wanted"),
            func.min(Payment.capture).label("capture"),
            func.min(Capture.amount_minor).label("decided"),
        )
        .outerjoin(Payment, (Payment.reference == Order.number) & (Payment.status == "paid"))
        .outerjoin(Capture, (Capture.payment_id == Payment.id) & (Capture.status == "succeeded"))
        .where(Order.status.in_(SETTLED))
        .group_by(Order.id, Order.number, Order.total_minor, Order.currency)
        .order_by(Order.number)
    )
    for row in rows:
        where = f"order {row.number}"
        expected = row.decided if row.capture == "manual" else row.total_minor
        if row.captured != 1:
            found = f"it is paid, by {row.captured} payments"
            yield where, found, "Look it up in Stripe (`shop verify --stripe`); ship nothing."
        elif (row.amount, row.received, row.currency) != (row.total_minor, expected, row.wanted):
            found = (
                f"its total is {row.total_minor} {row.wanted}, asked for were {row.amount} {row.currency},"
                f" {row.received} came where {expected} had to"
            )
            yield where, found, "Look it up in Stripe (`shop verify --stripe`); ship nothing."


def _refunds_within_captures(session: Session) -> Iterator[Finding]:
    counted = (
        select(Refund.payment_id, func.sum(Refund.amount_minor).label("minor"))
        .where(Refund.status.in_(COUNTING))
        .group_by(Refund.payment_id)
        .subquery()
    )
    minor = func.coalesce(counted.c.minor, 0)
    rows = session.execute(
        select(Payment.reference, Payment.captured_minor, Payment.refunded_minor, minor.label("minor"))
        .outerjoin(counted, counted.c.payment_id == Payment.id)
        .where((minor != Payment.refunded_minor) | (minor > Payment.captured_minor))
        .order_by(Payment.reference)
    )
    for row in rows:
        found = (
            f"{row.minor} minor units of refunds, {row.refunded_minor} counted, {row.captured_minor} captured"
        )
        yield f"order {row.reference}", found, "Compare with its refunds in Stripe's dashboard."


MONEY = (
    Invariant("I1", "The ledger says what payments and orders say of money.", _books_agree),
    Invariant("I4", "Amounts are whole minor units, and the parts add up to the total.", _sums_are_exact),
    Invariant("I6", "Money that came belongs to a paid order, or has gone back.", _money_has_its_order),
    Invariant("I7", "A paid order has one payment, of its amount and currency.", _order_has_its_money),
    Invariant("I11", "Refunds never exceed what came.", _refunds_within_captures),
)
