"""Facets, counted from sets: the same as :mod:`shop.discovery.facets` counts in SQL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from shop.discovery.bitmaps.found import Found
from shop.discovery.facets import (
    AvailableFacetValue,
    Facets,
    FacetValue,
    PriceBucket,
    PriceFacet,
    bucket_of,
    bucket_width,
    told,
)
from shop.kit.money import Money
from shop.pricing.models import Market


def count_facets(found: Found, *, market: Market, groups: Sequence[str], zeros: bool = False) -> Facets:
    """Count the products of a list by each of some groups.

    Args:
        found: The list.
        market: Whose currency amounts are in.
        groups: Of :data:`shop.discovery.facets.GROUPS`.
        zeros: Whether values that nothing has are told, too; a selected value always is.
    """
    return {name: _counted(found, market, name, zeros=zeros) for name in groups}


def _counted(found: Found, market: Market, name: str, *, zeros: bool) -> Any:
    if name == "price":
        return _price(found, market, zeros=zeros)
    if name == "available":
        return _available(found)
    return told(_values(found, name), zeros=zeros)


def _values(found: Found, name: str) -> Iterator[FacetValue]:
    catalogue, asked = found.view.catalogue, set(getattr(found.filters, name))
    counts = _of_products(found, name) if name not in catalogue.named else _of_variants(found, name)
    for value in catalogue.values[name]:
        if name == "family" and not catalogue.shows_family(value.slug, found.view.published):
            continue
        selected = bool({value.slug, value.group} & asked)
        yield FacetValue(value.slug, value.name, counts.get(value.slug, 0), selected, value.hex)


def _of_products(found: Found, name: str) -> dict[str, int]:
    catalogue = found.view.catalogue
    by_value = catalogue.families if name == "family" else catalogue.attributes[name]
    listed = found.products(ignoring=name)
    return {value: numbers.intersection_cardinality(listed) for value, numbers in by_value.items()}


def _of_variants(found: Found, name: str) -> dict[str, int]:
    listed = found.variants(ignoring=name)
    by_value = found.view.catalogue.named[name]
    return {value: variants.products_in_common(listed) for value, variants in by_value.items()}


def _available(found: Found) -> list[AvailableFacetValue]:
    listed, buyable = found.variants(ignoring="available"), found.view.buyable()
    return [
        AvailableFacetValue(state, len(variants.products()), found.filters.available is state)
        for state, variants in ((True, listed & buyable), (False, listed - buyable))
    ]


def _price(found: Found, market: Market, *, zeros: bool) -> PriceFacet:
    listed, amounts = found.variants(ignoring="price"), found.view.priced.amounts
    low, high = amounts.least(listed), amounts.most(listed)
    if low is None or high is None:
        return PriceFacet(None, None, [])
    width = bucket_width(high - low)
    buckets: list[PriceBucket] = []
    for first in range(low // width * width, high + 1, width):
        count = listed.products_in_common(amounts.between(first, first + width - 1))
        if count or zeros:
            buckets.append(bucket_of(found.filters, first, width, count))
    return PriceFacet(Money(low, market.currency), Money(high, market.currency), buckets)
