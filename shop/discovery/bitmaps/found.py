"""What filters find: sets of products, and of those variants that meet all filters on variants."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from pyroaring import BitMap
from sqlalchemy import select
from sqlalchemy.orm import Session

from shop.discovery.bitmaps.catalogue import Catalogue
from shop.discovery.bitmaps.prices import Prices
from shop.discovery.bitmaps.stock import SoldOut
from shop.discovery.bitmaps.variant_sets import VariantSet
from shop.discovery.filters import KNOWN, Filters


@dataclass(slots=True)
class View:
    """The catalogue as it is published at one moment, in one market.

    Attributes:
        session: To read with what is not held: pieces, and what words find.
        moment: By the database's clock, in UTC.
        prices: Those that hold then; None where the question needs none.
        sold_out: Knows what cannot be bought.
    """

    session: Session
    catalogue: Catalogue
    moment: datetime
    prices: Prices | None
    sold_out: SoldOut
    _buyable: VariantSet | None = field(default=None, init=False)

    @property
    def published(self) -> BitMap:
        """Products that are published."""
        return self.catalogue.published(self.moment)

    @property
    def priced(self) -> Prices:
        """The prices, for a question that was said to need them."""
        assert self.prices is not None, "this question was not expected to need prices"
        return self.prices

    def knows(self, filters: Filters) -> bool:
        """Whether every value of the filters names something in the catalogue."""
        return all(self._known(name).issuperset(getattr(filters, name)) for name in KNOWN)

    def _known(self, name: str) -> frozenset[str]:
        if name != "family":
            return self.catalogue.known[name]
        shown = self.catalogue.shows_family
        return frozenset(slug for slug in self.catalogue.families if shown(slug, self.published))

    def buyable(self) -> VariantSet:
        """Return the variants that can be bought now, by the stock of this very moment."""
        if self._buyable is None:
            self._buyable = self.priced.amounts.having - self.sold_out.now(self.session)
        return self._buyable


class Found:
    """What some filters find in a view."""

    def __init__(self, view: View, filters: Filters) -> None:
        """Look every filter up once; groups of a facet put them together in their own ways."""
        self.view = view
        self.filters = filters
        catalogue = view.catalogue
        self._base = catalogue.kinds.get(filters.kind, BitMap()) & view.published
        #: What each filter finds by itself, by its name.
        self._products: dict[str, BitMap] = {}
        self._variants: dict[str, VariantSet] = {}
        by_product = {"family": catalogue.families, **catalogue.attributes}
        for name, of_value in by_product.items():
            if asked := getattr(filters, name):
                self._products[name] = BitMap.union(
                    BitMap(), *(of_value.get(each, BitMap()) for each in asked)
                )
        for name, variants in catalogue.named.items():
            if asked := getattr(filters, name):
                self._variants[name] = VariantSet.union(variants.get(each, VariantSet()) for each in asked)
        if filters.found is not None:
            hits = view.session.scalars(select(filters.found.hits.c.product_id))
            self._products["q"] = catalogue.numbers(hits)
        if filters.price_min is not None or filters.price_max is not None:
            self._variants["price"] = view.priced.amounts.between(filters.price_min, filters.price_max)
        if filters.available is not None:
            buyable = view.buyable()
            self._variants["available"] = buyable if filters.available else catalogue.variants - buyable

    def variants(self, *, ignoring: str | None = None) -> VariantSet:
        """Return the variants that meet all filters, or all but those of one name."""
        products, found = self._base, self.view.catalogue.variants
        for name, numbers in self._products.items():
            if name != ignoring:
                products &= numbers
        for name, variants in self._variants.items():
            if name != ignoring:
                found &= variants
        return found.of_products(products)

    def products(self, *, ignoring: str | None = None) -> BitMap:
        """Return the products of the list, or of the list without the filters of one name."""
        return self.variants(ignoring=ignoring).products()
