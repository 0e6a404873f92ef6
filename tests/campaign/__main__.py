"""``python -m tests.campaign``: run campaigns, print their figures, fail where a bar is missed."""

from __future__ import annotations

import importlib
import sys
import time
from pathlib import Path

import click

from tests.campaign.figures import Figure, markdown

PROJECT = Path(__file__).resolve().parents[2]

#: Each is a module here with ``run(scale) -> list[Figure]``; in the order of the README's table.
CAMPAIGNS = ("money", "invariants", "simulator", "flash_sale", "kills")


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(CAMPAIGNS))
@click.option("--scale", default=1.0, show_default=True, help="Share of the full size; 0.01 for a look.")
def campaign(names: tuple[str, ...], scale: float) -> None:
    """Run the campaigns NAMES, or all; the table goes to ``reports/`` and to the screen."""
    figures: list[Figure] = []
    for name in names or CAMPAIGNS:
        started = time.monotonic()
        click.echo(f"{name} ...", err=True)
        found = importlib.import_module(f"tests.campaign.{name}").run(scale)
        click.echo(f"{name}: {time.monotonic() - started:,.0f} s", err=True)
        figures += found
    table = markdown(figures)
    reports = PROJECT / "reports"
    reports.mkdir(exist_ok=True)
    (reports / "campaign.md").write_text(table + "\n")
    click.echo(table)
    missed = [figure for figure in figures if not figure.met]
    for figure in missed:
        click.echo(f"missed: {figure.name}: {figure.value} (bar: {figure.bar})", err=True)
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    campaign()
