"""Ended holds that two buyers reach for at once: enough for both is enough for both."""

from __future__ import annotations

from datetime import timedelta
from threading import Event, Thread
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask

from shop.inventory import service
from shop.kit.clock import clock, now
from shop.kit.db import transaction
from tests.races import MEETING_SECONDS
from tests.shopper import BAG, PIECES


def hold(app: Flask, pieces: int) -> None:
    with app.app_context(), transaction() as session:
        service.hold(session, {BAG: pieces}, owner=uuid4(), until=now() + timedelta(minutes=30))


def test_a_buyer_who_comes_while_another_puts_ended_holds_back_gets_a_piece(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rival runs when the holds are marked and their pieces are not back yet."""
    hold(app, PIECES)
    clock.advance(timedelta(minutes=31))
    mark_ended, refused, finished = service._mark_ended, [], Event()

    def rival() -> None:
        try:
            hold(app, 1)
        except Exception as refusal:
            refused.append(refusal)
        finished.set()

    coming = Thread(target=rival)

    def let_the_rival_come(*arguments: Any) -> Any:
        monkeypatch.setattr(service, "_mark_ended", mark_ended)
        marked = mark_ended(*arguments)
        coming.start()
        # He has to wait for us; where he need not, he is done long before this ends.
        finished.wait(0.5)
        return marked

    monkeypatch.setattr(service, "_mark_ended", let_the_rival_come)
    hold(app, 1)
    coming.join(MEETING_SECONDS)

    assert not coming.is_alive()
    assert refused == []
