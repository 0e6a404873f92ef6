"""The shop as it is served: what everybody may read is answered from memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from sqlalchemy import event

from shop.app import create_app
from shop.kit.db import db
from shop.kit.hot import layer as hot
from shop.payments.double import InProcessHTTPClient, StripeDouble
from tests.conftest import dispose, settings_for
from tests.contract import Contract

ORIGIN = "https://boutique.example"
TOKEN = "a token of the tests, long enough"

Statements = Callable[[], list[str]]


@pytest.fixture(autouse=True)
def stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no time pass that a test does not let pass: a slow machine changes nothing."""
    monkeypatch.setattr(hot, "monotonic", lambda: 1000.0)


@pytest.fixture
def app(seeded_url: str, double: StripeDouble) -> Iterator[Flask]:
    """The shop on the real catalogue, with room for hot answers."""
    settings = settings_for(seeded_url, hot_bytes=8 * 1024 * 1024, metrics_token=TOKEN)
    app = create_app(settings, stripe_client=InProcessHTTPClient(double))
    contract = Contract(app)
    yield app
    dispose(app)
    assert contract.violations == []


@contextmanager
def counted(app: Flask) -> Iterator[list[str]]:
    """Collect the statements that the shop asks its database in the block."""
    statements: list[str] = []

    def note(*args: object) -> None:
        statements.append(str(args[2]))

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)
