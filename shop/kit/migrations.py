"""Whether the database has the schema that this release was written for."""

from __future__ import annotations

from functools import lru_cache

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app
from sqlalchemy import Connection

from shop.kit.db import db


class NotMigratedError(RuntimeError):
    """The database's schema is not this release's; serving it would fail request by request."""


#: The search index is another kind of table in each engine; none of them is one that a model describes.
_UNMODELLED = "search_index"


def is_modelled(name: str | None, kind: str, _parents: object) -> bool:
    """Tell whether models are to describe what a database holds, for comparing the two."""
    return not (kind == "table" and name is not None and name.startswith(_UNMODELLED))


def wanted_revision() -> str:
    """Return the revision of the schema that this release was written for."""
    return _newest(current_app.extensions["migrate"].directory)


@lru_cache(maxsize=8)
def _newest(directory: str) -> str:
    return ", ".join(sorted(ScriptDirectory(directory).get_heads()))


def revision_of(connection: Connection) -> str:
    """Return the revision of a database's schema; empty when nothing was migrated yet."""
    return ", ".join(sorted(MigrationContext.configure(connection).get_current_heads()))


def require_migrated() -> None:
    """Refuse to go on with another schema than this release's. Two small reads, behind no writer.

    Raises:
        NotMigratedError: ``shop db upgrade`` has to run first.
    """
    wanted, found = wanted_revision(), revision_of(db.session.connection())
    if found != wanted:
        raise NotMigratedError(
            f"the database is at {found or 'nothing'}, this release needs {wanted}: run `shop db upgrade`"
        )
