"""``shop verify``: silent where everything agrees, and naming each planted damage."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import Connection, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from shop.cli import cli
from shop.kit.clock import clock
from shop.kit.db import db, transaction
from shop.kit.engines import READING
from shop.orders.models import Order
from shop.payments.double import Fault, StripeDouble
from shop.payments.models import Payment
from shop.verification.promises import Breach
from shop.verification.service import INVARIANTS, verify
from tests.audited import breaches
from tests.checkout.late_money import pay_when_sold_to_another
from tests.owner import Owner
from tests.shopper import PIECES, Shopper
from tests.verification.planted_damage import DAMAGE, Ids, unguard

CASES = [(invariant, damage) for invariant, damages in DAMAGE.items() for damage in damages]
SECOND = "8230582AB6A1000"


@pytest.fixture
def busy(app: Flask, double: StripeDouble) -> Flask:
    """A shop with an order of each kind: paid, partly refunded, paid too late, and waiting."""
    late = Shopper(app.test_client(), double)
    pay_when_sold_to_another(late, app)
    late.hears_webhooks()
    clock.advance(timedelta(hours=2))
    for kind in ("paid", "refunded"):
        shopper = Shopper(app.test_client(), double).places_order(SECOND)
        shopper.pays()
        shopper.hears_webhooks()
        if kind == "refunded":
            Owner.of(app).refunds(shopper.placed["order"]["number"], amount=100)
            shopper.hears_webhooks()
    Shopper(app.test_client(), double).places_order(quantity=PIECES - 1)
    shopper.client.get("/v1/markets")
    app.test_cli_runner().invoke(cli, ["reconcile"])
    assert breaches(app) == []
    return app


@pytest.fixture
def ids(busy: Flask, session: Session) -> Ids:
    """The ids of those orders and of their payments, by kind."""
    kinds = {
        "paid": "paid",
        "refunded": "partially_refunded",
        "late": "expired",
        "pending": "pending_payment",
    }
    postgres = session.get_bind().dialect.name == "postgresql"
    found: Ids = {}
    for kind, status in kinds.items():
        rows = session.execute(
            select(Order.id, Order.number, Payment.id)
            .join(Payment, Payment.reference == Order.number)
            .where(Order.status == status)
            .order_by(Payment.captured_minor.desc())
        )
        order, number, payment = rows.first() or pytest.fail(f"no order is {status}")
        found[kind] = str(order) if postgres else order.hex
        found[f"{kind}_payment"] = str(payment) if postgres else payment.hex
        found[f"{kind}_number"] = number
    return found


@contextmanager
def thrown_away() -> Iterator[Connection]:
    """Lend a connection that is closed for good afterwards: it saw a database without guards."""
    with db.engine.connect() as connection:
        driver = connection.connection.driver_connection
        yield connection
    assert driver is not None
    driver.close()


@pytest.fixture
def unguarded(busy: Flask) -> Iterator[Connection]:
    with busy.app_context(), thrown_away() as connection:
        raw = connection.execution_options(isolation_level="AUTOCOMMIT", **{READING: True})
        unguard(raw)
        yield raw


def breaches_seen_by(connection: Connection) -> list[Breach]:
    with Session(connection, join_transaction_mode="create_savepoint") as session:
        return verify(session)


def test_each_damage_is_named(busy: Flask, ids: Ids) -> None:
    """Each is planted alone and taken back; nobody else ever sees it."""
    unnoticed = []
    with busy.app_context(), thrown_away() as connection:
        unguard(connection)
        for invariant, damage in CASES:
            planted = connection.begin_nested()
            DAMAGE[invariant][damage](connection, ids)
            named = {breach.invariant for breach in breaches_seen_by(connection)}
            planted.rollback()
            if invariant not in named:
                unnoticed.append(f"{invariant} {damage}: {named or 'nothing'} named")
        assert breaches_seen_by(connection) == []

    assert unnoticed == []


def test_every_invariant_that_can_break_is_tried() -> None:
    assert [each.id for each in INVARIANTS] == [f"I{number}" for number in range(1, 19)]
    assert set(DAMAGE) == {each.id for each in INVARIANTS} - {"I10"}


def test_the_command_says_so_and_ends_with_one(busy: Flask, unguarded: Connection, ids: Ids) -> None:
    DAMAGE["I4"]["a total was changed"](unguarded, ids)

    result = busy.test_cli_runner().invoke(cli, ["verify"])

    assert result.exit_code == 1
    assert "I4  broken" in result.output
    assert f"I4 order {ids['paid_number']}: its entries add up to" in result.output


def test_the_command_is_content_with_a_shop_that_agrees(busy: Flask) -> None:
    result = busy.test_cli_runner().invoke(cli, ["verify", "--stripe"])

    assert result.exit_code == 0, result.output
    assert "18 invariants hold" in result.output
    assert "holds   Stripe holds the same payments and refunds." in result.output


def test_stripe_knowing_of_another_refund_is_named(
    busy: Flask, double: StripeDouble, session: Session, ids: Ids
) -> None:
    intent = session.scalars(select(Payment.intent_id).where(Payment.reference == ids["paid_number"])).one()
    double.dashboard_refund(str(intent), 100)

    result = busy.test_cli_runner().invoke(cli, ["verify", "--stripe"])

    assert result.exit_code == 1
    assert f"I11 order {ids['paid_number']}: its refunds are 0, at Stripe 100" in result.output


def test_stripe_holding_another_state_is_named(
    busy: Flask, double: StripeDouble, session: Session, ids: Ids
) -> None:
    waiting = session.scalars(select(Payment).where(Payment.reference == ids["pending_number"])).one()
    busy.extensions["shop.gateway"].close_checkout(str(waiting.session_id))

    result = busy.test_cli_runner().invoke(cli, ["verify", "--stripe"])

    assert result.exit_code == 1
    assert "its payment is open, at Stripe expired" in result.output


def test_a_silent_stripe_is_not_a_broken_shop(busy: Flask, double: StripeDouble) -> None:
    double.faults.add(Fault(kind="drop", times=None))

    result = busy.test_cli_runner().invoke(cli, ["verify", "--stripe"])

    assert result.exit_code == 2
    assert "Stripe does not answer" in result.output


@pytest.mark.parametrize("won", [False, True], ids=["lost", "won"])
def test_late_money_that_was_disputed_is_kept_only_where_that_was_won(
    app: Flask, double: StripeDouble, session: Session, won: bool
) -> None:
    """Stripe refuses the refund of what is disputed, and the shop hears of the dispute afterwards."""
    late = Shopper(app.test_client(), double)
    pay_when_sold_to_another(late, app)
    payment = session.scalars(
        select(Payment).where(Payment.reference == late.placed["order"]["number"])
    ).one()
    intent = app.extensions["shop.gateway"].read_payment(payment.session_id).intent_id
    dispute = double.open_dispute(intent)
    app.test_cli_runner().invoke(cli, ["reconcile"])

    double.close_dispute(dispute, won=won)
    late.hears_webhooks()

    kept = [f"I6 order {payment.reference}: {payment.amount_minor} minor units of it are kept"] if won else []
    assert [breach.split(",")[0] for breach in breaches(app)] == kept


def test_an_owner_reads_it_over_http(busy: Flask, unguarded: Connection, ids: Ids) -> None:
    owner = Owner.of(busy)
    assert owner.gets("/invariants").json["holds"] is True

    DAMAGE["I3"]["a movement is gone"](unguarded, ids)

    seen = owner.gets("/invariants").json
    broken = {each["id"]: each["breaches"] for each in seen["invariants"] if each["breaches"]}
    assert seen["holds"] is False
    assert set(broken) == {"I3"}
    assert "movements add up to" in broken["I3"][0]["found"]


def test_the_database_itself_refuses_to_rewrite_history(busy: Flask) -> None:
    rewriting = (
        "UPDATE ledger_entry SET amount_minor = 1",
        "DELETE FROM ledger_entry",
        "UPDATE order_line SET quantity = 9",
        "UPDATE order_entry SET amount_minor = 1",
        "DELETE FROM order_event",
        "UPDATE movement SET on_hand_delta = 9",
        "UPDATE orders SET total_minor = 1",
        "UPDATE orders SET email = 'x@example.com'",
        "DELETE FROM orders",
    )

    for statement in rewriting:
        with busy.app_context(), pytest.raises(DBAPIError, match="append-only"), transaction() as session:
            session.connection().exec_driver_sql(statement)


def test_a_refund_above_what_came_is_refused_by_the_database_itself(busy: Flask) -> None:
    with busy.app_context(), pytest.raises(DBAPIError, match="refunds_within_captured"):
        _overpay()


def _overpay() -> None:
    with transaction() as session:
        session.connection().exec_driver_sql("UPDATE payment SET refunded_minor = amount_minor + 1")


def test_what_is_sold_is_sealed(busy: Flask, session: Session) -> None:
    seals = list(session.scalars(select(Order.seal)))

    assert len(seals) >= 4
    assert all(len(seal) == 64 for seal in seals)
