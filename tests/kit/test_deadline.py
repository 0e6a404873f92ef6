"""The time of a request: begun anew for each, and given back whatever happens in it."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from flask import Flask

from shop.app import create_app
from shop.kit.deadline import REQUEST_SECONDS, remaining, within
from tests.conftest import settings_for


@pytest.fixture
def app_without_database(tmp_path: Path) -> Flask:
    return create_app(settings_for(f"sqlite:///{tmp_path / 'shop.db'}"))


def test_work_that_nobody_waits_for_has_no_end() -> None:
    assert remaining() == math.inf


def test_an_inner_limit_shortens_the_outer_one_and_never_lengthens_it() -> None:
    with within(5):
        with within(2):
            assert remaining() <= 2
        with within(50):
            assert remaining() <= 5
        assert 2 < remaining() <= 5
    assert remaining() == math.inf


def test_a_request_has_less_than_ten_seconds(
    app_without_database: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[float] = []

    def look() -> str:
        seen.append(remaining())
        return ""

    monkeypatch.setitem(app_without_database.view_functions, "health.alive", look)
    app_without_database.test_client().get("/healthz")

    assert len(seen) == 1
    assert 0 < seen[0] <= REQUEST_SECONDS < 10
    assert remaining() == math.inf


@pytest.mark.parametrize("failure", [RuntimeError, SystemExit])
def test_a_request_that_fails_takes_no_time_from_the_next(
    app_without_database: Flask, monkeypatch: pytest.MonkeyPatch, failure: type[BaseException]
) -> None:
    """Not even one that fails inside another one of the same thread."""
    client = app_without_database.test_client()

    def fail() -> str:
        raise failure

    def ask_within() -> str:
        with pytest.raises(SystemExit) if failure is SystemExit else within(math.inf):
            client.get("/readyz")
        raise failure

    monkeypatch.setitem(app_without_database.view_functions, "health.ready", fail)
    monkeypatch.setitem(app_without_database.view_functions, "health.alive", ask_within)
    with pytest.raises(SystemExit) if failure is SystemExit else within(math.inf):
        client.get("/healthz")

    assert remaining() == math.inf
