"""Signing in with a key: who is let in, for how long, and who is kept out."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from shop.admin import keys, sessions
from shop.admin.models import AdminSession
from shop.audit.models import AuditEntry
from shop.kit.clock import clock
from shop.kit.tokens import hashed
from tests.admin.pages.browsing import Merchant, form, words


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


def test_sign_ins_and_outs_are_in_the_audit_log(merchant: Merchant, session: Session) -> None:
    token = merchant.signed_in().cookie()
    merchant.sends(form(merchant.opens("/"), "/sign-out"))

    last = session.scalars(select(AuditEntry).order_by(AuditEntry.number.desc()).limit(2)).all()
    assert [(each.action, each.actor) for each in last] == [
        ("session.close", "key:ada"),
        ("session.open", "key:ada"),
    ]
    assert token not in str([each.after for each in last])
