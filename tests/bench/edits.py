"""One edit over the admin API as the catalogue grows: in process, on a copy of each size, in turn."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from tests.bench.bench import Bench
from tests.bench.stores import Stores
from tests.campaign.figures import Figure
from tests.crowd import owner_of
from tests.owner import Owner
from tests.shopper import BAG

#: How much longer an edit may take in the largest catalogue than in the smallest.
MOST_GROWTH = 2.0
ROUNDS = 11


@dataclass(frozen=True)
class Edit:
    """A write of one entry, another one each time.

    Attributes:
        name: As the table has it.
        path: In the admin API.
        change: The merge patch of a round.
    """

    name: str
    path: str
    change: Callable[[int], dict[str, Any]]


EDITS = (
    Edit("a variant's label", f"/variants/{BAG}", lambda number: {"label": f"Label {number}"}),
    Edit("a product's weight", "/products/le-city-bag-medium", lambda number: {"weight_g": 500 + number}),
    Edit("a campaign's season", "/campaigns/closet-2024", lambda number: {"season": f"Fall {number}"}),
)


def run(bench: Bench) -> list[Figure]:
    """Measure on each engine."""
    return [figure for store in bench.stores for figure in _edited(bench, store)]


def _edited(bench: Bench, store: Stores) -> list[Figure]:
    sizes = dict.fromkeys([bench.sizes[0], bench.sizes[-1]])
    with ExitStack() as stack:
        owners = {
            size: Owner.of(stack.enter_context(owner_of(stack.enter_context(store.copy(size)))))
            for size in sizes
        }
        return [_figure(bench, store, edit, owners) for edit in EDITS]


def _figure(bench: Bench, store: Stores, edit: Edit, owners: dict[int, Owner]) -> Figure:
    times: dict[int, list[float]] = {size: [] for size in owners}
    for number in range(bench.rounds(ROUNDS) + 1):
        for size, owner in owners.items():
            started = time.perf_counter()
            answer = owner.writes("PATCH", edit.path, json=edit.change(number), headers={"If-Match": "*"})
            taken = (time.perf_counter() - started) * 1000
            assert answer.status_code == 200, answer.text
            if number:  # the first compiles the statements
                times[size].append(taken)
    medians = {size: statistics.median(each) for size, each in times.items()}
    small, large = min(owners), max(owners)
    growth = medians[large] / medians[small]
    return Figure(
        f"edit of {edit.name}, {store.engine}, {large:,} products against {small:,}",
        f"{growth:.2f} times ({medians[small]:,.1f} ms; {medians[large]:,.1f} ms)",
        f"<= {MOST_GROWTH} times",
        met=growth <= MOST_GROWTH,
    )
