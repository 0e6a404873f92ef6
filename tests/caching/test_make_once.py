"""Who asks for what is just being made waits for it: one reading of the database answers all."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from shop.discovery import routes
from shop.kit.clock import clock
from shop.kit.hot import flights
from shop.kit.hot.flights import Flight, Landed
from tests.caching.conftest import ORIGIN
from tests.databases import SqliteDatabases
from tests.races import MEETING_SECONDS

LIST = "/v1/products?family=le-city"


@pytest.fixture
def databases(sqlite_databases: SqliteDatabases) -> SqliteDatabases:
    """One engine: what is told here does not depend on it."""
    return sqlite_databases


class Making:
    """Answers that stop in the middle of being made, and whoever waits for them."""

    def __init__(self, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
        self.app, self.made = app, 0
        self.begun, self.waiting = threading.Semaphore(0), threading.Semaphore(0)
        self.may_end = threading.Event()
        self.middle: Callable[[], None] = lambda: None
        read, wait = routes.read_products, Flight.wait

        def stopping(*args: Any, **kwargs: Any) -> Any:
            self.made += 1
            self.begun.release()
            assert self.may_end.wait(MEETING_SECONDS)
            self.middle()
            return read(*args, **kwargs)

        def noted(flight: Flight) -> Landed | None:
            self.waiting.release()
            return wait(flight)

        # Longer than any meeting: who waits for what he must not is seen to.
        monkeypatch.setattr(flights, "WAIT_SECONDS", 2 * MEETING_SECONDS)
        monkeypatch.setattr(routes, "read_products", stopping)
        monkeypatch.setattr(Flight, "wait", noted)
        self.pool = ThreadPoolExecutor(8)

    def ask(self, path: str = LIST, method: str = "GET", **headers: str) -> Future[TestResponse]:
        named: Mapping[str, str] = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.pool.submit(self.app.test_client().open, path, method=method, headers=named)

    def first(self) -> Future[TestResponse]:
        """Ask, and come back when the answer is being made."""
        asked = self.ask()
        assert self.begun.acquire(timeout=MEETING_SECONDS)
        return asked

    def waits(self, asked: Future[TestResponse]) -> Future[TestResponse]:
        """Come back when one more waits for another's answer."""
        assert self.waiting.acquire(timeout=MEETING_SECONDS)
        return asked

    def end(self, asked: Sequence[Future[TestResponse]]) -> list[TestResponse]:
        self.may_end.set()
        return [each.result(MEETING_SECONDS) for each in asked]


@pytest.fixture
def making(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Making]:
    found = Making(app, monkeypatch)
    with ended(found):
        yield found


@contextmanager
def ended(making: Making) -> Iterator[None]:
    try:
        yield
    finally:
        making.may_end.set()
        making.pool.shutdown()


def test_many_who_ask_at_once_are_answered_by_one_reading(making: Making) -> None:
    asked = [making.first()]
    asked += [making.waits(making.ask()) for _ in range(4)]

    answers = making.end(asked)

    assert making.made == 1
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.data for answer in answers}) == 1
    assert len({answer.headers["X-Request-Id"] for answer in answers}) == 5


def test_each_is_sent_what_it_likes_of_it(making: Making) -> None:
    plain = making.first()
    others = [
        making.waits(making.ask(method="HEAD")),
        making.waits(making.ask(Accept_Encoding="gzip")),
        making.waits(making.ask(If_None_Match="*")),
    ]

    first, head, zipped, known = making.end([plain, *others])

    etag_of = {answer.headers["ETag"] for answer in (first, head, known)}
    assert making.made == 1
    assert len(etag_of) == 1
    assert (head.data, head.headers["Content-Length"]) == (b"", str(len(first.data)))
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert (known.status_code, known.data) == (304, b"")


@pytest.mark.parametrize(
    "headers",
    [{"Origin": ORIGIN}, {"Accept": "application/ld+json"}, {"Authorization": "Bearer something"}],
    ids=str,
)
def test_what_may_be_another_answer_is_made_for_itself(making: Making, headers: dict[str, str]) -> None:
    asked = [making.first(), making.ask(**headers)]
    assert making.begun.acquire(timeout=MEETING_SECONDS)

    nobody, other = making.end(asked)

    assert making.made == 2
    assert "Access-Control-Allow-Origin" not in nobody.headers
    assert other.headers.get("Access-Control-Allow-Origin") == headers.get("Origin")


def test_another_address_waits_for_nobody(making: Making) -> None:
    asked = [making.first(), making.ask(f"{LIST}&limit=1")]
    assert making.begun.acquire(timeout=MEETING_SECONDS)

    answers = making.end(asked)

    assert [len((answer.json or {})["items"]) > 1 for answer in answers] == [True, False]


def test_where_the_first_fails_whoever_waited_is_answered_all_the_same(making: Making) -> None:
    def fail() -> None:
        if making.middle is fail:
            making.middle = lambda: None
            raise RuntimeError("the first has bad luck")

    making.middle = fail
    asked = [making.first(), *(making.waits(making.ask()) for _ in range(2))]

    first, *others = making.end(asked)

    assert first.status_code == 500
    assert [answer.status_code for answer in others] == [200, 200]
    assert making.made == 3


def test_nobody_waits_for_an_answer_that_was_begun_a_second_ago(making: Making) -> None:
    """It may tell of stock that was sold before he asked."""
    early = making.first()
    clock.advance(timedelta(seconds=1))
    late = making.ask()
    assert making.begun.acquire(timeout=MEETING_SECONDS)
    joined = making.waits(making.ask())

    early_answer, late_answer, joined_answer = making.end([early, late, joined])

    assert making.made == 2
    assert early_answer.headers["Age"] == "1"
    assert "Age" not in late_answer.headers
    assert "Age" not in joined_answer.headers


def test_waiting_has_an_end(making: Making, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flights, "WAIT_SECONDS", 0.01)
    asked = [making.first(), making.waits(making.ask())]
    assert making.begun.acquire(timeout=MEETING_SECONDS)  # though nothing has landed

    answers = making.end(asked)

    assert [answer.status_code for answer in answers] == [200, 200]
    assert making.made == 2


def test_what_nobody_may_keep_waits_for_nobody(app: Flask, making: Making) -> None:
    begun, go_on = threading.Semaphore(0), threading.Event()
    healthy = app.view_functions["health.alive"]

    def slow() -> Any:
        begun.release()
        assert go_on.wait(MEETING_SECONDS)
        return healthy()

    app.view_functions["health.alive"] = slow
    asked = [making.ask("/healthz") for _ in range(3)]
    try:
        for _ in asked:  # all of them at once
            assert begun.acquire(timeout=MEETING_SECONDS)
    finally:
        go_on.set()
        app.view_functions["health.alive"] = healthy

    assert [each.result(MEETING_SECONDS).status_code for each in asked] == [200] * 3
