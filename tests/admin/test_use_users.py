"""Users of the admin pages: made by command, with passwords that nobody sees."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Callable

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from shop.admin import passwords, users
from shop.admin.models import AdminSession, AdminUser
from shop.admin.passwords import PasswordRefusedError
from shop.audit.models import AuditEntry
from shop.cli import cli
from shop.kit.clock import now
from shop.kit.db import transaction

PASSWORD = "a bag of good words"

Command = Callable[..., Result]


@pytest.fixture
def command(app: Flask) -> Command:
    """Return how to give a command of users, with what it reads."""
    runner = app.test_cli_runner()

    def give(*words: str, typed: str = PASSWORD + "\n") -> Result:
        return runner.invoke(cli, ["user", *words], input=typed)

    return give


def entries(session: Session) -> list[AuditEntry]:
    found = select(AuditEntry).where(AuditEntry.object == "user:grace").order_by(AuditEntry.number)
    return list(session.scalars(found))


def create(command: Command, name: str = "grace", typed: str = PASSWORD + "\n") -> Result:
    return command("create", name, "--scope", "audit:read", typed=typed)


def test_a_user_is_made_listed_and_disabled(command: Command) -> None:
    made = create(command)
    listed = command("list").output
    disabled = command("disable", "Grace")

    assert (made.exit_code, made.output) == (0, "grace can sign in\n")
    assert "grace: audit:read; since 20" in listed
    assert (disabled.exit_code, disabled.output) == (0, "disabled; 0 signed out\n")
    assert "grace: audit:read; disabled" in command("list").output
    enabled = command("enable", "GRACE")
    assert (enabled.exit_code, enabled.output) == (0, "enabled\n")
    assert "grace: audit:read; since 20" in command("list").output


def test_another_scope_and_a_password_are_given_to_those_in_use_and_those_who_are_not(
    command: Command, session: Session
) -> None:
    create(command)
    command("disable", "grace")
    given = command("scopes", "Grace", "--scope", "stock:read", "--scope", "orders:read")
    changed = command("password", "Grace", typed="another bag of words\n")

    assert (given.exit_code, given.output) == (0, "the scopes are changed\n")
    assert (changed.exit_code, changed.output) == (0, "the password is changed; 0 signed out\n")
    assert "grace: orders:read, stock:read; disabled" in command("list").output
    assert not users.proven(session, "grace", "another bag of words")
    command("enable", "grace")
    assert users.proven(session, "grace", "another bag of words")


@pytest.mark.parametrize("name", ["nobody", "nobody\udcff", "n" * 1_000])
@pytest.mark.parametrize("verb", [["scopes", "--scope", "audit:read"], ["password"], ["disable"], ["enable"]])
def test_who_is_no_user_is_told_so_before_a_password_is_asked_for(
    command: Command, verb: list[str], name: str
) -> None:
    refused = command(*verb, name, typed="")

    assert refused.exit_code == 1
    assert refused.output.startswith("Error: there is no user nobody" if len(name) < 99 else "Error: there")
    assert refused.output.count("\n") == 1


def test_a_scope_that_there_is_none_of_is_refused(command: Command) -> None:
    create(command)
    for words in (["--scope", "audit:all"], []):
        assert command("scopes", "grace", *words).exit_code == 2

    assert "grace: audit:read; since 20" in command("list").output


def test_what_changes_a_user_is_written_down_before_and_after_and_its_repetition_is_not(
    command: Command, session: Session
) -> None:
    create(command)
    for words in (
        ["enable", "grace"],
        ["scopes", "grace", "--scope", "audit:read"],
        ["scopes", "grace", "--scope", "stock:read", "--scope", "orders:read"],
        ["scopes", "grace", "--scope", "orders:read", "--scope", "stock:read", "--scope", "orders:read"],
        ["disable", "grace"],
        ["disable", "grace"],
        ["enable", "grace"],
        ["enable", "grace"],
    ):
        assert command(*words).exit_code == 0, words

    log = entries(session)
    assert [each.action for each in log] == ["user.create", "user.scopes", "user.disable", "user.enable"]
    assert all(each.actor.startswith("command line") for each in log)
    _, scopes, disabled, enabled = log
    assert (scopes.before, scopes.after) == (
        {"scopes": ["audit:read"]},
        {"scopes": ["orders:read", "stock:read"]},
    )
    assert disabled.before == enabled.after == {"disabled_at": None}
    assert enabled.before
    assert disabled.after == {**enabled.before, "sessions_ended": 0}
    assert enabled.before["disabled_at"]


def test_a_name_is_one_whatever_its_case_and_width_and_is_never_given_again(command: Command) -> None:
    assert create(command, "\uff27race").output == "grace can sign in\n"
    for name in ("grace", "GRACE", " grace "):
        taken = create(command, name)
        assert (taken.exit_code, "there is a user grace already" in taken.output) == (1, True)
    command("disable", "grace")

    assert create(command).exit_code == 1


@pytest.mark.parametrize(
    "name", ["", "two words", "ada@example.com", "a:b", "-", ".x", "a\nb", "\udcff", "n" * 65]
)
def test_what_is_no_name_is_refused_before_a_password_is_asked_for(command: Command, name: str) -> None:
    refused = command("create", "--scope", "audit:read", "--", name, typed="")

    assert refused.exit_code == 2
    assert "a name has letters, digits" in refused.output


@pytest.mark.parametrize(
    ("password", "told"),
    [
        ("", "15 characters or more"),
        ("fourteen chars", "15 characters or more"),
        ("x" * 201, "200 characters at most"),
        ("Grace-the-Admiral", "the name is no password"),
        ("e\u0301" * 9 + "short", "15 characters or more"),
    ],
)
def test_a_password_that_nobody_may_have_is_told_so_without_it(
    command: Command, session: Session, password: str, told: str
) -> None:
    refused = create(command, "grace-the-admiral", typed=password + "\n")

    assert refused.exit_code == 1
    assert told in refused.output
    assert not password or password not in refused.output
    assert session.scalars(select(AdminUser)).all() == []


def test_length_counts_and_nothing_else() -> None:
    for password in ("fifteen letters", "x" * 200, "袋" * 15, " " * 15, "grace-the-admira!", "e\u0301" * 15):
        assert passwords.is_right(password, passwords.kept(password, name="grace-the-admiral"))
    with pytest.raises(PasswordRefusedError, match="UTF-8"):
        passwords.kept("\udcff" * 15, name="grace")


def test_a_password_is_the_same_from_every_keyboard_and_whole() -> None:
    kept = passwords.kept("caf\u00e9 caf\u00e9 the caf\u00e9", name="ada")

    assert passwords.is_right("cafe\u0301 cafe\u0301 the cafe\u0301", kept)
    for wrong in (
        "",
        "cafe cafe the cafe",
        "caf\u00e9 caf\u00e9 the caf\u00e9 ",
        "Caf\u00e9 caf\u00e9 the caf\u00e9",
    ):
        assert not passwords.is_right(wrong, kept), wrong
    assert not passwords.is_right("", None)


def test_a_line_is_the_password_to_its_last_space(command: Command, session: Session) -> None:
    create(command, typed=f" {PASSWORD} \r\nanother line\n")

    assert users.proven(session, "grace", f" {PASSWORD} ")
    assert not users.proven(session, "grace", PASSWORD)


def test_neither_a_password_nor_its_hash_is_in_the_audit_log(command: Command, session: Session) -> None:
    create(command)
    first = session.scalars(select(AdminUser.password_hash)).one()
    command("password", "grace", typed="another bag of words\n")
    second = session.scalars(select(AdminUser.password_hash)).one()
    command("disable", "grace")

    log = entries(session)
    assert [each.action for each in log] == ["user.create", "user.password", "user.disable"]
    assert all(each.actor.startswith("command line") for each in log)
    assert log[0].after == {"scopes": ["audit:read"]}
    assert first != second
    assert first.startswith("scrypt:32768:8:3$")
    said = str([(each.before, each.after) for each in log])
    for secret in (PASSWORD, "another bag", first, second, first.split("$")[-1], "scrypt"):
        assert secret not in said


def test_the_database_keeps_no_session_without_exactly_one_holder(app: Flask) -> None:
    session = AdminSession(token_hash="0" * 64, created_at=now(), idle_ends_at=now(), ends_at=now())
    with app.app_context(), pytest.raises(IntegrityError, match="one_holder"), transaction() as writing:
        writing.add(session)


def at_a_terminal(url: str, *words: str, typed: list[str]) -> tuple[int, str]:
    """Give a command at a terminal of its own, answering each question; return its end and what was shown."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "SHOP_DATABASE_URL": url, "SHOP_SECRET_KEY": "s" * 32}
    program = subprocess.Popen(
        [sys.executable, "-m", "shop", *words],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment,
        start_new_session=True,
    )
    os.close(theirs)
    shown, waiting = "", list(typed)
    while True:
        try:
            read = os.read(ours, 4096).decode()
        except OSError:  # the other side was closed
            break
        shown += read
        if shown.rstrip(" ").endswith(":") and waiting and not shown.rstrip(" ").endswith("Error:"):
            os.write(ours, f"{waiting.pop(0)}\n".encode())
    os.close(ours)
    return program.wait(timeout=60), shown


def test_a_terminal_is_asked_twice_and_shows_nothing(app: Flask, session: Session) -> None:
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    typed = [PASSWORD, "a slip of the fingers", PASSWORD, PASSWORD]

    ended, shown = at_a_terminal(url, "user", "create", "grace", "--scope", "audit:read", typed=typed)

    assert ended == 0, shown
    assert "do not match" in shown
    assert PASSWORD not in shown
    assert users.proven(session, "grace", PASSWORD)
