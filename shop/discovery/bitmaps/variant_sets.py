"""Sets of variants that can be counted by product.

Products have numbers, and the variants of each stand in slots: 0, 1, 2 ... A set of variants is
one bitmap of product numbers for each slot, so that "the products with a variant in both sets" is
an intersection slot by slot and then a union.

Source: compressed bitmaps are Roaring (Lemire et al., "Roaring Bitmaps: Implementation of an
Optimized Software Library", 2018).
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import zip_longest

from pyroaring import BitMap

#: Product numbers by slot, as they are come upon.
Gathered = defaultdict[int, "array[int]"]

_NONE = BitMap()


def gathering() -> Gathered:
    """Return an empty collection of product numbers by slot."""
    return defaultdict(_numbers)


def _numbers() -> array[int]:
    return array("I")


class VariantSet:
    """A set of variants; never changed once it is made."""

    __slots__ = ("slots",)

    def __init__(self, slots: Sequence[BitMap] = ()) -> None:
        #: Product numbers by slot.
        self.slots = slots

    @classmethod
    def of(cls, gathered: Gathered) -> VariantSet:
        """Return the set of what was gathered."""
        return cls([BitMap(gathered[slot]) for slot in range(max(gathered, default=-1) + 1)])

    @classmethod
    def union(cls, sets: Iterable[VariantSet]) -> VariantSet:
        """Return the variants that are in any of some sets."""
        columns = zip_longest(*(each.slots for each in sets), fillvalue=_NONE)
        return cls([BitMap.union(*column) for column in columns])

    def __and__(self, other: VariantSet) -> VariantSet:
        return VariantSet([mine & its for mine, its in zip(self.slots, other.slots, strict=False)])

    def __or__(self, other: VariantSet) -> VariantSet:
        return VariantSet.union((self, other))

    def __sub__(self, other: VariantSet) -> VariantSet:
        rest = [*other.slots, *[_NONE] * (len(self.slots) - len(other.slots))]
        return VariantSet([mine - its for mine, its in zip(self.slots, rest, strict=False)])

    def __bool__(self) -> bool:
        return any(self.slots)

    def __len__(self) -> int:
        return sum(map(len, self.slots))

    def of_products(self, numbers: BitMap) -> VariantSet:
        """Return those of some products only."""
        return VariantSet([slot & numbers for slot in self.slots])

    def products(self) -> BitMap:
        """Return the numbers of the products that have a variant in the set."""
        return BitMap.union(*self.slots) if self.slots else BitMap()

    def products_in_common(self, other: VariantSet) -> int:
        """Count the products that have a variant which is in both sets."""
        return len((self & other).products())
