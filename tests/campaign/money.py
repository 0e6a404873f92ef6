"""A million carts priced, and every law of :mod:`tests.pricing.random_carts` held to each.

The carts of the test run are the first of them. A broken law names its cart, which
``broken_law(cart(NUMBER), price)`` shows again.
"""

from __future__ import annotations

import multiprocessing

from rich.console import Console
from rich.progress import track

from shop.pricing.breakdown import price
from tests.campaign.figures import Figure
from tests.pricing.random_carts import CURRENCIES, TRAITS, Tally, judge

CARTS = 1_000_000
CHUNK = 500


def run(scale: float) -> list[Figure]:
    """Price carts on every core; return what was tried and what broke."""
    wanted = max(CHUNK, round(CARTS * scale))
    chunks = [range(first, min(first + CHUNK, wanted)) for first in range(0, wanted, CHUNK)]
    tally = Tally()
    with multiprocessing.get_context("spawn").Pool() as pool:
        done = pool.imap_unordered(_judge, chunks)
        for part in track(done, "pricing carts", total=len(chunks), console=Console(stderr=True)):
            tally += part
    return [_figure(tally, wanted)]


def _judge(numbers: range) -> Tally:
    return judge(numbers, price)


def _figure(tally: Tally, wanted: int) -> Figure:
    untried = set(TRAITS) - set(tally.traits)
    broken = f"{len(tally.broken)} laws broken" if tally.broken else "0 minor units lost"
    value = (
        f"{tally.carts:,} carts of {tally.lines:,} lines in {', '.join(CURRENCIES)}, "
        f"{tally.traits['tax on half a unit']:,} taxes on half a unit: {broken}"
    )
    value += "".join(f"; {law}" for law in sorted(tally.broken)[:3])
    value += f"; never tried: {', '.join(sorted(untried))}" if untried else ""
    return Figure(
        "random carts priced to the minor unit",
        value,
        f"{wanted:,} carts, 0 minor units lost",
        met=tally.carts == wanted and not tally.broken and not untried,
    )
