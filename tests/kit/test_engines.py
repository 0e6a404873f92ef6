"""How the engines are set up: where the shop refuses to run, and that every wait has an end."""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import create_engine, event, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from shop.app import create_app
from shop.config import SettingsError
from shop.kit import deadline, engines
from shop.kit.db import db
from shop.kit.engines import WriteGate, has_wal_reset_bug, tell_version
from shop.kit.failures import DatabaseUnavailableError
from shop.kit.file_systems import network_file_system
from tests.conftest import settings_for

MOUNTS = """\
41 27 0:40 / /srv/shared rw,relatime shared:1 - nfs4 server:/export rw
42 41 0:41 / /srv/shared/fast rw,relatime - tmpfs tmpfs rw
43 27 0:42 / /mnt/with\\040space rw - cifs //server/share rw
44 27 0:43 / /mnt/host rw - 9p drvfs rw
45 27 0:44 / /mnt/home rw - fuse.sshfs somebody@server: rw
46 27 0:45 / /mnt/again rw - nfs server:/old rw
47 27 0:46 / /mnt/again rw - xfs /dev/vdb rw
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw
broken line
"""


@pytest.fixture
def shop(empty_app: Flask) -> Iterator[Flask]:
    with empty_app.app_context():
        yield empty_app


@pytest.fixture
def mounts(tmp_path: Path) -> Path:
    table = tmp_path / "mountinfo"
    table.write_text(MOUNTS)
    return table


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        ("/var/lib/shop.db", None),
        ("/srv/shared/shop.db", "nfs4"),
        ("/srv/shared/deep/er/shop.db", "nfs4"),
        ("/srv/sharedbutnot/shop.db", None),
        ("/srv/shared/fast/shop.db", None),
        ("/mnt/with space/shop.db", "cifs"),
        ("/mnt/host/shop.db", "9p"),
        ("/mnt/home/shop.db", "fuse.sshfs"),
        ("/mnt/again/shop.db", None),
    ],
)
def test_the_file_system_of_a_file_is_that_of_its_deepest_and_latest_mount(
    mounts: Path, file: str, kind: str | None
) -> None:
    assert network_file_system(Path(file), mounts) == kind


def test_where_the_mount_table_cannot_be_read_the_shop_goes_on(tmp_path: Path) -> None:
    assert network_file_system(tmp_path / "shop.db", tmp_path / "nothing here") is None


def test_a_database_on_a_network_file_system_is_refused_at_start_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tmp_path / "mountinfo"
    table.write_text(f"1 0 0:1 / / rw - ext4 x rw\n2 1 0:2 / {tmp_path} rw - nfs4 server:/x rw\n")
    monkeypatch.setattr(engines, "network_file_system", lambda path: network_file_system(path, table))

    with pytest.raises(SettingsError, match=r"SHOP_DATABASE_URL: .*network file system \(nfs4\)"):
        create_app(settings_for(f"sqlite:///{tmp_path / 'shop.db'}"))


@pytest.mark.parametrize(
    ("version", "faulty"),
    [
        ((3, 6, 23), False),
        ((3, 7, 0), True),
        ((3, 40, 1), True),
        ((3, 44, 5), True),
        ((3, 44, 6), False),
        ((3, 45, 0), True),
        ((3, 50, 6), True),
        ((3, 50, 7), False),
        ((3, 51, 2), True),
        ((3, 51, 3), False),
        ((3, 52, 0), False),
    ],
)
def test_versions_with_the_wal_reset_bug_are_known(version: tuple[int, int, int], faulty: bool) -> None:
    assert has_wal_reset_bug(version) is faulty


def test_a_version_with_the_bug_is_warned_of_at_start_up(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="shop")
    engine = create_engine("sqlite://")

    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 40, 1))
    tell_version(engine)
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 51, 3))
    tell_version(engine)

    assert [record.levelno for record in caplog.records] == [logging.WARNING, logging.INFO]


def test_sqlite_is_read_without_a_memory_map(shop: Flask) -> None:
    if db.engine.dialect.name == "sqlite":
        # None where SQLite was built without memory maps.
        assert db.session().scalar(text("PRAGMA mmap_size")) in (0, None)


def test_a_writer_waits_once_for_all_that_can_be_in_its_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the gate used up, a foreign program in SQLite's own lock no longer gets."""
    monkeypatch.setattr(engines, "WRITE_WAIT_SECONDS", 1.0)
    path = tmp_path / "shop.db"
    engine = create_engine(f"sqlite:///{path}")
    gate = engines.configure(engine)
    assert gate is not None
    engine.connect().close()  # the file is there, and in WAL mode
    waits: list[int] = []

    @event.listens_for(engine, "before_cursor_execute")
    def look(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("PRAGMA busy_timeout"):
            waits.append(int(statement.rpartition(" ")[2]))

    with closing(sqlite3.connect(path, isolation_level=None)) as foreign:
        foreign.execute("BEGIN IMMEDIATE")

        with gate.held(), pytest.raises(OperationalError, match="locked"), engine.begin():
            pass

    assert len(waits) == 1
    assert 0 < waits[0] < 1000
    engine.dispose()


def test_a_writer_gives_up_with_its_request(tmp_path: Path) -> None:
    gate = WriteGate(tmp_path / "shop.db")
    other = WriteGate(tmp_path / "shop.db")

    before = time.monotonic()
    with other.held(), deadline.within(0.1), pytest.raises(DatabaseUnavailableError), gate.held():
        pass

    assert time.monotonic() - before < engines.WRITE_WAIT_SECONDS


def test_a_gate_whose_file_cannot_be_made_is_an_outage_and_no_mistake(tmp_path: Path) -> None:
    (tmp_path / "shop.db.lock").mkdir()  # no right of any user opens this for writing

    with (
        pytest.raises(DatabaseUnavailableError, match="cannot be opened"),
        WriteGate(tmp_path / "shop.db").held(),
    ):
        pass


def test_a_gate_that_failed_is_free_again(tmp_path: Path) -> None:
    gate = WriteGate(tmp_path / "shop.db")
    (tmp_path / "shop.db.lock").mkdir()
    with pytest.raises(DatabaseUnavailableError), gate.held():
        pass
    (tmp_path / "shop.db.lock").rmdir()

    with gate.held():
        assert (tmp_path / "shop.db.lock").exists()


def test_nobody_waits_long_for_a_connection_of_the_pool(shop: Flask) -> None:
    size = db.engine.pool.size() + 10  # type: ignore[attr-defined]
    held = [db.engine.connect() for _ in range(size)]
    before = time.monotonic()

    with pytest.raises(PoolTimeoutError):
        db.engine.connect()

    assert time.monotonic() - before < 10
    for connection in held:
        connection.close()
