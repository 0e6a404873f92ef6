"""Text as it is searched, and dates as editors write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.kit.text import fold, fuzzy_date_start


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Nicolas Ghesquière", "nicolas ghesquiere"),
        ("  25-panel, hand-assembled ", "25 panel hand assembled"),
        ("ﬁne STRASSE straße", "fine strasse strasse"),
        ("crème brûlée", "creme brulee"),
        ("", ""),
        ("黒", ""),
    ],
)
def test_text_is_folded(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2000", "2000-01-01"),
        ("2001/2002", "2001-01-01"),
        ("2024-07", "2024-07-01"),
        ("2022-04/06", "2022-04-01"),
        ("2024-01-23", "2024-01-23"),
        ("2019-end", "2019-12-01"),
        ("2021-spring", "2021-03-01"),
        ("2021-prefall", "2021-06-01"),
    ],
)
def test_a_date_as_editors_write_it_has_a_first_day(text: str, day: str) -> None:
    assert fuzzy_date_start(text) == day


@pytest.mark.parametrize(
    "text", ["", "soon", "24", "2024-13", "2024-01-32", "2024-monsoon", "2024-1", "2024-01-23T"]
)
def test_what_is_not_a_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a date"):
        fuzzy_date_start(text)
