"""The price of ten thousand random carts, and that a wrong price would be noticed."""

from __future__ import annotations

import pytest

from shop.pricing.breakdown import price
from tests.pricing.planted import FAULTS, Fault, price_with
from tests.pricing.random_carts import TRAITS, judge

CARTS = 10_000
#: In parts, so that they are spread over the processes of a test run.
PARTS = 4


@pytest.mark.parametrize("part", range(PARTS))
def test_every_cart_is_priced_to_the_unit(part: int) -> None:
    tally = judge(range(part, CARTS, PARTS), price)

    assert tally.broken == []
    assert tally.carts == CARTS // PARTS
    assert set(tally.traits) == set(TRAITS)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_planted_fault_breaks_a_law(fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    tally = judge(range(CARTS), price_with(fault, monkeypatch))

    assert tally.broken != []
