"""``python -m tests.campaign``: run campaigns, print their figures, fail where a bar is missed."""

from __future__ import annotations

import importlib
import time
from pathlib import Path

import click

from tests.campaign.figures import Figure, tell

PROJECT = Path(__file__).resolve().parents[2]

#: Each is a module here with ``run(scale) -> list[Figure]``; in the order of the README's table.
CAMPAIGNS = ("money", "invariants", "simulator", "flash_sale", "kills", "schemathesis")


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
    tell(figures, PROJECT / "reports" / "campaign.md")


if __name__ == "__main__":
    campaign()
