"""The sum of a cart: worked examples, and the laws that hold for every cart."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shop.kit.money import Money, allocate, share
from shop.pricing.breakdown import Breakdown, Effect, Entry, Kind, LineInput, TaxRule, price

NO_TAX = TaxRule(rate_ppm=0, included=False)

#: From threads on totals that were a cent off:
#: https://github.com/woocommerce/woocommerce/issues/16305 and its kin.
VECTORS = [
    # (list price, promotion, shipping, tax rule, total, tax)
    (51_86, 20_74, None, TaxRule(82_500, included=False), 33_69, 2_57),
    # The thread tells the tax; this rate makes it.
    (58_53, 5_85, 4_00, TaxRule(81_863, included=False), 61_32, 4_64),
    (149_95, 15_00, None, NO_TAX, 134_95, 0),
    (21_18, 0, 2_02, TaxRule(190_000, included=False), 27_61, 4_41),
]

amounts = st.integers(min_value=0, max_value=5_000_000)
lines = st.lists(
    st.builds(
        lambda key, quantity, list_minor, cut: LineInput(
            str(key), quantity, list_minor, None if cut is None else list_minor * cut // 100
        ),
        key=st.integers(0, 999),
        quantity=st.integers(1, 10),
        list_minor=st.integers(1, 5_000_000),
        cut=st.none() | st.integers(0, 100),
    ),
    max_size=50,
)
taxes = st.builds(TaxRule, rate_ppm=st.none() | st.integers(0, 300_000), included=st.booleans())


def signed(entries: tuple[Entry, ...]) -> int:
    signs = {Effect.ADDS: 1, Effect.SUBTRACTS: -1, Effect.STATES: 0}
    return sum(signs[entry.effect] * entry.amount for entry in entries)


@pytest.mark.parametrize(("list_minor", "promotion", "shipping", "tax", "total", "tax_minor"), VECTORS)
def test_a_known_sum_comes_out_to_the_cent(
    list_minor: int, promotion: int, shipping: int | None, tax: TaxRule, total: int, tax_minor: int
) -> None:
    priced = price([LineInput("A", 1, list_minor)], tax, shipping_minor=shipping, promotion_minor=promotion)

    assert priced.total == total
    assert priced.amount(Kind.TAX) == tax_minor


def test_a_gross_price_less_ten_per_cent_has_a_known_net() -> None:
    reduced = 28_00 - share(28_00, Fraction(10, 100))

    priced = price([LineInput("A", 1, reduced)], TaxRule(190_000, included=True))

    assert reduced == 25_20
    assert priced.total - priced.amount(Kind.TAX) == 21_18


def test_tax_inside_the_price_adds_nothing() -> None:
    priced = price([LineInput("A", 1, 120_00)], TaxRule(200_000, included=True))

    assert priced.total == 120_00
    assert priced.amount(Kind.TAX) == 20_00


def test_a_market_without_a_rate_computes_no_tax_and_says_so() -> None:
    priced = price([LineInput("A", 1, 100_00)], TaxRule(None, included=False))

    (tax,) = [entry for entry in priced.entries if entry.kind is Kind.TAX]
    assert (tax.amount, tax.tax_rate_ppm) == (0, None)


def test_entries_come_in_one_order() -> None:
    priced = price([LineInput("A", 1, 100, 80)], NO_TAX, shipping_minor=5, promotion_minor=10)

    assert [entry.kind for entry in priced.entries] == list(Kind)


def test_a_promotion_never_makes_the_shop_owe_the_buyer() -> None:
    priced = price([LineInput("A", 1, 100)], NO_TAX, promotion_minor=10_000)

    assert priced.total == 0
    assert priced.amount(Kind.PROMOTION) == 100


@pytest.mark.parametrize("line", [LineInput("A", 0, 100), LineInput("A", 1, -1), LineInput("A", 1, 100, 101)])
def test_a_line_out_of_range_is_refused(line: LineInput) -> None:
    with pytest.raises(ValueError, match="A"):
        price([line], NO_TAX)


@settings(max_examples=500)
@given(lines, taxes, st.none() | amounts, amounts)
def test_every_sum_is_exact_and_whole(
    lines: list[LineInput], tax: TaxRule, shipping: int | None, promotion: int
) -> None:
    priced = price(lines, tax, shipping_minor=shipping, promotion_minor=promotion)

    everything = [*priced.entries, *(entry for line in priced.lines for entry in line.entries)]
    assert all(type(entry.amount) is int and entry.amount >= 0 for entry in everything)
    assert signed(priced.entries) == priced.total >= 0
    assert _lines_and_shipping(priced, tax) == priced.total


def _lines_and_shipping(priced: Breakdown, tax: TaxRule) -> int:
    """Add up the lines, shipping, and the tax that falls on shipping."""
    line_taxes = sum(e.amount for line in priced.lines for e in line.entries if e.kind is Kind.TAX)
    shipping_tax = 0 if tax.included else priced.amount(Kind.TAX) - line_taxes
    assert shipping_tax >= 0
    return sum(line.total for line in priced.lines) + priced.amount(Kind.SHIPPING) + shipping_tax


@settings(max_examples=300)
@given(lines, st.integers(0, 300_000), st.booleans())
def test_the_tax_is_within_half_a_unit_of_the_exact_tax(
    lines: list[LineInput], rate: int, included: bool
) -> None:
    priced = price(lines, TaxRule(rate, included=included))

    ratio = Fraction(rate, 1_000_000)
    exact = priced.amount(Kind.SUBTOTAL) * (ratio / (1 + ratio) if included else ratio)
    assert abs(priced.amount(Kind.TAX) - exact) <= Fraction(1, 2)


@given(amounts, st.lists(amounts, min_size=1, max_size=60))
def test_an_allocation_adds_up_and_is_fair(amount: int, weights: list[int]) -> None:
    parts = allocate(amount, weights)

    assert sum(parts) == amount
    total = sum(weights)
    if total:
        assert all(abs(p - Fraction(amount * w, total)) < 1 for p, w in zip(parts, weights, strict=True))


def test_what_is_left_over_goes_to_the_largest_remainder() -> None:
    assert allocate(100, [1, 1, 1]) == [34, 33, 33]
    assert allocate(10, [6, 6, 1]) == [5, 4, 1]
    assert allocate(1, [1, 2]) == [0, 1]


@pytest.mark.parametrize(
    ("money", "text"),
    [
        (Money(285_000, "USD"), "USD 2,850.00"),
        (Money(428_000, "JPY"), "JPY 428,000"),
        (Money(1_234, "KWD"), "KWD 1.234"),
        (Money(5, "EUR"), "EUR 0.05"),
        (Money(-5, "EUR"), "EUR -0.05"),
    ],
)
def test_money_is_written_with_the_decimals_of_its_currency(money: Money, text: str) -> None:
    assert str(money) == text


def test_an_unknown_currency_is_no_money() -> None:
    with pytest.raises(ValueError, match="ZZZ"):
        Money(1, "ZZZ")
