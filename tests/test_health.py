"""What the shop tells whoever keeps it running."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import flask_migrate
import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import event
from sqlalchemy.orm import Session

from shop import cli
from shop.app import create_app
from shop.discovery.bitmaps.keeper import Keeper, keep_with, start
from shop.kit.db import db, write_gate
from tests.conftest import dispose, settings_for
from tests.test_errors import is_problem


@pytest.fixture
def unreachable(tmp_path: Path) -> Flask:
    """The shop with a database that nobody can open."""
    return create_app(settings_for(f"sqlite:///{tmp_path / 'no such folder' / 'shop.db'}"))


def test_a_migrated_shop_is_alive_and_ready(empty_app: Flask) -> None:
    client = empty_app.test_client()

    for path, status in (("/healthz", "alive"), ("/readyz", "ready")):
        answer = client.get(path)
        assert answer.status_code == 200
        assert answer.json == {"status": status}
        assert answer.headers["Cache-Control"] == "no-store"


def test_without_its_database_the_process_is_alive_and_not_ready(unreachable: Flask) -> None:
    client = unreachable.test_client()

    assert client.get("/healthz").status_code == 200
    answer = client.get("/readyz")

    is_problem(answer, 503, "busy")
    assert int(answer.headers["Retry-After"]) >= 1


def test_with_another_releases_schema_it_is_not_ready_and_tells_no_version(empty_app: Flask) -> None:
    with empty_app.app_context():
        flask_migrate.downgrade(revision="base")

    answer = empty_app.test_client().get("/readyz")

    is_problem(answer, 503, "not_ready")
    assert "0001" not in answer.text
    with empty_app.app_context():
        flask_migrate.upgrade()
    assert empty_app.test_client().get("/readyz").status_code == 200


def test_a_database_that_was_never_migrated_is_not_ready(tmp_path: Path) -> None:
    app = create_app(settings_for(f"sqlite:///{tmp_path / 'shop.db'}"))

    is_problem(app.test_client().get("/readyz"), 503, "not_ready")

    dispose(app)


class HeldBack(Keeper):
    """Reads the catalogue once it is let, and once only."""

    def __init__(self) -> None:
        super().__init__()
        self.let = threading.Event()
        self.ended = threading.Event()

    def keep_up(self, session: Session) -> None:
        if self.let.is_set():
            self.ended.set()
            threading.Event().wait()  # the thread ends with the process
        self.let.wait(10)
        super().keep_up(session)


def test_a_process_that_just_started_is_ready_once_it_has_read_its_catalogue(empty_app: Flask) -> None:
    keeper = HeldBack()
    keep_with(empty_app, keeper)
    client = empty_app.test_client()

    start(empty_app, [])
    is_problem(client.get("/readyz"), 503, "not_ready")
    keeper.let.set()

    assert keeper.ended.wait(10)
    assert client.get("/readyz").status_code == 200


def test_readiness_waits_for_no_writer(empty_app: Flask) -> None:
    begun: list[str] = []
    with empty_app.app_context(), write_gate():
        event.listen(
            db.engine, "before_cursor_execute", lambda _c, _cu, statement, *_rest: begun.append(statement)
        )

        assert empty_app.test_client().get("/readyz").status_code == 200

    assert begun
    assert not any("BEGIN" in statement for statement in begun)


def test_a_command_without_its_database_says_so_and_shows_no_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SHOP_DATABASE_URL", f"sqlite:///{tmp_path / 'no such folder' / 'shop.db'}")
    monkeypatch.setenv("SHOP_SECRET_KEY", "s" * 32)
    monkeypatch.setattr(sys, "argv", ["shop", "reconcile"])

    with pytest.raises(SystemExit) as ended:
        cli.main()

    assert ended.value.code == 2
    assert "the database is not available" in capsys.readouterr().err


def test_a_command_whose_settings_contradict_each_other_did_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_PAYMENT_MINUTES", "1")

    result = CliRunner().invoke(cli.cli, ["verify"])

    assert result.exit_code == 2
    assert "SHOP_PAYMENT_MINUTES" in result.output
