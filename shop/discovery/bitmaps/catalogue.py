"""Everything that holds for one revision of the catalogue, as sets."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pyroaring import BitMap

from shop.discovery.bitmaps.variant_sets import VariantSet, gathering

#: The slot of a variant that is in no set: it is retired.
NO_SLOT = 0xFFFF

_EVER = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a facet, as it is shown.

    Attributes:
        group: Another name that selects it, too.
        hex: Swatch of a colour.
    """

    slug: str
    name: str
    hex: str | None = None
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """When a product is published; None: no such end."""

    number: int
    publish_at: datetime | None
    unpublish_at: datetime | None

    def is_open(self, moment: datetime) -> bool:
        """Whether it is published at a moment."""
        return (self.publish_at is None or self.publish_at <= moment) and (
            self.unpublish_at is None or self.unpublish_at > moment
        )


@dataclass(frozen=True, slots=True)
class Places:
    """Where the variants stand, by their ids, which are dense: the database counts them up.

    Attributes:
        number: Of the variant's product.
        slot: Its slot there, or ``NO_SLOT``.
        locations: How many have a row of stock for it.
    """

    number: array[int]
    slot: array[int]
    locations: array[int]

    def among(self, variant_ids: Iterable[int]) -> VariantSet:
        """Return a set of variants by their ids; such as are not placed are left out."""
        gathered, known = gathering(), len(self.slot)
        for variant_id in variant_ids:
            if variant_id < known and (slot := self.slot[variant_id]) != NO_SLOT:
                gathered[slot].append(self.number[variant_id])
        return VariantSet.of(gathered)


@dataclass(slots=True)
class Catalogue:
    """The products and variants of one revision.

    Products are numbered in the merchandiser's order, from 0. Stock is not in it, nor are prices,
    which hold for a time: see ``prices``.

    Attributes:
        revision: Which the database publishes.
        ids: Of the products, by number.
        positions: Of the products in the merchandiser's order, by number.
        kinds: Products by ``bag`` or ``accessory``.
        families: Products by the family's slug; an empty set for a family that has none.
        attributes: Products by value, by the name of the filter: size and silhouette.
        windows: Products that are not always published.
        variants: Those that are not retired.
        for_sale: Of these, those that may be sold at all.
        named: Variants by value, by the name of the filter.
        values: What a facet tells, in the editor's order.
        known: What a filter accepts.
    """

    revision: int
    ids: array[int]
    positions: array[int]
    kinds: Mapping[str, BitMap]
    families: Mapping[str, BitMap]
    attributes: Mapping[str, Mapping[str, BitMap]]
    windows: Sequence[Window]
    places: Places
    variants: VariantSet
    for_sale: VariantSet
    named: Mapping[str, Mapping[str, VariantSet]]
    values: Mapping[str, Sequence[Value]]
    known: Mapping[str, frozenset[str]]
    _numbers: dict[int, int] = field(init=False)
    _bounds: list[datetime] = field(init=False)
    _published: tuple[datetime, datetime, BitMap] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self._numbers = {product_id: number for number, product_id in enumerate(self.ids)}
        ends = (end for window in self.windows for end in (window.publish_at, window.unpublish_at))
        self._bounds = sorted({end for end in ends if end is not None})

    def published(self, moment: datetime) -> BitMap:
        """Return the numbers of the products that are published at a moment."""
        held = self._published
        if held is None or not held[0] <= moment < held[1]:
            at = bisect_right(self._bounds, moment)
            since, until = ([_EVER[0], *self._bounds][at], [*self._bounds, _EVER[1]][at])
            shut = BitMap(window.number for window in self.windows if not window.is_open(moment))
            held = self._published = (since, until, BitMap(range(len(self.ids))) - shut)
        return held[2]

    def shows_family(self, slug: str, published: BitMap) -> bool:
        """Whether a family is shown: see :func:`shop.catalogue.publishing.shown_family`."""
        products = self.families[slug]
        return not products or products.intersect(published)

    def numbers(self, product_ids: Iterable[int]) -> BitMap:
        """Return the numbers of products by their ids; such as are unknown are left out."""
        return BitMap(self._numbers[each] for each in product_ids if each in self._numbers)
