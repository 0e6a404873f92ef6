"""One damage for each promise: what a bug, a person or a broken disk could leave behind."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from sqlalchemy import Connection, text

#: Turns the guards of the database itself off, so that damage can be planted at all.
UNGUARD = {
    "sqlite": [
        "PRAGMA ignore_check_constraints = ON",
        "PRAGMA foreign_keys = OFF",
        *(
            f"DROP TRIGGER {name}"
            for table in (
                "ledger_entry",
                "movement",
                "order_event",
                "order_line",
                "order_entry",
                "refunded_line",
                "audit_entry",
            )
            for name in (f"{table}_no_update", f"{table}_no_delete")
        ),
        "DROP TRIGGER orders_frozen",
        "DROP TRIGGER orders_kept",
        "DROP INDEX uq_order_live_cart",
        "DROP INDEX uq_payment_live",
    ],
    "postgresql": [
        "DROP FUNCTION refuse_change() CASCADE",
        "ALTER TABLE stock DROP CONSTRAINT ck_stock_held_within_on_hand",
        "ALTER TABLE payment DROP CONSTRAINT ck_payment_refunds_within_captured",
        "ALTER TABLE order_entry DROP CONSTRAINT ck_order_entry_amount",
        "ALTER TABLE outbox_message DROP CONSTRAINT uq_outbox_message_kind_subject",
        "DROP INDEX uq_order_live_cart",
        "DROP INDEX uq_payment_live",
    ],
}

#: Ids of the shop that is damaged, as its database stores them.
Ids = dict[str, str]


def unguard(connection: Connection) -> None:
    """Take the database's own guards away."""
    for statement in UNGUARD[connection.dialect.name]:
        connection.execute(text(statement))


def _run(statement: str) -> Callable[[Connection, Ids], None]:
    def plant(connection: Connection, ids: Ids) -> None:
        done = connection.execute(text(statement), ids)
        assert done.rowcount != 0, statement

    return plant


def _parcel(of: str) -> Callable[[Connection, Ids], None]:
    """Put more pieces of an order into a parcel than were bought."""

    def plant(connection: Connection, ids: Ids) -> None:
        shipment = {**ids, "shipment": "00000000000000000000000000000007"}
        connection.execute(
            text(
                "INSERT INTO shipment (id, order_id, number, carrier, tracking_number, shipped_at)"
                f" VALUES (:shipment, :{of}, 1, 'DHL', 'X1', '2026-01-01 00:00:00.000000')"
            ),
            shipment,
        )
        line = "INSERT INTO shipped_line (shipment_id, line_position, quantity) VALUES (:shipment, 1, 99)"
        connection.execute(text(line), shipment)

    return plant


def _second_order(connection: Connection, ids: Ids) -> None:
    """Copy the paid order as another one of the same cart."""
    row = dict(connection.execute(text("SELECT * FROM orders WHERE id = :paid"), ids).mappings().one())
    columns = ", ".join(name for name in row if name not in ("id", "number"))
    statement = (
        f"INSERT INTO orders (id, number, {columns}) SELECT :other, 'COPY0-COPY0', {columns}"
        " FROM orders WHERE id = :paid"
    )
    other = str(UUID(int=7)) if connection.dialect.name == "postgresql" else UUID(int=7).hex
    connection.execute(text(statement), {**ids, "other": other})


def _second_message(connection: Connection, ids: Ids) -> None:
    """Lose the confirmation: SQLite's unique constraint stands, so none is as wrong as two."""
    connection.execute(text("DELETE FROM outbox_message WHERE subject = :paid_number"), ids)


