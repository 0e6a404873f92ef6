"""``python -m tests.simulator --seed N``: tell the history of a seed."""

from __future__ import annotations

import sys

import click

from tests.simulator.coverage import Coverage
from tests.simulator.history import play
from tests.simulator.stage import world_on


@click.command()
@click.option("--seed", type=int, required=True)
@click.option("--until", type=int, help="Play all seeds up to this one, and tell only those that fail.")
@click.option("--engine", type=click.Choice(["sqlite", "postgresql"]), default="sqlite", show_default=True)
def tell(seed: int, until: int | None, engine: str) -> None:
    """Play the history of a seed and tell it step by step; exit with 1 where a law was broken."""
    coverage, failed = Coverage(), 0
    with world_on(engine) as world:
        for each in range(seed, (until or seed) + 1):
            outcome = play(world, each, coverage)
            if outcome.breaches:
                failed += 1
            if until is None or outcome.breaches:
                click.echo("\n".join(outcome.told))
    if until is not None:
        click.echo(f"{failed} of {until - seed + 1} histories broke a law")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    tell()
