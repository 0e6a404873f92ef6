"""Two people apply a seed at the same moment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from flask import Flask
from sqlalchemy import func, select

from shop.catalogue import queries
from shop.inventory.models import Movement, Stock
from shop.kit.db import db
from shop.seeding import service
from shop.seeding.report import Report
from tests.seeding.conftest import SEED


def test_a_seed_applied_twice_at_once_is_written_once(empty_app: Flask) -> None:
    together = Barrier(2)

    def apply() -> Report:
        with empty_app.app_context():
            together.wait(10)
            return service.apply(SEED)

    with ThreadPoolExecutor(2) as people:
        first, second = [one.result() for one in [people.submit(apply), people.submit(apply)]]

    assert sorted([first.added, second.added]) == [0, max(first.added, second.added)]
    assert first.changes + second.changes == max(first.added, second.added) > 2_500
    assert queries.revision(db.session()).number == 1
    opened = db.session.scalars(select(Movement.on_hand_delta)).all()
    assert sum(opened) == db.session.scalar(select(func.sum(Stock.on_hand)))
