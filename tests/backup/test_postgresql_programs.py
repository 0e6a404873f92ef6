"""What a backup of PostgreSQL needs from the machine and the server, and how it says so."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import make_url, text

from shop.app import create_app
from shop.payments.double import InProcessHTTPClient, StripeDouble
from tests.backup.copying import back_up, engine_at, fingerprint, restore
from tests.conftest import PostgresDatabases, dispose, migrate_and_seed, settings_for


@pytest.fixture
def url(postgresql_databases: PostgresDatabases) -> Iterator[str]:
    """A shop's database on PostgreSQL."""
    template = postgresql_databases.template("seeded", migrate_and_seed)
    with postgresql_databases.copy(template) as found:
        yield found


@pytest.fixture
def shop(url: str, programs: Path, double: StripeDouble) -> Iterator[Flask]:
    """The shop with a password that must not be seen, and a folder of programs of its own."""
    secret = make_url(url).set(password="hunter2!").render_as_string(hide_password=False)
    app = create_app(settings_for(secret, pg_bin=str(programs)), stripe_client=InProcessHTTPClient(double))
    yield app
    dispose(app)


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder for programs."""
    folder = tmp_path / "bin"
    folder.mkdir()
    return folder


def write(program: Path, script: str) -> None:
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def test_without_the_programs_nothing_is_copied(shop: Flask, programs: Path, file: Path) -> None:
    result = back_up(shop, file)

    assert result.exit_code == 2
    assert f"pg_dump was not found in {programs}: let SHOP_PG_BIN name" in result.output
    assert list(file.parent.iterdir()) == []


def test_programs_of_another_version_are_refused(shop: Flask, programs: Path, file: Path) -> None:
    write(programs / "pg_dump", "echo 'pg_dump (PostgreSQL) 11.22 (Debian 11.22-1)'")

    result = back_up(shop, file)

    assert result.exit_code == 2
    assert "is of version 11, the server of " in result.output
    assert list(file.parent.iterdir()) == []


def test_the_password_is_on_no_command_line(shop: Flask, programs: Path, file: Path) -> None:
    seen = programs / "seen"
    for name in ("pg_dump", "pg_restore"):
        write(
            programs / name,
            f'echo "{name} $@ PGPASSWORD=${{PGPASSWORD:+set}}" >> {seen}\nexec {shutil.which(name)} "$@"',
        )

    backed_up, restored = back_up(shop, file), restore(shop, file)

    assert (backed_up.exit_code, restored.exit_code) == (0, 0), backed_up.output + restored.output
    calls = [line for line in seen.read_text().splitlines() if "--dbname" in line]
    # A dump, and the copy opened; it is opened again, dumped with a note in it, and put back.
    assert [line.split()[0] for line in calls] == [
        *("pg_dump", "pg_restore"),
        *("pg_restore", "pg_dump", "pg_restore"),
    ]
    assert all("PGPASSWORD=set" in line for line in calls)
    assert "hunter2" not in seen.read_text()


def test_what_a_program_says_is_passed_on(shop: Flask, programs: Path, file: Path) -> None:
    version = f"exec {shutil.which('pg_dump')} --version"
    write(programs / "pg_restore", version)
    write(programs / "pg_dump", f'[ "$1" = --version ] && {version}\necho "disk on fire" >&2\nexit 3')

    result = back_up(shop, file)

    assert result.exit_code == 2
    assert "pg_dump failed: disk on fire; no copy was made." in result.output
    assert list(file.parent.iterdir()) == []


def test_a_role_that_may_not_create_databases_is_told_before_anything_is_copied(
    url: str, double: StripeDouble, file: Path
) -> None:
    role = f"shop_clerk_{os.getpid()}"
    with engine_at(url) as engine:
        with engine.begin() as connection:
            connection.exec_driver_sql(f"CREATE ROLE {role} LOGIN PASSWORD 'clerk'")
            connection.exec_driver_sql(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")
        clerk = make_url(url).set(username=role, password="clerk").render_as_string(hide_password=False)
        app = create_app(settings_for(clerk), stripe_client=InProcessHTTPClient(double))

        result = back_up(app, file)

        dispose(app)
        with engine.begin() as connection:
            connection.exec_driver_sql(f"DROP OWNED BY {role}")
            connection.exec_driver_sql(f"DROP ROLE {role}")
    assert result.exit_code == 2
    assert f"ALTER ROLE {role} CREATEDB" in result.output
    assert list(file.parent.iterdir()) == []


def test_a_database_that_cannot_be_replaced_whole_is_not_replaced(
    url: str, double: StripeDouble, file: Path
) -> None:
    """Someone's view rests on the very last table to go; all that went before comes back."""
    app = create_app(settings_for(url), stripe_client=InProcessHTTPClient(double))
    back_up(app, file)
    with engine_at(url) as engine, engine.begin() as connection:
        connection.execute(text("UPDATE family SET name = 'renamed'"))
        connection.execute(text("CREATE VIEW report AS SELECT * FROM market"))
    before = fingerprint(url)

    result = restore(app, file)

    dispose(app)
    assert result.exit_code == 2
    assert "view public.report depends on table public.market" in result.output
    assert fingerprint(url) == before
