"""The database of a world: prepared once, given its first rows back for every history."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Protocol

import psycopg
from sqlalchemy.engine import make_url

from shop.kit.db import Base
from tests.databases import PostgresDatabases, postgres_databases
from tests.scratch import use_memory


class Rows(Protocol):
    """Gives a database its first rows back.

    Attributes:
        url: Of the database that histories play in.
    """

    url: str

    def prepare(self, fill: Callable[[str], None]) -> None:
        """Fill the template, at the URL that is passed on."""

    def restore(self) -> None:
        """Make the database a copy of the template; nobody may be connected."""


class SqliteRows:
    """Two files: the template and its copy."""

    def __init__(self, folder: Path) -> None:
        self._template, self._live = folder / "template.db", folder / "live.db"
        self.url = f"sqlite:///{self._live}"

    def prepare(self, fill: Callable[[str], None]) -> None:
        """Fill the template."""
        fill(f"sqlite:///{self._template}")

    def restore(self) -> None:
        """Copy the file."""
        for rest in ("-wal", "-shm"):
            self._live.with_name(self._live.name + rest).unlink(missing_ok=True)
        shutil.copyfile(self._template, self._live)


class PostgresRows:
    """A database that keeps its first rows in a schema of their own.

    Making a database anew for each history would take longer than the history.
    """

    def __init__(self, databases: PostgresDatabases, stack: ExitStack) -> None:
        self._databases, self._stack = databases, stack
        self.url = ""
        self._restore: list[str] = []

    def prepare(self, fill: Callable[[str], None]) -> None:
        """Fill the template, copy it once, and keep what histories may change."""
        template = self._databases.template("simulator", fill)
        self.url = self._stack.enter_context(self._databases.copy(template))
        tables = [f'"{name}"' for name in _changeable()]
        keep = [f"CREATE TABLE first.{name} AS TABLE public.{name}" for name in tables]
        self._run("CREATE SCHEMA first", *keep)
        self._restore = [
            # Neither triggers nor foreign keys look while rows are put back.
            "SET session_replication_role = replica",
            *(f"DELETE FROM public.{name}" for name in tables),
            *(f"INSERT INTO public.{name} SELECT * FROM first.{name}" for name in tables),
        ]

    def restore(self) -> None:
        """Put the first rows back."""
        self._run(*self._restore)

    def _run(self, *statements: str) -> None:
        plain = make_url(self.url).set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(plain) as connection:
            connection.execute("; ".join(statements))  # type: ignore[arg-type]


def _changeable() -> list[str]:
    """List the tables that a history may change: all but the catalogue's and the prices'."""
    mappers = [
        mapper
        for mapper in Base.registry.mappers
        if not mapper.class_.__module__.startswith(("shop.catalogue", "shop.pricing"))
    ]
    return sorted({str(mapper.local_table) for mapper in mappers})


@contextmanager
def rows_of(engine: str) -> Iterator[Rows]:
    """Lend a database of an engine, ``sqlite`` or ``postgresql``, for the block."""
    use_memory()
    with ExitStack() as stack:
        if engine == "postgresql":
            yield PostgresRows(stack.enter_context(postgres_databases()), stack)
            return
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="shop-simulator-"))
        yield SqliteRows(Path(folder))
