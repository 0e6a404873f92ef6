"""Whether the database has the schema that this release was written for."""

from __future__ import annotations

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app

from shop.kit.db import db


class NotMigratedError(RuntimeError):
    """The database's schema is not this release's; serving it would fail request by request."""


def require_migrated() -> None:
    """Refuse to go on with another schema than this release's.

    Raises:
        NotMigratedError: ``shop db upgrade`` has to run first.
    """
    config = current_app.extensions["migrate"].migrate.get_config()
    wanted = set(ScriptDirectory.from_config(config).get_heads())
    with db.engine.connect() as connection:
        found = set(MigrationContext.configure(connection).get_current_heads())
    if found != wanted:
        at = ", ".join(sorted(found)) or "nothing"
        raise NotMigratedError(
            f"the database is at {at}, this release needs {', '.join(sorted(wanted))}: run `shop db upgrade`"
        )
