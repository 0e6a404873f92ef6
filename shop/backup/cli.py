"""The commands ``shop backup`` and ``shop restore``."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from flask.cli import with_appcontext
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from sqlalchemy.exc import SQLAlchemyError

from shop.backup import service
from shop.backup.contents import Contents
from shop.backup.errors import NotDone, Tell
from shop.kit.commands import NotRun, operator
from shop.kit.migrations import NotMigratedError

#: What a shell sees where the copy or the database breaks an invariant.
BREACHED = 1

#: Faults that a person will read.
MOST_FAULTS = 20


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--overwrite", is_flag=True, help="Replace FILE where it exists.")
@with_appcontext
def backup(file: Path, overwrite: bool) -> None:
    """Copy the shop's database into FILE while it sells, open the copy and verify it.

    Exits with 0 when the copy is sound, 1 when it breaks an invariant (it is kept, and the
    shop breaks it too), 2 when no copy was made.
    """
    with _reported("no copy was made"), _steps() as tell:
        contents = service.back_up(file, overwrite=overwrite, tell=tell)
    click.echo(f"{file}: {file.stat().st_size:,} bytes, {_in_words(contents)}")
    if contents.faults:
        _list(contents.faults)
        click.echo(f"{file} is kept, but breaks invariants; so does the shop: `shop verify`", err=True)
        raise click.exceptions.Exit(BREACHED)
    click.echo("The copy was opened and every invariant holds in it.")


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Even where the database holds orders: they are lost.")
@click.option("--despite-breaches", is_flag=True, help="Even where FILE breaks invariants.")
@with_appcontext
def restore(file: Path, replace: bool, despite_breaches: bool) -> None:
    """Put FILE, made by `shop backup`, in the place of all that the database holds.

    FILE is verified first, and the database after. It happens whole or not at all, and the audit log
    says so. Stop the
    shop before: a server that runs goes on with what was restored, but shoppers see their
    newest carts and orders vanish.

    Exits with 0 when the database is sound, 1 when it breaks an invariant, 2 when nothing
    was changed.
    """
    with _reported("nothing was changed"), _steps() as tell:
        restored = service.restore(
            file, replace=replace, despite_breaches=despite_breaches, actor=operator(), tell=tell
        )
    click.echo(f"restored from {file}: {_in_words(restored.now)}")
    if restored.now.faults:
        _list(restored.now.faults)
        raise click.exceptions.Exit(BREACHED)
    click.echo("Every invariant holds. Now `shop reconcile`: Stripe knows what was paid since the copy.")


@contextmanager
def _reported(outcome: str) -> Iterator[None]:
    """Turn whatever stops the block into words and an exit code."""
    try:
        yield
    except service.BreachedCopy as error:
        _list(error.faults)
        _end(str(error), outcome)
    except SQLAlchemyError as error:
        _end(str(getattr(error, "orig", error)).strip(), outcome)
    except (NotDone, NotMigratedError, OSError, sqlite3.Error) as error:
        _end(str(error), outcome)
    except KeyboardInterrupt:
        _end("stopped", outcome)


def _end(reason: str, outcome: str) -> None:
    click.echo(f"{reason}; {outcome}.", err=True)
    raise click.exceptions.Exit(NotRun.exit_code) from None


@contextmanager
def _steps() -> Iterator[Tell]:
    """Show the step at work to a person; into a file or a pipe goes the result only."""
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("Looking at the database", total=None)
        yield lambda step: bar.update(task, description=step)


def _in_words(contents: Contents) -> str:
    last = contents.last_order_at
    return (
        f"{contents.orders:,} orders{f', the last of {last:%Y-%m-%d %H:%M:%S} UTC' if last else ''}, "
        f"{contents.payments:,} payments, {contents.stock_rows:,} stock rows, "
        f"{contents.movements:,} movements"
    )


def _list(faults: tuple[str, ...]) -> None:
    for fault in faults[:MOST_FAULTS]:
        click.echo(fault, err=True)
    if len(faults) > MOST_FAULTS:
        click.echo(f"... and {len(faults) - MOST_FAULTS:,} more", err=True)
