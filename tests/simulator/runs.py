"""Many histories: played in a row, or by several processes, with what they exercised added up."""

from __future__ import annotations

import itertools
import multiprocessing
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tests.simulator.coverage import Coverage
from tests.simulator.history import Outcome, play
from tests.simulator.mutants import Mutant
from tests.simulator.stage import world_on
from tests.simulator.trouble import focus_of
from tests.simulator.world import World

#: Seeds within which each mutant has to be caught.
MOST_SEEDS = 500
#: Errors of a mutant itself, which show nothing.
SLIPS = ("AttributeError", "ImportError", "NameError", "TypeError")
#: Seeds that one process plays in a row, in a world of its own.
CHUNK = 250


@dataclass
class Run:
    """What many histories showed.

    Attributes:
        seeds: How many were played.
        broken: Those that broke a law.
    """

    seeds: int = 0
    broken: list[Outcome] = field(default_factory=list)
    coverage: Coverage = field(default_factory=Coverage)

    def __add__(self, other: Run) -> Run:
        return Run(self.seeds + other.seeds, self.broken + other.broken, self.coverage + other.coverage)


def run_in(world: World, seeds: Iterable[int]) -> Run:
    """Play some seeds in a world."""
    run = Run()
    for seed in seeds:
        outcome = play(world, seed, run.coverage)
        run.seeds += 1
        if outcome.breaches:
            run.broken.append(outcome)
    return run


def run_half(world: World, half: int, *, histories: int, spare: int) -> Run:
    """Play every other seed, then those that are sure to try what was not exercised yet.

    Args:
        world: Where to play.
        half: 0 for even seeds, 1 for odd ones.
        histories: How many to play in any case.
        spare: How many more at most.
    """
    run = run_in(world, range(half, 2 * histories, 2))
    later = itertools.count(2 * histories + half, 2)
    for _ in range(spare):
        missing = run.coverage.missing(minimum=1, half=half)
        if not missing:
            break
        run += run_in(world, [next(seed for seed in later if _tries(seed) & missing)])
    return run


def _tries(seed: int) -> set[tuple[str, str, str]]:
    return {(axis, *pair) for axis, pair in focus_of(seed).items()}


def caught_at(world: World, mutant: Mutant, *, first: Sequence[int] = ()) -> int | None:
    """Return the first seed that sees a mutant, None where none of them does.

    Args:
        world: Where to play.
        mutant: The bug.
        first: Seeds to try before the others.

    Raises:
        RuntimeError: The mutant breaks the code in a way that no shop ever did.
    """
    with mutant.change(world):
        for seed in itertools.chain(first, range(MOST_SEEDS)):
            breaches = play(world, seed, Coverage()).breaches
            if any(slip in breach for breach in breaches for slip in SLIPS):
                raise RuntimeError(f"{mutant.name} does not fit the code any more: {breaches[0]}")
            if breaches:
                return seed
    return None


def run_chunk(engine: str, first: int, end: int) -> Run:
    """Play a range of seeds in a world of its own."""
    with world_on(engine) as world:
        return run_in(world, range(first, end))


def run_on(engine: str, seeds: int, *, processes: int) -> Run:
    """Play the first seeds on an engine, shared out among processes."""
    chunks = [(engine, first, min(first + CHUNK, seeds)) for first in range(0, seeds, CHUNK)]
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        return sum(pool.starmap(run_chunk, chunks, chunksize=1), Run())
