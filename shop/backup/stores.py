"""What the engines do differently: copying, opening a copy, putting it back."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import ClassVar, Protocol

from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

from shop.backup.errors import Tell
from shop.backup.postgresql import PostgresqlStore
from shop.backup.sqlite import SqliteStore
from shop.backup.unfinished import Unfinished
from shop.config import Settings


class Store(Protocol):
    """A database that can be copied while it is written to."""

    #: What its copies are, and how they begin.
    kind: ClassVar[str]
    magic: ClassVar[bytes]
    #: How to make room for a new database.
    anew: ClassVar[str]

    def require_ready(self) -> None:
        """Refuse early what would fail late.

        Raises:
            NotDone: A program or a right is missing.
        """

    def copy_into(self, part: Unfinished) -> None:
        """Write one moment of the database into a file; writers go on meanwhile."""

    def opened(self, file: Path) -> AbstractContextManager[Engine]:
        """Open a copy for reading, apart from the shop's database."""

    def damage(self, connection: Connection, /) -> list[str]:
        """Return what the engine finds wrong with an opened copy, beyond any rule of ours."""

    def put_back(self, copy: Engine, note: Callable[[Session], None], tell: Tell, /) -> None:
        """Replace all that the database holds by an opened copy with a note in it, or nothing.

        The note is in the copy before that takes the database's place; the file is not written to.
        """


def store_of(engine: Engine, settings: Settings) -> Store:
    """Return the store of an engine."""
    if engine.dialect.name == "postgresql":
        return PostgresqlStore(engine.url, settings.pg_bin)
    return SqliteStore(engine)


def kind_of(file: Path) -> str | None:
    """Return what a file says it is: the kind of one of the stores, or None."""
    with file.open("rb") as opened:
        start = opened.read(16)
    for store in (SqliteStore, PostgresqlStore):
        if start.startswith(store.magic):
            return store.kind
    return None
