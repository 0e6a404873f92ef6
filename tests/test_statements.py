"""How often the shop asks its database: a round trip each, whatever the catalogue's size.

Lists and pages of the catalogue are counted in ``tests/discovery``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection, event
from sqlalchemy.engine.interfaces import DBAPICursor

from shop.kit.db import db
from tests.bench.filling import fill
from tests.crowd import owner_of
from tests.owner import Owner
from tests.shopper import BAG, OTHER, Shopper


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


#: Products that a catalogue has more than another.
MORE = 60


class Weighed:
    """How much the shop asks its database: statements, and the rows that answer them."""

    def __init__(self) -> None:
        self.statements = self.rows = 0

    def hear(
        self, connection: Connection, cursor: DBAPICursor, statement: str, parameters: Any, *_rest: object
    ) -> None:
        """Weigh a statement that was executed."""
        self.statements += 1
        if cursor.rowcount >= 0:
            self.rows += cursor.rowcount
        elif statement.startswith("SELECT"):  # SQLite does not say: the same is asked again, and counted
            again = connection.connection.cursor()
            again.execute(f"SELECT count(*) FROM ({statement})", parameters)
            self.rows += again.fetchone()[0]  # type: ignore[index]


def _weigh(url: str, requests: Sequence[tuple[str, str, dict[str, Any]]]) -> list[tuple[int, int]]:
    """Return the statements and the rows of each of some writes."""
    found = []
    with owner_of(url) as app:
        owner = Owner.of(app)
        for method, path, body in requests:
            weighed = Weighed()
            with app.app_context():
                event.listen(db.engine, "after_cursor_execute", weighed.hear)
                answer = owner.writes(method, path, json=body, headers={"If-Match": "*"})
                event.remove(db.engine, "after_cursor_execute", weighed.hear)
            assert answer.status_code < 300, answer.text
            found.append((weighed.statements, weighed.rows))
    return found


def _edits(word: str, grams: int) -> list[tuple[str, str, dict[str, Any]]]:
    price = {"currency": "USD", "amount_minor": 100_000 + grams, "is_illustrative": True}
    return [
        ("PATCH", f"/variants/{BAG}", {"label": word}),
        ("PATCH", "/products/le-city-bag-medium", {"weight_g": grams}),
        ("PATCH", "/campaigns/winter", {"season": f"Fall {grams}"}),
        ("POST", f"/variants/{BAG}/prices", price),
        (
            "POST",
            "/bulk",
            {"rows": [{"target": f"variant:{sku}", "set": {"label": word}} for sku in (BAG, OTHER)]},
        ),
    ]


def test_an_edit_of_the_catalogue_asks_for_no_more_in_a_larger_one(seeded_url: str) -> None:
    """It reads what it touches and what that points at: the products beside it cost nothing."""
    # One without shelves: the generator writes down what those of others show.
    new = {"slug": "winter", "name": "Winter", "season": "Winter 2026", "hero_family": "le-city"}
    _weigh(seeded_url, [("POST", "/campaigns", new), *_edits("Dugong", 701)])
    small = _weigh(seeded_url, _edits("Numbat", 702))

    fill(seeded_url, MORE)

    large = _weigh(seeded_url, _edits("Quokka", 703))
    assert [statements for statements, _ in large] == [statements for statements, _ in small]
    for (_, rows), (_, before) in zip(large, small, strict=True):
        # Search asks which of the words told of families are names of bags: some more of them are.
        assert rows - before < MORE // 3, (small, large)
