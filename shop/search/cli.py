"""The command ``shop search``."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from shop.kit.commands import NotRun
from shop.kit.migrations import NotMigratedError, require_migrated
from shop.search.service import index_again

search = AppGroup("search", help="What the catalogue is found by.")


@search.command("reindex")
def reindex_command() -> None:
    """Index the catalogue as it is now.

    Applying a seed does this by itself; it is needed after rows were changed by hand.
    """
    try:
        require_migrated()
    except NotMigratedError as error:
        raise NotRun(str(error)) from None
    index_again()
    click.echo("The catalogue is indexed.")
