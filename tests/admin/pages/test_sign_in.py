"""Signing in with a key: who is let in, for how long, and who is kept out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from shop.admin import keys, sessions
from shop.admin.models import AdminSession
from shop.app import create_app
from shop.audit.models import AuditEntry
from shop.kit.clock import clock
from shop.kit.rate_limits import FAILURES_OVERALL
from shop.kit.tokens import hashed
from tests.admin.pages.browsing import SAME_SITE, Merchant, form, words
from tests.conftest import dispose, settings_for
from tests.databases import SqliteDatabases


@pytest.fixture
def merchant(app: Flask) -> Merchant:
    return Merchant.of(app)


def test_a_key_opens_the_pages_and_is_nowhere_kept(app: Flask, merchant: Merchant, session: Session) -> None:
    before = merchant.opens("/")
    answer = merchant.signs_in()
    after = merchant.opens("/")

    assert (before.status_code, before.headers["Location"]) == (303, "/admin/sign-in?next=/admin/")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/")
    assert after.status_code == 200
    assert "Overview" in words(after)
    (row,) = session.scalars(select(AdminSession))
    assert row.token_hash == hashed(merchant.cookie())
    assert merchant.key not in after.text + str(vars(row))


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


def test_a_sign_in_renews_the_token_and_ends_the_session_before(
    app: Flask, merchant: Merchant, session: Session
) -> None:
    merchant.opens("/sign-in")
    planted = merchant.cookie()
    merchant.signed_in()
    first = merchant.cookie()
    merchant.signed_in()

    assert len({planted, first, merchant.cookie()}) == 3
    with app.app_context():
        assert sessions.find(session, first) is None
        assert sessions.find(session, planted) is None


def test_a_wrong_key_is_told_so_and_stays_outside(merchant: Merchant) -> None:
    for key in ("", "adm_wrong", "a" * 5_000, "adm_\u00e9\U0001f45c"):
        answer = merchant.signs_in(key)
        assert answer.status_code == 401, key
        assert "That key does not open this door." in words(answer)
        assert merchant.opens("/").status_code == 303


def test_unknown_expired_and_revoked_keys_are_answered_alike(app: Flask) -> None:
    known = {name: Merchant.of(app, name=name) for name in ("revoked", "expired")}
    with app.app_context():
        keys.revoke("revoked")
    clock.advance(timedelta(days=31))

    answers = [each.signs_in() for each in known.values()]
    answers.append(known["expired"].signs_in("adm_unknown"))

    assert {(each.status_code, words(each)) for each in answers} == {(401, words(answers[0]))}


def test_a_revoked_key_signs_out_at_once(app: Flask, merchant: Merchant) -> None:
    merchant.signed_in()
    with app.app_context():
        keys.revoke("ada")

    assert merchant.opens("/").headers["Location"] == "/admin/sign-in?next=/admin/"


def test_a_sign_out_ends_the_session_for_whoever_copied_the_cookie(app: Flask, merchant: Merchant) -> None:
    merchant.signed_in()
    thief = app.test_client()
    thief.set_cookie("shop_admin", merchant.cookie(), path="/admin")
    assert thief.get("/admin/").status_code == 200

    answer = merchant.sends(form(merchant.opens("/"), "/sign-out"))

    assert answer.headers["Location"] == "/admin/sign-in"
    assert "You are signed out." in words(merchant.opens("/sign-in"))
    assert thief.get("/admin/").status_code == 303


def test_a_session_ends_after_half_an_hour_without_a_request(merchant: Merchant) -> None:
    merchant.signed_in()
    for _ in range(3):
        clock.advance(timedelta(minutes=29))
        assert merchant.opens("/").status_code == 200
    clock.advance(timedelta(minutes=31))

    assert merchant.opens("/").status_code == 303


def test_a_session_ends_after_twelve_hours_in_any_case(merchant: Merchant) -> None:
    merchant.signed_in()
    for _ in range(25):
        clock.advance(timedelta(minutes=28))
        assert merchant.opens("/").status_code == 200
    clock.advance(timedelta(minutes=28))

    assert merchant.opens("/").status_code == 303


def test_a_page_needs_the_scope_of_what_it_shows(app: Flask) -> None:
    reader = Merchant.of(app, "orders:read", name="reader").signed_in()

    assert reader.opens("/orders").status_code == 200
    refused = reader.opens("/books")
    assert refused.status_code == 403
    assert "Your key lacks invariants:read." in words(refused)
    assert "/admin/audit" not in refused.text


def test_the_sign_in_leads_back_to_where_one_was_going(merchant: Merchant) -> None:
    asked = merchant.opens("/orders?status=paid&q=")

    answer = merchant.signs_in(path=asked.headers["Location"].removeprefix("/admin"))

    assert answer.headers["Location"] == "/admin/orders?status=paid&q="


def test_the_sign_in_leads_nowhere_else(merchant: Merchant) -> None:
    for there in ("https://evil.example", "//evil.example", "/admin/../x y", "/adminevil", "/admin\\x"):
        found = form(merchant.opens("/sign-in"), "/sign-in")
        answer = merchant.sends(found, key=merchant.key, next=there)
        assert answer.headers["Location"] == "/admin/", there


def test_a_form_of_another_site_is_refused_though_it_knows_the_token(merchant: Merchant) -> None:
    found = form(merchant.opens("/sign-in"), "/sign-in")
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


def test_sign_ins_and_outs_are_in_the_audit_log(merchant: Merchant, session: Session) -> None:
    token = merchant.signed_in().cookie()
    merchant.sends(form(merchant.opens("/"), "/sign-out"))

    last = session.scalars(select(AuditEntry).order_by(AuditEntry.number.desc()).limit(2)).all()
    assert [(each.action, each.actor) for each in last] == [
        ("session.close", "key:ada"),
        ("session.open", "key:ada"),
    ]
    assert token not in str([each.after for each in last])


class TestLockOut:
    """One engine: failures are counted in memory."""

    @pytest.fixture
    def databases(self, sqlite_databases: SqliteDatabases) -> SqliteDatabases:
        return sqlite_databases

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
