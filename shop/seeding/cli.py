"""The commands ``shop seed ...``."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, TypeVar

import click
from flask.cli import AppGroup
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bar
from rich.table import Table

from shop.kit.commands import operator
from shop.kit.migrations import NotMigratedError, require_migrated
from shop.seeding import service
from shop.seeding.diff import as_json, print_diff
from shop.seeding.errors import SeedRefused
from shop.seeding.exporting import export
from shop.seeding.formats import limits
from shop.seeding.formats.files import Sent
from shop.seeding.report import Report
from shop.seeding.write import Progress

seed = AppGroup("seed", help="The catalogue's files: see what they change, apply them, write them out.")

#: How a path says "standard input", or output.
STANDARD = Path("-")

#: What a shell sees of a seed that has faults, and of a plan that would change something.
FAULTS, CHANGES = 1, 2

C = TypeVar("C", bound=Callable[..., Any])


def _of_files(command: C) -> C:
    """Add what the commands that read files have in common."""
    command = click.argument("path", type=click.Path(path_type=Path))(command)
    command = click.option(
        "--prune",
        is_flag=True,
        help="Take away what is gone from the files; what orders point at is retired.",
    )(command)
    return click.option(
        "--format",
        "form",
        type=click.Choice(["yaml", "json", "csv", "zip"]),
        help="What standard input is, for the path -.",
    )(command)


@seed.command("plan")
@_of_files
@click.option("--json", "for_programs", is_flag=True, help="Print the plan as JSON.")
def plan_command(path: Path, form: str | None, *, prune: bool, for_programs: bool) -> None:
    """Show what applying the files at PATH would change, field by field; change nothing.

    PATH is a folder, a file (.yaml, .json, .csv, .zip), or - for standard input. Ends with 0 when
    nothing would change, with 2 when something would, with 1 when the files have faults.
    """
    with _told(path, form) as source, _shown() as show:
        found = service.plan(source, show, prune=prune)
    if for_programs:
        click.echo(as_json(found))
    else:
        print_diff(found, Console(highlight=False, soft_wrap=True))
    raise click.exceptions.Exit(CHANGES if found.count else 0)


@seed.command("apply")
@_of_files
def apply_command(path: Path, form: str | None, *, prune: bool) -> None:
    """Bring the database to what the files at PATH say: all of it, or nothing.

    PATH is a folder, a file (.yaml, .json, .csv, .zip), or - for standard input. Applying the same
    files again changes nothing. Opening stock is counted once. Ends with 1 when the files have faults.
    """
    apply_and_tell(path, form=form, prune=prune)


@seed.command("export")
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(export.FORMS), default="yaml", show_default=True)
def export_command(target: Path, form: str) -> None:
    """Write the catalogue, with its pictures, into TARGET as files that `shop seed apply` reads.

    TARGET is a folder, a zip when its name ends in .zip, or - for a zip on standard output. The same
    catalogue gives the same bytes. Other seed files in a folder are refused, not mixed in, and so is a
    zip that no export wrote.

    With --format csv, variants, prices and opening stock are tables (variants.csv, prices.csv,
    stock.csv), and the rest is YAML. A product whose variants have pictures, archive prices, disputed
    amounts or codes of others keeps them in its YAML file, and so does text that no table may hold.
    """
    try:
        require_migrated()
        count = _to_standard_output(form) if target == STANDARD else export.write(target, form)
    except (NotMigratedError, export.NotExportableError, OSError) as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{count:,} files in {target}", err=target == STANDARD)


def _to_standard_output(form: str) -> int:
    if sys.stdout.isatty():
        raise export.NotExportableError("a zip is not for the screen: let > or | take it")
    found = export.export(form)
    # Whole before its first byte is out.
    with TemporaryFile() as file:
        export.pack(found, file)
        file.seek(0)
        shutil.copyfileobj(file, sys.stdout.buffer)
    return len(found)


def apply_and_tell(path: Path, *, form: str | None = None, prune: bool = False) -> None:
    """Apply a seed with a progress bar; print what changed, or every fault and exit."""
    with _told(path, form) as source, _shown() as show:
        report = service.apply(source, show, prune=prune, actor=operator())
    _print_tables(report)
    click.echo(str(report))


@contextmanager
def _told(path: Path, form: str | None) -> Iterator[Path | Sent]:
    """Lend the seed that a path means; print every fault of one that is refused, and exit."""
    if path == STANDARD and form is None:
        raise click.ClickException("say what standard input is: --format yaml, json, csv or zip")
    try:
        require_migrated()
        yield _standard_input(form) if path == STANDARD and form else path
    except NotMigratedError as error:
        raise click.ClickException(str(error)) from None
    except SeedRefused as refused:
        # With the folder before it, a terminal or an editor can open the place.
        before = f"{path}/" if path.is_dir() else f"{path.parent}/" if path.parent != Path() else ""
        for fault in refused.faults:
            click.echo(f"{before}{fault}", err=True)
        if refused.more:
            click.echo(f"... and {refused.more:,} more", err=True)
        total = len(refused.faults) + refused.more
        click.echo(f"{total:,} {'fault' if total == 1 else 'faults'}; nothing was written.", err=True)
        if refused.unread:
            click.echo("What others say of a file that cannot be read is checked once it can be.", err=True)
        raise click.exceptions.Exit(FAULTS) from None


def _standard_input(form: str) -> Sent:
    # One byte more than a seed may have: that is refused, and not cut off.
    return Sent(sys.stdin.buffer.read(limits.MAX_TABLE_BYTES + 1), form, called=f"stdin.{form}")


@contextmanager
def _shown() -> Iterator[Progress]:
    """Lend what shows how far a seed is, and how long the rest may take, on a terminal."""
    console = Console(stderr=True)
    # A bar is for people: into a file or a pipe goes the result only.
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("Reading the seed", total=None)
        yield lambda done, total, what: bar.update(task, completed=done, total=total, description=what)


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
