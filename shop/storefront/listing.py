"""The list of bags as a page: its address is its whole state, filters, order and place.

The names are those of ``GET /v1/products``; ``back`` holds the cursors of the pages before, so that a
list that only reads forwards has a link to the previous page, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from marshmallow import ValidationError
from werkzeug.datastructures import MultiDict

from shop.discovery.facets import FacetValue, PriceFacet
from shop.discovery.filters import KNOWN, Filters
from shop.discovery.listing import ProductList
from shop.discovery.schemas import ProductQuery
from shop.kit.fields import Several, faults
from shop.kit.problems import InvalidRequest

#: Groups that are offered; others only where they are asked for.
OFFERED = ("family", "material", "colour_family", "finish", "detail", "size", "silhouette")
SELDOM = ("colour", "hardware")

#: Cursors of earlier pages that an address keeps; from farther back, the first page is linked.
MOST_BACK = 8

_NOT_ASKED = ("market", "limit", "facets", "facet_zeros")
_QUERY = ProductQuery()
_NAMES = [name for name in _QUERY.fields if name not in _NOT_ASKED]

#: Names and values as they stand in an address.
Asked = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class State:
    """What the address of a list says.

    Attributes:
        filters: What is asked for.
        sort: The order; None: the default one.
        cursor: Where the page begins; None: at the beginning.
        back: Cursors of the pages before; an empty one is the first page's.
        asked: Everything but the place, in an order of its own.
    """

    filters: Filters
    sort: str | None
    cursor: str | None
    back: tuple[str, ...]
    asked: Asked

    @property
    def groups(self) -> tuple[str, ...]:
        """Return the groups whose values are counted."""
        return (*OFFERED, *(name for name in SELDOM if getattr(self.filters, name)))

    def values(self) -> list[tuple[str, str]]:
        """Return the asked values of filters, each of which can be dropped."""
        return [(name, value) for name, value in self.asked if name in KNOWN]

    def without(self, name: str, value: str | None = None) -> Asked:
        """Return what is asked without a value, or without a name."""
        return tuple(each for each in self.asked if each[0] != name or value not in (None, each[1]))

    def with_price(self, low: int, high: int) -> Asked:
        """Return what is asked, between two amounts in minor units."""
        others = [each for each in self.asked if not each[0].startswith("price_")]
        return (*others, ("price_min", str(low)), ("price_max", str(high)))

    def next(self, cursor: str) -> Asked:
        """Return the address of the page after."""
        back = [*self.back, self.cursor or ""][-MOST_BACK:]
        return (*self.asked, *(("back", each) for each in back), ("cursor", cursor))

    def previous(self) -> Asked | None:
        """Return the address of the page before; None on the first."""
        if self.cursor is None:
            return None
        *back, cursor = self.back or ("",)
        place = [("cursor", cursor)] if cursor else []
        return (*self.asked, *(("back", each) for each in back), *place)


def state_of(args: MultiDict[str, str]) -> State:
    """Read the address of a list; what it does not know and what is empty is passed over.

    Raises:
        InvalidRequest: A value is not of the form it must have.
    """
    given: dict[str, Any] = {}
    for name in _NAMES:
        texts = [text for text in args.getlist(name) if text]
        if texts:
            given[name] = texts if isinstance(_QUERY.fields[name], Several) else texts[-1]
    try:
        query = _QUERY.load(given)
    except ValidationError as error:
        raise InvalidRequest(errors=faults(error.messages, "query")) from error
    page = {name: query.pop(name) for name in (*_NOT_ASKED, "sort", "cursor")}
    filters = Filters(**query)
    asked = _asked(given, filters)
    return State(filters, page["sort"], page["cursor"], tuple(args.getlist("back")[-MOST_BACK:]), asked)


def _asked(given: dict[str, Any], filters: Filters) -> Asked:
    found: list[tuple[str, str]] = []
    for name, value in given.items():
        if name == "cursor":
            continue
        values = getattr(filters, name) if isinstance(value, list) else [value]
        found += [(name, each) for each in values]
    return tuple(found)


def total(found: ProductList, filters: Filters) -> int:
    """Return how many products the whole list has: each is of one family."""
    families: Sequence[Any] = (found.facets or {}).get("family", ())  # type: ignore[assignment]
    return sum(each.count for each in families if each.selected or not filters.family)


def names_of(found: ProductList) -> dict[tuple[str, str], FacetValue]:
    """Return the values that facets tell, by group and slug."""
    return {
        (group, value.slug): value
        for group, values in (found.facets or {}).items()
        if not isinstance(values, PriceFacet)
        for value in values
        if isinstance(value, FacetValue)
    }
