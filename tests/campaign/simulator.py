"""T2: histories of the simulator by the thousand, on both engines, and every mutant.

At scale 1 about an hour and a half on two cores.
"""

from __future__ import annotations

import os

from tests.campaign.figures import Figure
from tests.simulator.mutants import ALL
from tests.simulator.runs import MOST_SEEDS, Run, caught_at, run_on
from tests.simulator.stage import world_on

SEEDS = {"sqlite": 50_000, "postgresql": 2_000}
#: How often each pair of fault and operation has to occur, at full size.
FEWEST = 100


def run(scale: float) -> list[Figure]:
    """Play histories; scale 1 is what the table's bars are for."""
    processes = max(1, min(os.cpu_count() or 1, 8))
    figures, total = [], Run()
    for engine, seeds in SEEDS.items():
        found = run_on(engine, max(1, round(seeds * scale)), processes=processes)
        total += found
        figures.append(_histories(engine, found))
    return [*figures, _pairs(total, minimum=max(1, round(FEWEST * min(1, scale)))), _mutants()]


def _histories(engine: str, found: Run) -> Figure:
    worst = "".join(f"; seed {each.seed}: {each.breaches[0]}" for each in found.broken[:3])
    return Figure(
        f"simulated histories, {engine}",
        f"{found.seeds:,} seeds, {found.coverage.faults:,} faults injected,"
        f" {len(found.broken)} broke a law{worst}",
        "0 broke a law",
        met=not found.broken,
    )


def _pairs(total: Run, *, minimum: int) -> Figure:
    (axis, fault, operation), count = total.coverage.fewest()
    pairs = len(list(total.coverage.wanted()))
    return Figure(
        "fault x operation pairs exercised",
        f"{pairs} pairs, the rarest ({axis}: {fault} x {operation}) {count:,} times",
        f"each at least {minimum} times",
        met=count >= minimum,
    )


def _mutants() -> Figure:
    with world_on("sqlite") as world:
        seeds = {mutant.name: caught_at(world, mutant) for mutant in ALL}
    caught = {name: seed for name, seed in seeds.items() if seed is not None}
    missed = [name for name in seeds if name not in caught]
    slowest = max(caught, key=lambda name: caught[name])
    return Figure(
        "known bugs put back",
        f"{len(caught)} of {len(seeds)} caught, the slowest ({slowest}) at seed {caught[slowest]}"
        + (f"; missed: {', '.join(missed)}" if missed else ""),
        f"all, within {MOST_SEEDS} seeds",
        met=not missed,
    )
