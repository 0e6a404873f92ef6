"""The commands ``shop media ...``."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from shop.kit.commands import operator
from shop.media import upkeep
from shop.media.store import current_store

media = AppGroup("media", help="Files of pictures.")


@media.command("sweep")
@click.option("--drawings", is_flag=True, help="The shop's own drawings too; they are made again.")
def sweep_command(*, drawings: bool) -> None:
    """Take away pictures that have been shown nowhere for a day, and files that nothing names."""
    swept = upkeep.sweep(current_store(), actor=operator(), drawings=drawings)
    click.echo(f"{swept.pictures:,} pictures, {swept.files:,} files, {swept.drawings:,} drawings taken away")
