"""From the times of products to the times of what they share."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import pytest

from shop.search.periods import Period, Periods, from_now_on, is_shown, next_change, shared


def day(of: int) -> datetime:
    return datetime(2027, 3, of, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("periods", "shown_on"),
    [
        ([(None, None)], [1, 2, 3, 4, 5, 6]),
        ([(day(3), None)], [3, 4, 5, 6]),
        ([(None, day(3))], [1, 2]),
        ([(day(2), day(4))], [2, 3]),
        ([(day(2), day(3)), (day(5), day(6))], [2, 5]),
        ([(day(2), day(4)), (day(4), day(6))], [2, 3, 4, 5]),
        ([(day(2), day(6)), (day(3), day(4))], [2, 3, 4, 5]),
        ([(day(5), None), (None, day(2))], [1, 5, 6]),
        ([(day(5), None), (None, day(5))], [1, 2, 3, 4, 5, 6]),
        ([(day(5), day(6)), (None, None)], [1, 2, 3, 4, 5, 6]),
    ],
)
def test_a_word_is_shown_while_one_of_its_products_is(periods: list[Period], shown_on: list[int]) -> None:
    noted: Periods[str] = Periods()
    for period in periods:
        noted.note(["word"], period)
    written = noted.written("word")

    assert [of for of in range(1, 7) if is_shown(written, day(of))] == shown_on
    changes, moment = [], datetime(2027, 1, 1, tzinfo=UTC)
    while (change := next_change([written, None], moment)) is not None:
        changes.append(change)
        moment = change
    around = [is_shown(written, day(1)), *(is_shown(written, change) for change in changes)]
    assert all(one is not other for one, other in pairwise(around))


@pytest.mark.parametrize(
    ("these", "those", "both"),
    [
        ([(None, None)], [(day(2), None)], [(day(2), None)]),
        ([(day(1), day(3))], [(day(2), day(4))], [(day(2), day(3))]),
        ([(day(1), day(2))], [(day(2), day(3))], []),
        (
            [(None, day(2)), (day(3), day(4))],
            [(day(1), day(6))],
            [(day(1), day(2)), (day(3), day(4))],
        ),
        ([(None, day(2))], [], []),
    ],
)
def test_what_is_shared_is_in_both(these: list[Period], those: list[Period], both: list[Period]) -> None:
    assert shared(these, those) == shared(those, these) == both


def test_what_has_begun_counts_as_always_and_what_is_over_is_left_out() -> None:
    periods = [(None, day(1)), (day(1), day(3)), (day(3), day(4)), (day(5), None)]

    assert from_now_on(periods, day(3)) == [(None, day(4)), (day(5), None)]
