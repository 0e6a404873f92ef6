"""What variants cost, held by the bits of the amounts.

One set of variants for each binary digit: those whose amount has it. A range of amounts is then a
few set operations a digit, and so is the least of some variants, however many they are.

Source: the bit-sliced index of O'Neil and Quass, "Improved Query Performance with Variant
Indexes", SIGMOD 1997, algorithms 4.2 and 4.4.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from shop.discovery.bitmaps.variant_sets import Gathered, VariantSet


class Amounts:
    """Amounts of variants in minor units of one currency; not every variant has one."""

    def __init__(self, by_amount: Mapping[int, Gathered]) -> None:
        """Hold amounts.

        Args:
            by_amount: Which variants cost so much; an amount is at least 0.
        """
        digits: dict[int, list[VariantSet]] = defaultdict(list)
        everyone = []
        for amount, gathered in by_amount.items():
            variants = VariantSet.of(gathered)
            everyone.append(variants)
            for digit in range(amount.bit_length()):
                if amount >> digit & 1:
                    digits[digit].append(variants)
        #: Variants that have an amount.
        self.having = VariantSet.union(everyone)
        #: Those whose amount has a binary digit, the least digit first.
        self._digits = [VariantSet.union(digits[digit]) for digit in range(max(digits, default=-1) + 1)]

    def between(self, low: int | None, high: int | None) -> VariantSet:
        """Return the variants that cost from one amount to another, both included; None: no such end."""
        found = self.having if high is None else self._at_most(high)
        return found if low is None or low <= 0 else found - self._at_most(low - 1)

    def least(self, of: VariantSet) -> int | None:
        """Return the least amount of some variants, None where none has one."""
        return self._outermost(of, least=True)

    def most(self, of: VariantSet) -> int | None:
        """Return the greatest amount of some variants, None where none has one."""
        return self._outermost(of, least=False)

    def _at_most(self, limit: int) -> VariantSet:
        if limit < 0:
            return VariantSet()
        if limit.bit_length() > len(self._digits):
            return self.having
        less, equal = VariantSet(), self.having
        for digit in reversed(range(len(self._digits))):
            if limit >> digit & 1:
                less |= equal - self._digits[digit]
                equal &= self._digits[digit]
            else:
                equal -= self._digits[digit]
        return less | equal

    def _outermost(self, of: VariantSet, *, least: bool) -> int | None:
        candidates, amount = self.having & of, 0
        if not candidates:
            return None
        for digit in reversed(range(len(self._digits))):
            having = self._digits[digit]
            better = candidates - having if least else candidates & having
            candidates = better or candidates
            amount |= (bool(better) is not least) << digit
        return amount
