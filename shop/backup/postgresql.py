"""Copies of a PostgreSQL database, by the programs that come with its server."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, ClassVar

from psycopg.conninfo import make_conninfo
from sqlalchemy import URL, Connection, Engine, create_engine, text
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from shop.backup.errors import NotDone, Tell
from shop.backup.unfinished import Unfinished

#: Marks the databases that copies are opened in, so that one left by a kill can be dropped.
_REMARK = "a copy that `shop backup` or `shop restore` opened; may be dropped"

#: Keeps two that open copies on one database apart. Any number that nobody else uses.
_LOCK = 7_310_266


class PostgresqlStore:
    """A database of a PostgreSQL server.

    Args:
        url: The shop's database.
        folder: Where ``pg_dump`` and ``pg_restore`` are; on the PATH when empty.
    """

    kind: ClassVar[str] = "a PostgreSQL dump"
    magic: ClassVar[bytes] = b"PGDMP"
    anew: ClassVar[str] = "drop it and create it"

    def __init__(self, url: URL, folder: str) -> None:
        self._url, self._folder = url, folder
        # Of its own: a request's time limits are not those of a copy.
        self._engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")

    def require_ready(self) -> None:
        """Refuse early what would fail late.

        Raises:
            NotDone: A program is missing or of another version, or the role may not create
                the database in which the copy is opened.
        """
        with self._engine.connect() as connection:
            server = int(connection.execute(text("SHOW server_version_num")).scalar_one()) // 10_000
            role, may_create = connection.execute(
                text("SELECT rolname, rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user")
            ).one()
        for name in ("pg_dump", "pg_restore"):
            self._require_version(name, server)
        if not may_create:
            raise NotDone(
                f"the role {role} may not create databases, and a copy is opened in one of its own: "
                f"ALTER ROLE {role} CREATEDB"
            )

    def _require_version(self, name: str, server: int) -> None:
        program = self._program(name)
        answer = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
        found = re.search(r"\b(\d+)\.?\d*", answer)
        if found is None or int(found[1]) != server:
            version = found[1] if found else "unknown"
            raise NotDone(
                f"{program} is of version {version}, the server of {server}: let SHOP_PG_BIN name the "
                f"folder of PostgreSQL {server}'s programs"
            )

    def copy_into(self, part: Unfinished) -> None:
        """Write one moment of the database into a file; writers go on meanwhile."""
        self._run(
            "pg_dump",
            "--format=custom",
            # A migration at the same time is waited for, but not for ever. Milliseconds.
            "--lock-wait-timeout=10000",
            f"--file={part.path}",
            f"--dbname={self._conninfo()}",
            keep=part.descriptor,
        )

    @contextmanager
    def opened(self, file: Path) -> Iterator[Engine]:
        """Restore a copy into a database of its own on the same server; drop it at the end."""
        with self._engine.connect() as connection:
            if not connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": _LOCK}).scalar_one():
                raise NotDone("another backup or restore of this database is at work; wait for its end")
            _drop_left_over(connection)
            name = f"shop_copy_{secrets.token_hex(6)}"
            # Any encoding and order of the server's own would do as well; these always exist.
            connection.exec_driver_sql(
                f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'"
            )
            connection.exec_driver_sql(f"COMMENT ON DATABASE {name} IS '{_remark(connection)}'")
            engine = create_engine(self._url.set(database=name), poolclass=NullPool)
            try:
                with file.open("rb") as dump:
                    self._pg_restore(str(file), dump, name)
                yield engine
            finally:
                engine.dispose()
                connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")

    def damage(self, _connection: Connection) -> list[str]:
        """Return nothing: each row, key and constraint was checked when the copy was restored."""
        return []

    def put_back(self, copy: Engine, note: Callable[[Session], None], tell: Tell) -> None:
        """Replace all that the database holds by a copy with a note in it, in one transaction.

        ``pg_restore`` takes nothing else into its transaction; so the note is written into the
        database in which the copy is opened, and that is dumped again. Requests that come meanwhile
        wait for its locks, up to their own limits.
        """
        assert self._url.database is not None
        with Session(copy) as session, session.begin():
            note(session)
        # It holds shoppers' addresses, and has no name: it is gone with this process.
        with TemporaryFile() as dump:
            self._run("pg_dump", "--format=custom", f"--dbname={self._conninfo(copy.url.database)}", out=dump)
            dump.seek(0)
            tell("Restoring it")
            self._pg_restore("the copy", dump, self._url.database, "--clean", "--if-exists")

    def _pg_restore(self, what: str, dump: IO[bytes], database: str, *options: str) -> None:
        try:
            self._run(
                "pg_restore",
                "--single-transaction",
                "--exit-on-error",
                # All is the restoring role's: others may not exist on this server.
                "--no-owner",
                "--no-privileges",
                *options,
                f"--dbname={self._conninfo(database)}",
                given=dump,
            )
        except NotDone as failed:
            raise NotDone(f"{what} cannot be restored: {failed}") from None

    def _run(
        self,
        name: str,
        *options: str,
        keep: int | None = None,
        given: IO[bytes] | None = None,
        out: IO[bytes] | None = None,
    ) -> None:
        environment = dict(os.environ)
        if self._url.password:
            # Not on the command line, which every user of the machine can read.
            environment["PGPASSWORD"] = str(self._url.password)
        done = subprocess.run(
            [self._program(name), "--no-password", *options],
            env=environment,
            stdin=given or subprocess.DEVNULL,
            stdout=out or subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            pass_fds=() if keep is None else (keep,),
            check=False,
        )
        if done.returncode:
            raise NotDone(f"{name} failed: {done.stderr.strip() or done.returncode}")

    def _program(self, name: str) -> str:
        found = shutil.which(name, path=self._folder or None)
        if found is None:
            raise NotDone(
                f"{name} was not found {'in ' + self._folder if self._folder else 'on the PATH'}: let "
                "SHOP_PG_BIN name the folder of PostgreSQL's programs"
            )
        return found

    def _conninfo(self, database: str | None = None) -> str:
        """Return how to reach a database, without the password."""
        parts = {
            **self._url.translate_connect_args(username="user", database="dbname"),
            **self._url.query,
            **({"dbname": database} if database else {}),
        }
        # Several hosts of a URL's query come as a tuple.
        known = {
            name: ",".join(value) if isinstance(value, tuple) else value for name, value in parts.items()
        }
        return make_conninfo("", **{name: value for name, value in known.items() if "password" not in name})


def _remark(connection: Connection) -> str:
    """Return the remark on databases that belong to a database's copies."""
    number = connection.execute(
        text("SELECT oid FROM pg_database WHERE datname = current_database()")
    ).scalar_one()
    return f"{_REMARK} ({number})"


def _drop_left_over(connection: Connection) -> None:
    """Drop what a killed backup of this database left; the lock says that none is at work."""
    names = connection.execute(
        text("SELECT datname FROM pg_database WHERE shobj_description(oid, 'pg_database') = :remark"),
        {"remark": _remark(connection)},
    ).scalars()
    for name in list(names):
        connection.exec_driver_sql(f'DROP DATABASE "{name}" WITH (FORCE)')