#: Invariant: ways to break it. Each is planted alone, into a shop in which everything agrees.
DAMAGE: dict[str, dict[str, Callable[[Connection, Ids], None]]] = {
    "I1": {
        "a ledger entry is gone": _run("DELETE FROM ledger_entry WHERE payment_id = :paid_payment"),
        "a ledger entry is of another amount": _run(
            "UPDATE ledger_entry SET amount_minor = amount_minor + 1 WHERE payment_id = :paid_payment"
        ),
        "a refund was booked as none": _run("DELETE FROM ledger_entry WHERE kind = 'refunded'"),
        "the status forgot a refund": _run("UPDATE orders SET status = 'paid' WHERE id = :refunded"),
    },
    "I2": {
        "more is held than there is": _run(
            "UPDATE stock SET held = on_hand + 1 WHERE variant_id = (SELECT variant_id FROM order_line"
            " WHERE order_id = :paid)"
        ),
        "less than nothing is held": _run(
            "UPDATE stock SET held = -1 WHERE variant_id = (SELECT variant_id FROM order_line"
            " WHERE order_id = :paid)"
        ),
    },
    "I3": {
        "a hold went without its stock": _run("DELETE FROM hold WHERE owner = :pending"),
        "a piece was sold twice": _run("UPDATE stock SET on_hand = on_hand + 1 WHERE held > 0"),
        "a movement is gone": _run("DELETE FROM movement WHERE kind = 'sold'"),
        "held was lowered by a lost update": _run("UPDATE stock SET held = held - 1 WHERE held > 0"),
    },
    "I4": {
        "a total was changed": _run("UPDATE orders SET total_minor = total_minor - 1 WHERE id = :paid"),
        "a discount was written in": _run(
            "UPDATE order_entry SET amount_minor = amount_minor - 1"
            " WHERE order_id = :paid AND kind = 'items' AND line_position IS NULL"
        ),
        "an amount is below zero": _run(
            "UPDATE order_entry SET amount_minor = -1 WHERE order_id = :paid AND kind = 'shipping'"
        ),
        "a line has more pieces than it cost": _run(
            "UPDATE order_line SET quantity = quantity + 1 WHERE order_id = :paid"
        ),
    },
    "I5": {
        "a cart has two orders": _second_order,
        "an order waits for no payment": _run(
            "UPDATE payment SET status = 'failed' WHERE id = :pending_payment"
        ),
    },
    "I6": {
        "money is kept for a dead order": _run("UPDATE orders SET status = 'expired' WHERE id = :paid"),
        "a late payment was not given back": _run(
            "UPDATE payment SET refunded_minor = 0 WHERE id = :late_payment"
        ),
    },
    "I7": {
        "an order is paid by nobody": _run("UPDATE orders SET status = 'paid' WHERE id = :pending"),
        "less came than had to": _run(
            "UPDATE payment SET captured_minor = captured_minor - 1 WHERE id = :paid_payment"
        ),
        "it came in another currency": _run("UPDATE payment SET currency = 'EUR' WHERE id = :paid_payment"),
    },
    "I8": {
        "a payment ended unheard": _run(
            "UPDATE payment SET ends_at = '2020-01-01 00:00:00.000000' WHERE id = :pending_payment"
        ),
        "an event was forgotten": _run(
            "UPDATE stripe_event SET handled_at = NULL, received_at = '2020-01-01 00:00:00.000000'"
        ),
        "a refund was never sent": _run(
            "UPDATE refund SET status = 'requested', created_at = '2020-01-01 00:00:00.000000'"
        ),
        "a key is held by the dead": _run(
            "UPDATE stored_answer SET status = NULL, body = NULL, holder = 'gone:1',"
            " claimed_at = '2020-01-01 00:00:00.000000'"
        ),
        "a dead order holds its bags": _run("UPDATE hold SET status = 'active' WHERE owner = :late"),
    },
    "I9": {
        "a hold ends before its payment": _run(
            "UPDATE hold SET ends_at = '2020-01-01 00:00:00.000000' WHERE owner = :pending"
        ),
    },
    "I11": {
        "refunds outgrew what came": _run("UPDATE refund SET amount_minor = amount_minor * 10"),
        "a refund does not count": _run("UPDATE payment SET refunded_minor = 0 WHERE id = :refunded_payment"),
    },
    "I12": {
        "an answer is kept by half": _run("UPDATE stored_answer SET body = NULL WHERE status IS NOT NULL")
    },
    "I13": {
        "money moved for nothing": _run(
            "UPDATE ledger_entry SET reference = 'captured-nothing' WHERE payment_id = :paid_payment"
        ),
        "an event had its effect before it came": _run(
            "UPDATE stripe_event SET handled_at = '2020-01-01 00:00:00.000000'"
        ),
    },
    "I14": {"a confirmation was lost": _second_message},
    "I15": {
        "a line says something else was sold": _run(
            "UPDATE order_line SET sku = 'OTHER' WHERE order_id = :paid"
        ),
        "a line is gone": _run("DELETE FROM order_line WHERE order_id = :paid"),
        "a tax rate was rewritten": _run("UPDATE order_entry SET tax_rate_ppm = 1 WHERE order_id = :paid"),
    },
    "I16": {
        "a status was set past the log": _run("UPDATE orders SET status = 'canceled' WHERE id = :late"),
        "a step is gone from the log": _run(
            "DELETE FROM order_event WHERE order_id = :paid AND kind = 'placed'"
        ),
        "a step was taken twice": _run(
            "INSERT INTO order_event (order_id, kind, happened_at)"
            " SELECT order_id, kind, happened_at FROM order_event WHERE order_id = :paid AND kind = 'paid'"
        ),
    },
    "I18": {
        "a piece was sent twice": _parcel("paid"),
        "what is not paid was sent": _parcel("pending"),
    },
    "I17": {
        "an entry was edited": _run("UPDATE audit_entry SET actor = 'nobody' WHERE number = 1"),
        "an entry is gone": _run("DELETE FROM audit_entry WHERE number = 2"),
    },
}
