"""The commands ``shop seed ...``."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import AppGroup
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.table import Table

from shop.kit.commands import operator
from shop.kit.migrations import NotMigratedError, require_migrated
from shop.seeding import service
from shop.seeding.errors import SeedRefused
from shop.seeding.report import Report

seed = AppGroup("seed", help="The catalogue's files: apply them to the database.")

#: What a shell sees when a seed is refused.
REFUSED = 2


@seed.command("apply")
@click.argument("path", type=click.Path(exists=True, file_okay=False, path_type=Path))
def apply_command(path: Path) -> None:
    """Bring the database to what the files in PATH say: all of it, or nothing.

    Applying the same files again changes nothing. Opening stock is counted once.
    """
    apply_and_tell(path)


def apply_and_tell(path: Path) -> None:
    """Apply a seed with a progress bar; print what changed, or every fault and exit."""
    try:
        require_migrated()
        report = _apply_with_progress(path)
    except NotMigratedError as error:
        raise click.ClickException(str(error)) from None
    except SeedRefused as refused:
        for fault in refused.faults:
            # With the folder before it, a terminal or an editor can open the place.
            click.echo(f"{path}/{fault}", err=True)
        if refused.more:
            click.echo(f"... and {refused.more:,} more", err=True)
        total = len(refused.faults) + refused.more
        click.echo(f"{total:,} {'fault' if total == 1 else 'faults'}; nothing was written.", err=True)
        if refused.unread:
            click.echo("What files say of each other is checked once each alone is sound.", err=True)
        raise click.exceptions.Exit(REFUSED) from None
    _print_tables(report)
    click.echo(str(report))


def _apply_with_progress(path: Path) -> Report:
    console = Console(stderr=True)
    # A bar is for people: into a file or a pipe goes the result only.
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("Reading the seed", total=None)
        return service.apply(path, lambda *at: _show(bar, task, *at), actor=operator())


def _show(bar: Progress, task: TaskID, done: int, total: int, what: str) -> None:
    bar.update(task, completed=done, total=total, description=what)


def _print_tables(report: Report) -> None:
    touched = [table for table in report.tables if table.changes]
    if not touched:
        return
    grid = Table(box=None, pad_edge=False)
    grid.add_column("table")
    for heading in ("added", "changed", "retired", "removed", "unchanged"):
        grid.add_column(heading, justify="right")
    for table in touched:
        numbers = (table.added, table.changed, table.retired, table.removed, table.unchanged)
        grid.add_row(table.table, *(f"{number:,}" if number else "-" for number in numbers))
    Console(highlight=False, width=100).print(grid)
