"""Signing in with a name and a password: who is let in, for how long, and who is kept out."""

from __future__ import annotations

from threading import Thread

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from shop.admin import passwords, sessions, users
from shop.admin.models import AdminSession, AdminUser
from shop.audit.models import AuditEntry
from shop.kit.db import db, transaction
from tests.admin.pages.browsing import Form, Merchant, form, forms, sign_in_form, words
from tests.shopper import BAG

PASSWORD = "a bag of good words"
OTHER = "another bag of words"


@pytest.fixture
def grace(app: Flask) -> Merchant:
    return Merchant.user(app, "grace", PASSWORD)


def is_in(merchant: Merchant) -> bool:
    return merchant.opens("/").status_code == 200


def test_a_name_and_a_password_open_the_pages(grace: Merchant, session: Session) -> None:
    answer = grace.signs_in_as(" Grace ", PASSWORD, "/sign-in?next=/admin/orders")

    assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/orders")
    page = grace.opens("/")
    assert "Signed in as grace until" in page.text
    (row,) = session.scalars(select(AdminSession))
    assert (row.key_id, row.user_id is not None) == (None, True)
    assert PASSWORD not in page.text + str(vars(row))


def test_the_log_names_the_user(grace: Merchant, session: Session) -> None:
    grace.signs_in_as("grace", PASSWORD)
    found = next(f for f in forms_of_stock(grace) if "milan-01" in f.fields.values())
    grace.sends(found, delta="1", reason="found")
    grace.sends(form(grace.opens("/"), "/sign-out"))

    assert not is_in(grace)
    log = session.scalars(select(AuditEntry).order_by(AuditEntry.number.desc()).limit(3)).all()
    assert [(each.action, each.actor) for each in reversed(log)] == [
        ("session.open", "user:grace"),
        ("stock.adjust", "user:grace"),
        ("session.close", "user:grace"),
    ]


def forms_of_stock(merchant: Merchant) -> list[Form]:
    return forms(merchant.opens(f"/stock/{BAG}"))


def test_a_user_does_what_its_scopes_allow(app: Flask) -> None:
    reader = Merchant.user(app, "reader", PASSWORD, "orders:read")
    reader.signs_in_as("reader", PASSWORD)

    assert reader.opens("/orders").status_code == 200
    refused = reader.opens("/books")
    assert (refused.status_code, "Your account lacks invariants:read." in words(refused)) == (403, True)


def test_unknown_and_disabled_users_and_wrong_passwords_are_answered_alike(
    app: Flask, grace: Merchant
) -> None:
    Merchant.user(app, "gone", PASSWORD)
    with app.app_context():
        users.disable("gone")

    answers = [
        grace.signs_in_as(*typed)
        for typed in (
            ("grace", OTHER),
            ("gone", PASSWORD),
            ("nobody", PASSWORD),
            ("no/body", PASSWORD),
            ("", ""),
        )
    ]

    told = {(each.status_code, words(each)) for each in answers}
    assert told == {(401, words(answers[0]))}
    assert "That name and that password do not open this door." in words(answers[0])
    assert not is_in(grace)


def test_a_key_in_place_of_a_password_opens_nothing_and_a_password_no_key(
    app: Flask, grace: Merchant
) -> None:
    key = Merchant.of(app).key

    assert grace.signs_in_as("ada", key).status_code == 401
    assert grace.signs_in(PASSWORD).status_code == 401
    bearer = {"Authorization": f"Bearer {PASSWORD}"}
    assert grace.client.get("/v1/admin/audit", headers=bearer).status_code == 401


def test_a_disabled_user_is_signed_out_at_once_everywhere(app: Flask, grace: Merchant) -> None:
    elsewhere = Merchant(app.test_client(), "")
    for each in (grace, elsewhere):
        each.signs_in_as("grace", PASSWORD)
    assert is_in(grace)
    with app.app_context():
        assert users.disable("grace") == 2

    assert not is_in(grace)
    assert not is_in(elsewhere)
    assert grace.signs_in_as("grace", PASSWORD).status_code == 401


def test_a_session_of_a_disabled_user_opens_nothing_though_its_row_is_there(
    app: Flask, grace: Merchant, session: Session
) -> None:
    grace.signs_in_as("grace", PASSWORD)
    with app.app_context(), transaction() as writing:
        writing.execute(update(AdminUser).values(disabled_at=AdminUser.created_at))

    assert session.scalars(select(AdminSession)).all() != []
    assert not is_in(grace)


