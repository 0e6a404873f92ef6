"""One figure of a campaign: what was measured, and the bar it has to meet."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import click


@dataclass(frozen=True, slots=True)
class Figure:
    """A line of the reliability table.

    Attributes:
        name: What was measured, e.g. ``kill -9 of the server group, SQLite``.
        value: As people read it, e.g. ``200 kills, 14,016 orders acknowledged, 0 lost``.
        bar: What it has to be.
        met: Whether it is.
    """

    name: str
    value: str
    bar: str
    met: bool


def markdown(figures: Iterable[Figure]) -> str:
    """Return the figures as the table that the README shows."""
    rows = [f"| {each.name} | {each.value} | {each.bar} |" for each in figures]
    return "\n".join(["| what | measured | bar |", "|---|---|---|", *rows])


def tell(figures: Sequence[Figure], file: Path) -> None:
    """Write the table to a file and to the screen, and end the process: with 1 where a bar is missed.

    Args:
        figures: Of the whole run.
        file: Its folder is made if it is not there.
    """
    table = markdown(figures)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(table + "\n")
    click.echo(table)
    missed = [figure for figure in figures if not figure.met]
    for figure in missed:
        click.echo(f"missed: {figure.name}: {figure.value} (bar: {figure.bar})", err=True)
    sys.exit(1 if missed else 0)
