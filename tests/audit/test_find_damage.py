"""One entry that was edited, removed or put in is found and named."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from shop.audit.service import Change, record
from shop.cli import cli
from shop.kit.db import db, transaction
from shop.kit.engines import READING

ENTRIES = 6

GUARDS = {
    "sqlite": [
        "DROP TRIGGER audit_entry_no_update",
        "DROP TRIGGER audit_entry_no_delete",
        "DROP TRIGGER audit_head_kept",
    ],
    "postgresql": ["DROP FUNCTION refuse_change() CASCADE"],
}

COPY = (
    "INSERT INTO audit_entry (number, happened_at, actor, action, object, before, after, previous_hash, hash)"
    " SELECT {number}, happened_at, 'mallory', action, object, before, after, {previous}, hash"
    " FROM audit_entry WHERE number = 6"
)

#: What was done to the log, the statement, and the entry that is named for it.
DAMAGE = {
    "who did it was edited": (
        "UPDATE audit_entry SET actor = 'mallory' WHERE number = 3",
        "audit entry 3: it was changed",
    ),
    "when it was done was edited": (
        "UPDATE audit_entry SET happened_at = '2020-01-01 00:00:00.000000+00:00' WHERE number = 3",
        "audit entry 3: it was changed",
    ),
    "what was done was edited": (
        "UPDATE audit_entry SET action = 'x' WHERE number = 6",
        "audit entry 6: it was changed",
    ),
    "to what was edited": (
        "UPDATE audit_entry SET object = 'x' WHERE number = 1",
        "audit entry 1: it was changed",
    ),
    "the state before was edited": (
        """UPDATE audit_entry SET before = '{"on_hand": 1}' WHERE number = 3""",
        "audit entry 3: it was changed",
    ),
    "the state after was edited": (
        "UPDATE audit_entry SET after = NULL WHERE number = 3",
        "audit entry 3: it was changed",
    ),
    "the first is gone": ("DELETE FROM audit_entry WHERE number = 1", "audit entry 1: it is gone"),
    "one in the middle is gone": ("DELETE FROM audit_entry WHERE number = 4", "audit entry 4: it is gone"),
    "the last is gone": ("DELETE FROM audit_entry WHERE number = 6", "audit entry 6: it is gone"),
    "several are gone": ("DELETE FROM audit_entry WHERE number > 3", "audit entries 4 to 6: they are gone"),
    "one was put in at the end": (COPY.format(number=7, previous="hash"), "audit entry 7: it was put in"),
    "one was put in before the first": (
        COPY.format(number=0, previous="hash"),
        "audit entry 0: it was put in",
    ),
    "one took another's place": (
        "UPDATE audit_entry SET hash = previous_hash WHERE number = 4",
        "audit entry 4: it was rewritten",
    ),
    "the last was rewritten": (
        "UPDATE audit_entry SET hash = previous_hash WHERE number = 6",
        "audit entry 6: it was rewritten",
    ),
    "the head was moved": ("UPDATE audit_head SET number = 5", "audit entry 6: it was put in"),
}


@pytest.fixture
def log(empty_app: Flask) -> Iterator[Flask]:
    """A shop with six entries."""
    with empty_app.app_context():
        with transaction() as session:
            for number in range(1, ENTRIES + 1):
                change = Change("stock.receive", f"variant:{number}", {"on_hand": number}, {"on_hand": 9})
                record(session, "key:ada", [change])
        yield empty_app


def plant(statement: str) -> None:
    with db.engine.connect() as connection:
        raw: Connection = connection.execution_options(isolation_level="AUTOCOMMIT", **{READING: True})
        for guard in GUARDS[db.engine.dialect.name]:
            raw.execute(text(guard))
        if db.engine.dialect.name == "sqlite":
            statement = statement.replace("+00:00", "")
        assert raw.execute(text(statement.replace('": ', '"\\: '))).rowcount > 0


@pytest.mark.parametrize("damage", DAMAGE)
def test_each_damage_is_named(log: Flask, damage: str) -> None:
    statement, named = DAMAGE[damage]
    runner = log.test_cli_runner()
    assert runner.invoke(cli, ["verify", "audit"]).exit_code == 0

    plant(statement)

    result = runner.invoke(cli, ["verify", "audit"])
    assert result.exit_code == 1
    assert named in result.output
    if damage != "the head was moved":  # which makes the last two entries look wrong
        assert {line.partition(":")[0] for line in result.output.splitlines()} == {named.partition(":")[0]}
    assert f"I17 {named}" in runner.invoke(cli, ["verify"]).output


def test_a_log_that_was_forged_as_a_whole_differs_from_a_note(log: Flask) -> None:
    runner = log.test_cli_runner()
    printed = runner.invoke(cli, ["verify", "audit"]).output
    noted = printed.split()[-1]
    assert printed.startswith("6 entries hold; the last is 6:")
    assert runner.invoke(cli, ["verify", "audit", "--noted", noted]).exit_code == 0

    forged = runner.invoke(cli, ["verify", "audit", "--noted", "6:" + "0" * 64])

    assert forged.exit_code == 1
    assert "audit entry 6: it is not the one that was noted" in forged.output
    assert runner.invoke(cli, ["verify", "audit", "--noted", "nonsense"]).exit_code == 2


def test_numbers_of_any_form_hold_on_both_engines(log: Flask) -> None:
    with log.app_context(), transaction() as session:
        record(
            session,
            "key:ada",
            [Change("x", "x", {"a": 1e16, "b": -0.0, "c": 1.50, "d": 2**62, "e": "é\u2028"})],
        )

    assert log.test_cli_runner().invoke(cli, ["verify", "audit"]).exit_code == 0


def test_a_log_longer_than_a_batch_is_read_whole(log: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shop.audit.chain._BATCH", 2)
    plant("UPDATE audit_entry SET actor = 'mallory' WHERE number = 5")

    result = log.test_cli_runner().invoke(cli, ["verify", "audit"])

    assert "audit entry 5: it was changed" in result.output


def test_the_database_itself_refuses_to_change_the_log(log: Flask) -> None:
    statements = ["UPDATE audit_entry SET actor = 'x'", "DELETE FROM audit_entry", "DELETE FROM audit_head"]
    if db.engine.dialect.name == "postgresql":
        statements += ["TRUNCATE audit_entry", "TRUNCATE audit_head"]
    else:
        statements.append("REPLACE INTO audit_entry SELECT * FROM audit_entry WHERE number = 3")

    for statement in statements:
        with pytest.raises(DBAPIError, match="append-only"), transaction() as session:
            session.connection().exec_driver_sql(statement)
