"""The door of the admin pages: forms of strangers, wrong keys, and who is locked out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask

from shop.app import create_app
from shop.kit.clock import clock
from shop.kit.rate_limits import FAILURES_OVERALL
from tests.admin.pages.browsing import SAME_SITE, Merchant, form, sign_in_form, words
from tests.conftest import dispose, settings_for
from tests.databases import SqliteDatabases


@pytest.fixture
def databases(sqlite_databases: SqliteDatabases) -> SqliteDatabases:
    """One engine: what stands here happens in front of the database."""
    return sqlite_databases


@pytest.fixture
def merchant(app: Flask) -> Merchant:
    return Merchant.of(app)


def test_the_cookie_is_for_these_pages_alone(merchant: Merchant) -> None:
    (cookie,) = merchant.signs_in().headers.getlist("Set-Cookie")

    assert {"Path=/admin", "HttpOnly", "SameSite=Strict"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


def test_behind_tls_the_cookie_is_sent_by_tls_only(seeded_url: str) -> None:
    app = create_app(settings_for(seeded_url, public_url="https://shop.example"))
    with app.test_client() as client:
        cookie = client.get("/admin/sign-in").headers["Set-Cookie"]
    dispose(app)

    assert "Secure" in cookie


def test_a_wrong_key_is_told_so_and_stays_outside(merchant: Merchant) -> None:
    for key in ("", "adm_wrong", "a" * 5_000, "adm_\u00e9\U0001f45c"):
        answer = merchant.signs_in(key)
        assert answer.status_code == 401, key
        assert "That key does not open this door." in words(answer)
        assert merchant.opens("/").status_code == 303


def test_the_sign_in_leads_back_to_where_one_was_going(merchant: Merchant) -> None:
    asked = merchant.opens("/orders?status=paid&q=")

    answer = merchant.signs_in(path=asked.headers["Location"].removeprefix("/admin"))

    assert answer.headers["Location"] == "/admin/orders?status=paid&q="


def test_the_sign_in_leads_nowhere_else(merchant: Merchant) -> None:
    for there in ("https://evil.example", "//evil.example", "/admin/../x y", "/adminevil", "/admin\\x"):
        found = sign_in_form(merchant.opens("/sign-in"), "key")
        answer = merchant.sends(found, key=merchant.key, next=there)
        assert answer.headers["Location"] == "/admin/", there


def test_a_form_of_another_site_is_refused_though_it_knows_the_token(merchant: Merchant) -> None:
    found = sign_in_form(merchant.opens("/sign-in"), "key")
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {},
    ):
        answer = merchant.sends(found, headers=headers, key=merchant.key)
        assert answer.status_code == 403, headers
        assert "Form refused" in words(answer)


def test_a_form_without_its_token_is_refused(merchant: Merchant) -> None:
    merchant.signed_in()
    found = form(merchant.opens("/"), "/sign-out")
    for token in (None, "", "wrong", "\u00fc"):
        assert merchant.sends(found, csrf_token=token).status_code == 403, token
    assert merchant.opens("/").status_code == 200


def test_the_token_of_one_browser_is_no_other_ones(app: Flask, merchant: Merchant) -> None:
    merchant.signed_in()
    other = Merchant.of(app, name="eve").signed_in()
    theirs = form(other.opens("/"), "/sign-out").fields["csrf_token"]

    assert merchant.sends(form(merchant.opens("/"), "/sign-out"), csrf_token=theirs).status_code == 403


@pytest.mark.usefixtures("lasting_windows")
class TestLockOut:
    """A shop that counts three failures."""

    @pytest.fixture
    def app(self, seeded_url: str) -> Iterator[Flask]:
        app = create_app(settings_for(seeded_url, limit_failures=3, unlimited_networks=()))
        yield app
        dispose(app)

    def from_address(self, app: Flask, merchant: Merchant, address: str) -> Merchant:
        client = app.test_client()
        client.environ_base["REMOTE_ADDR"] = address
        return Merchant(client, merchant.key)

    def test_an_address_is_locked_out_after_failures_and_let_in_again_later(self, app: Flask) -> None:
        merchant = self.from_address(app, Merchant.of(app), "192.0.2.7")
        for _ in range(3):
            assert merchant.signs_in("adm_wrong").status_code == 401

        locked = merchant.signs_in()

        assert locked.status_code == 429
        assert 0 < int(locked.headers["Retry-After"]) <= 600
        assert "not with a right key either" in words(locked)
        other = self.from_address(app, merchant, "192.0.2.8")
        assert other.signs_in().status_code == 303
        clock.advance(timedelta(minutes=11))
        assert merchant.signs_in().status_code == 303

    def test_failures_at_the_api_lock_the_sign_in_too_and_the_other_way_round(self, app: Flask) -> None:
        merchant = self.from_address(app, Merchant.of(app), "192.0.2.7")
        wrong = {"Authorization": "Bearer adm_wrong"}
        assert merchant.client.get("/v1/admin/audit", headers=wrong).status_code == 401
        for _ in range(2):
            merchant.signs_in("adm_wrong")

        right = {"Authorization": f"Bearer {merchant.key}"}
        assert merchant.client.get("/v1/admin/audit", headers=right).status_code == 429
        assert merchant.signs_in().status_code == 429

    def test_many_addresses_together_are_locked_out_and_who_is_in_stays_in(self, app: Flask) -> None:
        merchant = Merchant.of(app)
        inside = self.from_address(app, merchant, "192.0.2.1").signed_in()
        for number in range(3 * FAILURES_OVERALL):
            each = self.from_address(app, merchant, f"198.51.100.{number}")
            assert each.signs_in("adm_wrong").status_code == 401

        assert self.from_address(app, merchant, "203.0.113.9").signs_in().status_code == 429
        assert inside.opens("/").status_code == 200
        right = {"Authorization": f"Bearer {merchant.key}", **SAME_SITE}
        assert inside.client.get("/v1/admin/audit", headers=right).status_code == 200
