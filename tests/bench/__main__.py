"""``python -m tests.bench``: measure, print the table, fail where a bar is missed."""

from __future__ import annotations

import importlib
import time
import traceback
from pathlib import Path

import click

from tests.bench.bench import Bench
from tests.bench.making import make
from tests.bench.stores import PROJECT, stores
from tests.campaign.figures import Figure, tell

#: Each is a module here with ``run(bench) -> list[Figure]``; in the order of the table.
MEASURES = ("layer", "hot_reads", "growth", "edits", "serving", "feeds", "writes", "seeding")
ENGINES = ("sqlite", "postgresql")


def _listed(_context: click.Context, _parameter: click.Parameter, text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(MEASURES))
@click.option("--sizes", default="100,10000,100000", show_default=True, callback=_listed, help="Products.")
@click.option("--engines", default=",".join(ENGINES), show_default=True, callback=_listed)
@click.option("--scale", default=1.0, show_default=True, help="Share of the full time; 0.1 for a look.")
@click.option(
    "--reports",
    default=PROJECT / "reports",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the table goes, and where generated databases are kept.",
)
def bench(names: tuple[str, ...], sizes: list[str], engines: list[str], scale: float, reports: Path) -> None:
    """Run the measures NAMES, or all; the table goes to ``reports/`` and to the screen."""
    if unknown := set(engines) - set(ENGINES):
        raise click.BadParameter(f"no such engine: {', '.join(unknown)}", param_hint="--engines")
    reports.mkdir(parents=True, exist_ok=True)
    figures: list[Figure] = []
    with stores(reports.resolve() / "bench", engines) as opened:
        given = Bench(opened, sorted(map(int, sizes)), scale)
        make(opened, given.sizes)
        for name in names or MEASURES:
            started = time.monotonic()
            click.echo(f"{name} ...", err=True)
            figures += _measured(name, given)
            click.echo(f"{name}: {time.monotonic() - started:,.0f} s", err=True)
    tell(figures, reports / "bench.md")


def _measured(name: str, given: Bench) -> list[Figure]:
    """Run a measure; one that fails is a line of the table, and the others are not lost."""
    try:
        found: list[Figure] = importlib.import_module(f"tests.bench.{name}").run(given)
    except Exception as error:
        traceback.print_exc()
        return [Figure(name, f"failed: {error!r:.200}", "measured", met=False)]
    return found


if __name__ == "__main__":
    bench()
