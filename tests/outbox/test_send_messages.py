"""Messages: owed in the transaction of what they tell of, sent afterwards, and not lost."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from shop.config import current_settings
from shop.kit.db import db, transaction
from shop.outbox import service as outbox
from shop.outbox.models import OutboxMessage
from tests.outbox.mail_server import mail_server
from tests.shopper import Shopper


@pytest.fixture
def paid(shopper: Shopper) -> Shopper:
    shopper.places_order()
    shopper.pays()
    shopper.comes_back()
    shopper.hears_webhooks()
    return shopper


def sends(app: Flask, mail_url: str) -> int:
    """Send what waits; return what still does."""
    with app.app_context():
        return outbox.send_waiting(replace(current_settings(), mail_url=mail_url))


def test_a_paid_order_is_confirmed_once_to_its_shopper(paid: Shopper, app: Flask, session: Session) -> None:
    with mail_server() as (address, taken):
        assert [sends(app, address), sends(app, address)] == [0, 0]

    (message,) = taken
    assert "To: ada@example.com" in message
    assert f"Subject: Your order {paid.placed['order']['number']}" in message
    assert "USD 2,850.00" in message
    assert session.scalars(select(OutboxMessage.sent_at)).one() is not None


def test_it_is_a_file_where_files_are_asked_for(paid: Shopper, app: Flask, tmp_path: Path) -> None:
    assert sends(app, (tmp_path / "mail").as_uri()) == 0

    (file,) = (tmp_path / "mail").iterdir()
    assert "is paid" in file.read_text()


def test_it_waits_for_a_mail_server_that_is_away(paid: Shopper, app: Flask, session: Session) -> None:
    with mail_server() as (address, _):
        pass

    assert sends(app, address) == 1
    assert session.execute(select(OutboxMessage.sent_at, OutboxMessage.attempts)).one() == (None, 1)

    with mail_server() as (address, taken):
        assert sends(app, address) == 0
    assert len(taken) == 1


def test_without_an_address_nothing_is_sent_and_nothing_lost(paid: Shopper, app: Flask) -> None:
    assert sends(app, "") == 1


def test_the_same_message_owed_twice_is_one(app: Flask, session: Session) -> None:
    with app.app_context(), transaction() as writing:
        for _ in range(2):
            outbox.owe(writing, "order_confirmed", "A", recipient="a@example.com", facts={})

    assert session.scalars(select(OutboxMessage.subject)).all() == ["A"]


def test_a_message_is_owed_only_if_its_cause_is_committed(app: Flask, session: Session) -> None:
    def fail() -> None:
        with transaction() as writing:
            outbox.owe(writing, "order_confirmed", "A", recipient="a@example.com", facts={})
            raise RuntimeError("the cause")

    with app.app_context():
        with pytest.raises(RuntimeError, match="the cause"):
            fail()
        assert not outbox.anything_waits(db.session())
