"""Guessing names and passwords: what it tells, what it costs, and when nothing is looked at any more."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from shop.admin import users
from shop.app import create_app
from shop.kit.clock import clock
from shop.kit.rate_limits import LOCK_OUT_SECONDS
from tests.admin.pages.browsing import Merchant, words
from tests.conftest import dispose, settings_for

PASSWORD = "a bag of good words"
OTHER = "another bag of words"


@pytest.fixture
def grace(app: Flask) -> Merchant:
    return Merchant.user(app, "grace", PASSWORD)


def test_the_same_work_is_done_whether_there_is_such_a_user_or_not(
    app: Flask, grace: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hash is what an answer takes its time for: a guess must not tell by it who is a user."""
    Merchant.user(app, "gone", PASSWORD)
    with app.app_context():
        users.disable("gone")
    work, scrypt = list[dict[str, object]](), hashlib.scrypt

    def noted(password: bytes, **how: Any) -> bytes:
        work.append({**how, "salt": len(how["salt"])})
        return scrypt(password, **how)

    monkeypatch.setattr(hashlib, "scrypt", noted)
    done = {}
    for name, password in (
        ("grace", OTHER),
        ("grace", ""),
        ("grace", "x" * 10_000),
        ("gone", PASSWORD),
        ("nobody", OTHER),
        ("no/body", OTHER),
        ("n" * 10_000, OTHER),
    ):
        work.clear()
        assert grace.signs_in_as(name, password).status_code == 401
        done[name[:9], password[:9]] = list(work)

    of_grace = done["grace", OTHER[:9]]
    assert [(each["n"], each["r"], each["p"]) for each in of_grace] == [(32768, 8, 3)]
    assert {case: each for case, each in done.items() if each != of_grace} == {}


def test_what_is_too_long_to_be_right_is_not_composed(
    grace: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That takes a time that grows with the square of its length, before anything is counted."""
    compose, lengths = unicodedata.normalize, list[int]()

    def noted(form: Any, text: str) -> str:
        lengths.append(len(text))
        return compose(form, text)

    monkeypatch.setattr(unicodedata, "normalize", noted)
    marks = "a" + "\u0301\u0323" * 1_000

    assert grace.signs_in_as(marks, marks).status_code == 401
    assert max(lengths, default=0) <= 800
    assert grace.signs_in_as("grace", PASSWORD).status_code == 303
    assert len(PASSWORD) in lengths


@pytest.mark.usefixtures("lasting_windows")
class TestLockOut:
    """A shop that counts three failures."""

    @pytest.fixture
    def app(self, seeded_url: str) -> Iterator[Flask]:
        app = create_app(settings_for(seeded_url, limit_failures=3, unlimited_networks=()))
        yield app
        dispose(app)

    def at(self, app: Flask, address: str) -> Merchant:
        client = app.test_client()
        client.environ_base["REMOTE_ADDR"] = address
        return Merchant(client, "")

    def test_a_name_is_locked_from_everywhere_in_every_spelling_and_opens_again(
        self, app: Flask, grace: Merchant
    ) -> None:
        Merchant.user(app, "other", PASSWORD)
        for number, name in enumerate(("grace", "GRACE", " \uff27race")):
            assert self.at(app, f"192.0.2.{number}").signs_in_as(name, OTHER).status_code == 401

        locked = self.at(app, "203.0.113.9").signs_in_as("grace", PASSWORD)

        assert locked.status_code == 429
        assert "Nobody is let in by that name for" in words(locked)
        assert "not with a right password either" in words(locked)
        assert 0 < int(locked.headers["Retry-After"]) <= LOCK_OUT_SECONDS
        assert self.at(app, "203.0.113.9").signs_in_as("other", PASSWORD).status_code == 303
        clock.advance(timedelta(seconds=int(locked.headers["Retry-After"])))
        assert self.at(app, "203.0.113.9").signs_in_as("grace", PASSWORD).status_code == 303

    def test_a_name_that_nobody_has_is_locked_alike(self, app: Flask) -> None:
        for number in range(3):
            assert self.at(app, f"192.0.2.{number}").signs_in_as("nobody", OTHER).status_code == 401

        assert self.at(app, "203.0.113.9").signs_in_as("nobody", OTHER).status_code == 429

    def test_an_address_is_locked_out_by_wrong_passwords_of_any_names_for_keys_too(self, app: Flask) -> None:
        key = Merchant.of(app).key
        guesser = self.at(app, "192.0.2.7")
        for name in ("a", "b", "c"):
            assert guesser.signs_in_as(name, OTHER).status_code == 401

        assert guesser.signs_in_as("d", OTHER).status_code == 429
        assert guesser.signs_in(key).status_code == 429
        assert self.at(app, "192.0.2.8").signs_in(key).status_code == 303
