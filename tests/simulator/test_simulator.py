"""The simulator, small: every law holds, every pair of fault and operation occurs, every mutant is seen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.simulator.coverage import Coverage
from tests.simulator.history import Outcome, play
from tests.simulator.mutants import ALL, Mutant
from tests.simulator.runs import caught_at, run_half, run_in
from tests.simulator.stage import world_on
from tests.simulator.world import World

#: Histories of a half, and how many more may be needed to exercise every pair.
HISTORIES = 40
SPARE = 40
#: A history on PostgreSQL takes longer; the campaign plays thousands.
POSTGRESQL = range(8)


@pytest.fixture(scope="session")
def world() -> Iterator[World]:
    with world_on("sqlite") as found:
        yield found


def told(broken: list[Outcome]) -> str:
    return "\n\n".join("\n".join(outcome.told) for outcome in broken[:2])


@pytest.mark.parametrize("half", [0, 1], ids=["even seeds", "odd seeds"])
def test_no_fault_breaks_a_law(world: World, half: int) -> None:
    """The laws are in ``laws``; what must have gone wrong meanwhile is in ``coverage``."""
    run = run_half(world, half, histories=HISTORIES, spare=SPARE)

    assert not run.broken, told(run.broken)
    assert run.coverage.missing(minimum=1, half=half) == set()


def test_no_fault_breaks_a_law_on_postgresql() -> None:
    with world_on("postgresql") as world:
        run = run_in(world, POSTGRESQL)

    assert not run.broken, told(run.broken)


@pytest.mark.parametrize("mutant", ALL, ids=lambda mutant: mutant.name)
def test_a_known_bug_is_seen(world: World, mutant: Mutant) -> None:
    """By a history that the shop as it is passes: one of those above, or else played first."""
    if mutant.caught_by >= 2 * HISTORIES:
        assert play(world, mutant.caught_by, Coverage()).breaches == []

    assert caught_at(world, mutant, first=[mutant.caught_by]) is not None


def test_a_mutant_is_named_once_and_says_where_it_was_seen() -> None:
    assert len({mutant.name for mutant in ALL}) == len(ALL) >= 25
    assert all(mutant.rows and mutant.change.__doc__ for mutant in ALL)


def test_a_seed_tells_the_same_history_twice(world: World) -> None:
    seeds = (3, 7, 11)
    first = [play(world, seed, Coverage()).told for seed in seeds]

    again = [play(world, seed, Coverage()).told for seed in seeds]

    assert again == first


def test_a_pair_that_was_not_exercised_is_named() -> None:
    coverage = Coverage()
    for axis, fault, operation in coverage.wanted():
        if (fault, operation) != ("429", "refund"):
            coverage.hit(axis, fault, operation)

    assert coverage.missing(minimum=1) == {("stripe", "429", "refund")}
    assert coverage.fewest() == (("stripe", "429", "refund"), 0)
