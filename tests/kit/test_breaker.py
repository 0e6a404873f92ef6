"""The breaker: who asks a service that is down, and how many wait for one that is slow."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest

from shop.kit import breaker as module
from shop.kit import deadline
from shop.kit.breaker import FAILURES, PAUSE_SECONDS, Breaker, UnavailableError
from shop.kit.clock import clock


class DownError(Exception):
    """What the service says when it is down."""


class RefusedError(Exception):
    """What the service says when it is well and does not want to."""


def ask(breaker: Breaker, error: Exception | None = None) -> None:
    with breaker.call(DownError):
        if error is not None:
            raise error


def fail(breaker: Breaker, times: int = 1) -> None:
    for _ in range(times):
        with pytest.raises(DownError):
            ask(breaker, DownError())


class Slow:
    """A call under way that ends when it is told to."""

    def __init__(self, breaker: Breaker) -> None:
        self._breaker, self._entered, self._leave = breaker, threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        assert self._entered.wait(10)

    def _run(self) -> None:
        with self._breaker.call(DownError):
            self._entered.set()
            self._leave.wait(30)

    def ends(self) -> None:
        self._leave.set()
        self._thread.join(10)


def test_after_five_failures_in_a_row_nobody_asks() -> None:
    breaker = Breaker("It")
    fail(breaker, FAILURES)

    with pytest.raises(UnavailableError) as refused:
        ask(breaker)

    assert 1 <= refused.value.retry_after <= PAUSE_SECONDS


def test_failures_that_are_not_in_a_row_do_not_count() -> None:
    breaker = Breaker("It")
    for _ in range(3):
        fail(breaker, FAILURES - 1)
        ask(breaker)


def test_a_refusal_is_an_answer_and_no_failure() -> None:
    breaker = Breaker("It")
    for _ in range(FAILURES + 1):
        with pytest.raises(RefusedError):
            ask(breaker, RefusedError())


def test_after_a_pause_one_request_asks_and_its_luck_opens_the_way() -> None:
    breaker = Breaker("It")
    fail(breaker, FAILURES)

    clock.advance(timedelta(seconds=PAUSE_SECONDS + 1))
    ask(breaker)

    fail(breaker, FAILURES - 1)
    ask(breaker)


def test_a_failure_after_the_pause_begins_another_pause() -> None:
    breaker = Breaker("It")
    fail(breaker, FAILURES)
    clock.advance(timedelta(seconds=PAUSE_SECONDS + 1))

    fail(breaker)

    with pytest.raises(UnavailableError):
        ask(breaker)


def test_while_one_asks_the_others_wait_for_what_comes_of_it() -> None:
    breaker = Breaker("It")
    fail(breaker, FAILURES)
    clock.advance(timedelta(seconds=PAUSE_SECONDS + 1))
    probe = Slow(breaker)

    with pytest.raises(UnavailableError):
        ask(breaker)

    probe.ends()
    ask(breaker)


def test_a_clock_set_back_prolongs_no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's clock is not asked: a pause of seconds would last an hour."""
    breaker = Breaker("It")
    fail(breaker, FAILURES)
    passed = time.monotonic() + PAUSE_SECONDS + 1
    hour_ago = time.time() - 3600

    monkeypatch.setattr(module.time, "monotonic", lambda: passed)
    monkeypatch.setattr(module.time, "time", lambda: hour_ago)

    ask(breaker)


def test_no_more_than_may_wait_at_once_do() -> None:
    breaker = Breaker("It", at_once=2)
    slow = [Slow(breaker), Slow(breaker)]

    before = time.monotonic()
    with pytest.raises(UnavailableError, match="slow"):
        ask(breaker)
    assert time.monotonic() - before < 10

    for each in slow:
        each.ends()
    ask(breaker)


def test_while_the_service_answers_the_next_one_waits_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    # However slow this machine is, the turn comes first.
    monkeypatch.setattr(module, "SLOW_SECONDS", 30.0)
    monkeypatch.setattr(module, "TURN_SECONDS", 30.0)
    breaker = Breaker("It", at_once=1)
    first = Slow(breaker)
    answered = threading.Event()

    def second() -> None:
        ask(breaker)
        answered.set()

    waiting = threading.Thread(target=second)
    waiting.start()
    assert not answered.wait(0.05)
    first.ends()

    assert answered.wait(10)
    waiting.join(10)


def test_while_the_service_fails_nobody_waits_for_a_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SLOW_SECONDS", 30.0)
    monkeypatch.setattr(module, "TURN_SECONDS", 30.0)
    breaker = Breaker("It", at_once=1)
    fail(breaker)
    busy = Slow(breaker)

    before = time.monotonic()
    with pytest.raises(UnavailableError):
        ask(breaker)

    assert time.monotonic() - before < 10
    busy.ends()


def test_a_turn_ends_with_the_request_that_waits_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SLOW_SECONDS", 30.0)
    monkeypatch.setattr(module, "TURN_SECONDS", 30.0)
    breaker = Breaker("It", at_once=1)
    busy = Slow(breaker)

    before = time.monotonic()
    with deadline.within(0.1), pytest.raises(UnavailableError):
        ask(breaker)

    assert time.monotonic() - before < 10
    busy.ends()
