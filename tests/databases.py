"""Databases for tests: a migrated (and seeded) template of each engine, copied for each test."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from sqlalchemy.engine import make_url

from tests import postgres

#: Prepares an empty database at a URL.
Prepare = Callable[[str], None]


@dataclass
class SqliteDatabases:
    """Templates are files; a test's database is a copy of one."""

    folder: Path
    engine: str = "sqlite"
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def template(self, name: str, prepare: Prepare) -> str:
        """Make a template once; return its name."""
        path = self.folder / f"{name}.db"
        if not path.exists():
            prepare(f"sqlite:///{path}")
        return name

    @contextmanager
    def copy(self, template: str) -> Iterator[str]:
        """Lend a copy of a template; yield its URL."""
        path = self.folder / f"copy-{next(self._numbers)}.db"
        shutil.copyfile(self.folder / f"{template}.db", path)
        yield f"sqlite:///{path}"
        for rest in self.folder.glob(path.name + "*"):
            rest.unlink()


@dataclass
class PostgresDatabases:
    """Templates are databases of one server; a test's database is created from one.

    Attributes:
        url: The server's ``postgres`` database.
        strategy: How PostgreSQL copies. ``wal_log`` is quick, but a sequence of the copy counts
            backwards in a crash before the next checkpoint, and gives numbers out twice
            (pgsql-hackers, "sequence value may rollback after CREATE DATABASE TEMPLATE with
            WAL_LOG strategy"): a server that is to be crashed copies by ``file_copy``.
    """

    url: str
    strategy: str = "wal_log"
    engine: str = "postgresql"
    prefix: str = field(default_factory=lambda: f"shop_test_{os.getpid()}")
    _templates: set[str] = field(default_factory=set)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def template(self, name: str, prepare: Prepare) -> str:
        """Make a template once; return its name."""
        if name not in self._templates:
            self._run(f'CREATE DATABASE "{self.prefix}_{name}"')
            prepare(self._url_of(f"{self.prefix}_{name}"))
            self._templates.add(name)
        return name

    @contextmanager
    def copy(self, template: str) -> Iterator[str]:
        """Lend a copy of a template; yield its URL."""
        name = f"{self.prefix}_copy_{next(self._numbers)}"
        source = f"{self.prefix}_{template}"
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{source}" STRATEGY {self.strategy}')
        try:
            yield self._url_of(name)
        finally:
            self._run(f'DROP DATABASE "{name}" WITH (FORCE)')

    def drop_templates(self) -> None:
        """Leave the server as it was."""
        for name in self._templates:
            self._run(f'DROP DATABASE "{self.prefix}_{name}" WITH (FORCE)')

    def _url_of(self, database: str) -> str:
        return make_url(self.url).set(database=database).render_as_string(hide_password=False)

    def _run(self, statement: str) -> None:
        plain = make_url(self.url).set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[arg-type]


@contextmanager
def postgres_databases() -> Iterator[PostgresDatabases]:
    """Use the server at ``SHOP_TEST_DATABASE_URL``, or start one from the wheel."""
    with ExitStack() as stack:
        url = os.environ.get("SHOP_TEST_DATABASE_URL") or stack.enter_context(postgres.server()).url
        databases = PostgresDatabases(url)
        stack.callback(databases.drop_templates)
        yield databases
