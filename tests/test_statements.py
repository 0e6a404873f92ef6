"""How often the shop asks its database: a round trip each, whatever the catalogue's size.

Lists and pages of the catalogue are counted in ``tests/discovery``.
"""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import event

from shop.kit.db import db
from tests.shopper import OTHER, Shopper


@pytest.fixture
def statements(app: Flask) -> list[str]:
    """What the shop says to its database from now on, the beginnings of transactions left out."""
    said: list[str] = []

    def hear(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        # On PostgreSQL it is the driver that begins; it is not heard here.
        if not statement.startswith(("BEGIN", "PRAGMA")):
            said.append(statement)

    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", hear)
    return said


def test_a_cart_is_read_in_four_statements(shopper: Shopper, statements: list[str]) -> None:
    shopper.opens_cart().puts()
    shopper.puts(OTHER)
    statements.clear()

    shopper.looks_at_cart()

    assert len(statements) <= 4, statements


@pytest.mark.parametrize("lines", [1, 2])
def test_a_checkout_is_completed_in_few_statements(
    app: Flask, shopper: Shopper, statements: list[str], lines: int
) -> None:
    """A further line costs the one statement that takes its pieces.

    One looks before the transaction, for whom comes too late; one claims the key; two move cart and
    checkout; one reads what is frozen; five write order, lines, entries, event and payment; then the
    pieces are taken. Once Stripe has answered: its id, the event, the stored answer.
    """
    shopper.opens_cart().puts()
    if lines == 2:
        shopper.puts(OTHER)
    shopper.opens_checkout()
    shopper.fills_in()
    statements.clear()

    answer = shopper.completes()

    assert answer.status_code == 201, answer.text
    with app.app_context():
        # SQLite writes nothing inside WITH: holds and ledger entries are two statements more.
        apart = 0 if db.engine.dialect.name == "postgresql" else 2
    assert len(statements) == 13 + lines + apart, statements


def test_an_order_of_any_size_is_written_with_one_statement_a_table(
    shopper: Shopper, statements: list[str]
) -> None:
    shopper.opens_cart().puts()
    shopper.puts(OTHER)
    shopper.opens_checkout()
    shopper.fills_in()
    statements.clear()

    shopper.completes()

    for table in ("orders", "order_line", "order_entry", "payment"):
        assert sum(f"INTO {table} " in statement for statement in statements) == 1, table
