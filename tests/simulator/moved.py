"""Print the mutants that their known seed sees no more: ``python -m tests.simulator.moved``.

Any change of what the shop asks of Stripe or of its database moves the histories. A mutant is then
searched for from seed 0 on, which costs the test minutes; what this prints goes into ``caught_by``.
"""

from __future__ import annotations

import click

from tests.simulator.mutants import ALL
from tests.simulator.runs import caught_at
from tests.simulator.stage import world_on


def main() -> None:
    """Try each mutant's own seed first, and print those that another one saw."""
    with world_on("sqlite") as world:
        for mutant in ALL:
            seed = caught_at(world, mutant, first=[mutant.caught_by])
            if seed != mutant.caught_by:
                click.echo(f"{mutant.name}: caught_by={mutant.caught_by} -> {seed}")


if __name__ == "__main__":
    main()
