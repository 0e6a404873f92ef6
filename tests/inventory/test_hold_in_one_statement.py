"""How often buyers of one bag wait for each other: the statements between the lock and the commit."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import event, select

from shop.catalogue.models import Variant
from shop.inventory import queries, service
from shop.inventory.models import Hold, Movement
from shop.kit.clock import now
from shop.kit.db import db, transaction
from tests.shopper import BAG, PIECES


@pytest.fixture
def statements(app: Flask) -> list[str]:
    """What the shop says to its database from now on."""
    said: list[str] = []
    with app.app_context():
        event.listen(
            db.engine, "before_cursor_execute", lambda _c, _cu, statement, *_rest: said.append(statement)
        )
    return said


def test_from_the_lock_on_the_hot_row_to_the_commit_postgresql_is_told_one_thing(
    app: Flask, statements: list[str]
) -> None:
    with app.app_context(), transaction() as session:
        service.hold(session, {BAG: 2}, owner=uuid4(), until=now() + timedelta(minutes=30))
    first = next(place for place, said in enumerate(statements) if "UPDATE stock" in said)
    after = statements[first:]

    with app.app_context():
        engine = db.engine.dialect.name
    assert len(after) == (1 if engine == "postgresql" else 3)


def test_one_statement_writes_what_three_write(app: Flask) -> None:
    """The same rows on both engines."""
    owner, until = uuid4(), now() + timedelta(minutes=30)

    with app.app_context():
        with transaction() as session:
            service.hold(session, {BAG: 2}, owner=owner, until=until)
        reading = db.session()
        hold = reading.scalars(select(Hold).where(Hold.owner == owner)).one()
        entry = reading.scalars(select(Movement).where(Movement.reference == str(hold.id))).one()

        assert (hold.quantity, hold.status, hold.ends_at) == (2, "active", until)
        assert timedelta(0) <= now() - hold.created_at < timedelta(minutes=5)
        assert (entry.kind, entry.on_hand_delta, entry.held_delta) == ("held", 0, 2)
        assert (entry.variant_id, entry.location_id) == (hold.variant_id, hold.location_id)
        variant_id = reading.scalars(select(Variant.id).where(Variant.sku == BAG)).one()
        assert queries.available(reading, variant_id) == PIECES - 2
