"""``shop backup`` and ``shop restore`` as an operator types them, and shops to type them at."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from click.testing import Result
from flask import Flask
from sqlalchemy import Engine, create_engine, select, text
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from shop.app import create_app
from shop.audit.chain import findings
from shop.audit.models import AuditEntry
from shop.backup.seal import seal
from shop.backup.stores import store_of
from shop.backup.unfinished import unfinished
from shop.cli import cli
from shop.config import current_settings
from shop.kit.clock import now
from shop.kit.db import Base, db
from shop.payments.double import InProcessHTTPClient, StripeDouble
from tests.conftest import dispose, settings_for

PROJECT = Path(__file__).resolve().parents[2]


def back_up(app: Flask, file: Path, *options: str) -> Result:
    """Type ``shop backup FILE``."""
    return app.test_cli_runner().invoke(cli, ["backup", str(file), *options])


def restore(app: Flask, file: Path, *options: str) -> Result:
    """Type ``shop restore FILE``."""
    return app.test_cli_runner().invoke(cli, ["restore", str(file), *options])


@contextmanager
def shop_at(url: str, double: StripeDouble) -> Iterator[Flask]:
    """Run another shop, on another database."""
    app = create_app(settings_for(url), stripe_client=InProcessHTTPClient(double))
    yield app
    dispose(app)


@contextmanager
def engine_at(url: str) -> Iterator[Engine]:
    """Reach a database past the shop."""
    engine = create_engine(url, poolclass=NullPool)
    yield engine
    engine.dispose()


def fingerprint(url: str, *, log: bool = True) -> str:
    """Return a digest of every row of every table; of the audit log as well, unless that is left out."""
    digest = hashlib.sha256()
    with engine_at(url) as engine, engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            if table.name.startswith("audit_") and not log:
                continue
            rows = sorted(map(repr, connection.execute(text(f'SELECT * FROM "{table.name}"'))))
            digest.update(repr((table.name, rows)).encode())
    return digest.hexdigest()


def restores_in(app: Flask) -> list[AuditEntry]:
    """Return what the audit log says of restores; it hangs together."""
    with app.app_context(), Session(db.engine) as session:
        assert list(findings(session)) == []
        found = select(AuditEntry).where(AuditEntry.action == "backup.restore")
        return list(session.scalars(found.order_by(AuditEntry.number)))


@dataclass
class Killer:
    """Does things to a shop in a process that is killed on the way."""

    process: subprocess.Popen[str]

    def kills(self, step: int, verb: str, file: Path) -> bool:
        """Back up or restore, killed at a step; return whether it came so far."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{verb} {step} {file}\n")
        self.process.stdin.flush()
        status = int(self.process.stdout.readline())
        assert status in (0, -signal.SIGKILL)
        return status != 0


@contextmanager
def killer_at(url: str) -> Iterator[Killer]:
    """Lend a killer for the shop on a database."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.backup.killed"],
        cwd=PROJECT,
        env=environment_of(url),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield Killer(process)


def environment_of(url: str) -> dict[str, str]:
    """Return the variables of a shop's process."""
    return {**os.environ, "SHOP_DATABASE_URL": url, "SHOP_SECRET_KEY": "a secret " * 5}


def sealed_copy(app: Flask, file: Path) -> None:
    """Copy a database as ``shop backup`` does, without its checks."""
    with app.app_context(), unfinished(file, overwrite=True) as part:
        store_of(db.engine, current_settings()).copy_into(part)
        seal(part.path, now())


def sealed_anew(file: Path, content: bytes) -> None:
    """Write a file whose seal holds, whatever is in it."""
    file.write_bytes(content)
    seal(file, now())
