"""What some products gave to the index and give now, and what the index says of all others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from shop.catalogue.models import Product
from shop.search.documents import Tally
from shop.search.matching import ANYWHERE, Term, ranked
from shop.search.periods import ALWAYS, Period, Periods
from shop.search.sources import Sources


@dataclass(frozen=True, slots=True)
class Turn:
    """Some products before and after they were written.

    Attributes:
        ids: Of the products.
        sources: What documents are made of besides, as it is now.
        before: What their documents had in common.
        after: What they have now.
    """

    session: Session
    ids: set[int]
    sources: Sources
    before: Tally
    after: Tally

    def having(self, word: str, columns: int = ANYWHERE) -> Select[Any]:
        """Return what reads the ids of all products that have a word in some columns."""
        return having(self.session, word, columns)

    def is_any(self, products: Select[Any], *conditions: ColumnElement[bool]) -> bool:
        """Tell whether any of some products meets conditions."""
        return is_any(self.session, products, *conditions)

    def count(self, products: Select[Any]) -> int:
        """Return how many products there are."""
        return self.session.scalar(select(func.count()).select_from(products.subquery())) or 0


def having(session: Session, word: str, columns: int = ANYWHERE) -> Select[Any]:
    """Return what reads the ids of products that have a word in some columns of their documents."""
    found = ranked(session.get_bind().dialect, [Term(word, columns=columns)], 0, []).subquery()
    # From the index on: the first that is found answers whether there is any.
    return select(Product.id).join_from(found, Product, Product.id == found.c.product_id)


def is_any(session: Session, products: Select[Any], *conditions: ColumnElement[bool]) -> bool:
    """Tell whether any of some products meets conditions."""
    return session.scalar(products.where(*conditions).limit(1)) is not None


def none_of(ids: Iterable[int]) -> ColumnElement[bool]:
    """Return what all products meet but some."""
    return Product.id.not_in(ids)


def share(periods: Periods[Any], key: Any) -> set[Period]:
    """Return when a thing is shown for what some products have of it."""
    return {ALWAYS} if key in periods.always else set(periods.some.get(key, ()))


def differing(before: Periods[Any], after: Periods[Any]) -> set[Any]:
    """Return the things that are shown at other times, or no more, for what some products have of them."""
    keys = before.always ^ after.always
    return keys | {
        key for key in before.some.keys() | after.some.keys() if share(before, key) != share(after, key)
    }