def test_a_session_of_before_opens_nothing_when_its_user_comes_back(
    app: Flask, grace: Merchant, session: Session
) -> None:
    grace.signs_in_as("grace", PASSWORD)
    with app.app_context():
        with transaction() as writing:  # not by the command, which ends the session
            writing.execute(update(AdminUser).values(disabled_at=AdminUser.created_at))
        assert users.enable("grace")

    assert not is_in(grace)
    assert grace.signs_in_as("grace", PASSWORD).status_code == 303


def test_a_password_that_was_changed_meanwhile_opens_when_its_user_comes_back(
    app: Flask, grace: Merchant
) -> None:
    with app.app_context():
        users.disable("grace")
        users.set_password("grace", OTHER)
    assert grace.signs_in_as("grace", OTHER).status_code == 401
    with app.app_context():
        users.enable("grace")

    assert grace.signs_in_as("grace", PASSWORD).status_code == 401
    assert grace.signs_in_as("grace", OTHER).status_code == 303


def test_scopes_are_lost_and_won_at_once_where_one_is_signed_in(app: Flask) -> None:
    reader = Merchant.user(app, "reader", PASSWORD, "orders:read", "stock:read")
    reader.signs_in_as("reader", PASSWORD)

    def answers() -> list[int]:
        return [reader.opens(path).status_code for path in ("/orders", "/stock", "/books")]

    assert answers() == [200, 200, 403]
    with app.app_context():
        assert users.set_scopes("Reader", ["orders:read"])
    assert answers() == [200, 403, 403]
    with app.app_context():
        assert users.set_scopes("reader", ["invariants:read"])
    assert answers() == [403, 403, 200]


def test_a_new_password_ends_the_users_sessions_and_no_other_ones(app: Flask, grace: Merchant) -> None:
    ada, other = Merchant.of(app).signed_in(), Merchant.user(app, "other", PASSWORD)
    other.signs_in_as("other", PASSWORD)
    grace.signs_in_as("grace", PASSWORD)
    with app.app_context():
        assert users.set_password("Grace", OTHER) == 1

    assert [is_in(each) for each in (grace, ada, other)] == [False, True, True]
    assert grace.signs_in_as("grace", PASSWORD).status_code == 401
    assert grace.signs_in_as("grace", OTHER).status_code == 303


def test_a_password_that_is_changed_while_it_is_looked_at_opens_nothing(
    app: Flask, grace: Merchant, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = passwords.is_right

    def changed_meanwhile(password: str, password_hash: str | None) -> bool:
        found = right(password, password_hash)
        changing(app).join()
        return found

    monkeypatch.setattr(passwords, "is_right", changed_meanwhile)
    with app.app_context(), pytest.raises(sessions.PasswordWrongError):
        sessions.sign_in_user(db.session(), "grace", PASSWORD, instead_of="")

    assert session.scalars(select(AdminSession)).all() == []


def test_a_password_that_is_changed_while_a_session_opens_ends_it(
    app: Flask, grace: Merchant, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, changes = users.in_use, list[Thread]()

    def changed_meanwhile(reading: Session, name: str, *, for_update: bool = False) -> AdminUser | None:
        found = read(reading, name, for_update=for_update)
        if for_update and not changes:
            changes.append(changing(app))
            changes[0].join(1)  # as long as it takes, where nothing holds it up
        return found

    monkeypatch.setattr(users, "in_use", changed_meanwhile)
    with app.app_context():
        token = sessions.sign_in_user(db.session(), "grace", PASSWORD, instead_of="")
    changes[0].join()

    assert sessions.find(session, token) is None


def changing(app: Flask) -> Thread:
    """Begin to give grace another password."""

    def change() -> None:
        with app.app_context():
            users.set_password("grace", OTHER)

    thread = Thread(target=change)
    thread.start()
    return thread


def test_the_form_tells_the_browser_what_it_asks_for(grace: Merchant) -> None:
    page = grace.opens("/sign-in").text
    refused = grace.signs_in_as('"><b>grace', OTHER).text

    assert 'autocomplete="username"' in page
    assert 'autocomplete="current-password"' in page
    assert 'value="&#34;&gt;&lt;b&gt;grace"' in refused
    assert OTHER not in refused
    assert refused.count("autofocus") == page.count("autofocus") == 1


def test_a_form_of_another_site_or_without_its_token_is_refused(grace: Merchant) -> None:
    found = sign_in_form(grace.opens("/sign-in"), "password")
    typed = {"name": "grace", "password": PASSWORD}

    assert grace.sends(found, headers={"Origin": "https://evil.example"}, **typed).status_code == 403
    assert grace.sends(found, csrf_token="wrong", **typed).status_code == 403
    assert not is_in(grace)
