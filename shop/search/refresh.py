"""The index brought up to date for single products, at a cost that does not grow with the others.

What :func:`shop.search.index.reindex` would find is found here from what some products gave to the
index before and give after: the rows of those words and names only that this concerns. What else
must be known of other products (whether one still has a word) the index answers itself.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from shop.catalogue.models import Campaign, Family, Product, Shelf, Sighting, Variant
from shop.search.billings import ALWAYS_SHOWN
from shop.search.documents import Tally, documents_of
from shop.search.index import count_version, is_current, lock, put_documents, reindex
from shop.search.models import SearchDocument, SearchWord
from shop.search.name_rows import NameRows
from shop.search.sources import read_sources
from shop.search.turn import Turn, having, is_any, none_of
from shop.search.word_rows import WordRows, counted
from shop.search.words import words_of


@dataclass(frozen=True, slots=True)
class Touched:
    """What is about to be written that documents are made of.

    Attributes:
        products: Slugs of products, new ones too.
        families: Slugs of families whose campaigns change.
        rescheduled: Slugs of families of which a product gets other times, or is new.
    """

    products: frozenset[str]
    families: frozenset[str]
    rescheduled: frozenset[str]

    def __bool__(self) -> bool:
        return bool(self.products or self.families)


class Refresh:
    """An index that follows some products: made before they are written, ended after.

    Args:
        session: From ``transaction()``.
        touched: What will be written.
    """

    def __init__(self, session: Session, touched: Touched) -> None:
        self._session, self._touched = session, touched
        self._is_whole = bool(touched) and not is_current(session)
        if not touched or self._is_whole:
            return
        lock(session)
        self._before = Tally()
        self._ids = {*self._products(), *self._of_families(touched.families | self._billed_anew())}
        self._sources = read_sources(session, self._naming)
        self._names = self._words_in_names(self._ids)
        documents_of(session, self._ids, self._sources, self._before)

    def end(self) -> None:
        """Write what differs now."""
        self._session.flush()
        if self._is_whole:
            reindex(self._session)
        if not self._touched or self._is_whole:
            return
        self._ids |= self._products()
        self._follow_names()
        after = Tally()
        made = documents_of(self._session, self._ids, self._sources, after)
        are_these = SearchDocument.product_id.in_(sorted(self._ids))
        held, wanted = put_documents(self._session, are_these, made)
        changed = held != wanted
        turn = Turn(self._session, self._ids, self._sources, self._before, after)
        changed |= WordRows(turn).put(counted(held.values()), counted(wanted.values()))
        changed |= NameRows(turn).put()
        if changed:
            count_version(self._session)

    def _products(self) -> set[int]:
        return {*self._session.scalars(select(Product.id).where(Product.slug.in_(self._touched.products)))}

    def _of_families(self, slugs: Collection[str]) -> set[int]:
        of_these = select(Family.id).where(Family.slug.in_(slugs))
        return {*self._session.scalars(select(Product.id).where(Product.family_id.in_(of_these)))}

    def _billed_anew(self) -> set[str]:
        """Return the families of campaigns whose hero is shown at other times, or may be."""
        if not self._touched.rescheduled:
            return set()
        stays = exists().where(
            Product.family_id == Campaign.hero_family_id,
            Product.slug.not_in(self._touched.products),
            *ALWAYS_SHOWN,
        )
        hero = Family.id == Campaign.hero_family_id
        of_these = select(Campaign.id).join(Family, hero).where(Family.slug.in_(self._touched.rescheduled))
        campaigns = [*self._session.scalars(of_these.where(~stays))]
        found: set[str] = set()
        for campaign, column in (
            (Shelf.campaign_id, Shelf.family_id),
            (Sighting.campaign_id, Sighting.family_id),
            (Campaign.id, Campaign.hero_family_id),
        ):
            billed = select(column).where(campaign.in_(campaigns))
            found.update(self._session.scalars(select(Family.slug).where(Family.id.in_(billed))))
        return found

    def _naming(self, words: set[str]) -> set[str]:
        """Return which of some words stand in names of products, as the index has it."""
        in_names = SearchWord.columns.bitwise_and(1) == 1
        return {*self._session.scalars(select(SearchWord.word).where(SearchWord.word.in_(words), in_names))}

    def _words_in_names(self, ids: Collection[int]) -> set[str]:
        shown = exists().where(Variant.product_id == Product.id, Variant.is_retired.is_(False))
        names = select(Product.name).where(Product.id.in_(ids), shown)
        return {word for name in self._session.scalars(names) for word in words_of(name)}

    def _follow_names(self) -> None:
        """Read the sources again, and with them the families that a name gives words to, or takes from."""
        fresh = self._words_in_names(self._ids)
        gone = {
            word
            for word in self._names - fresh
            if not is_any(self._session, having(self._session, word, 1), none_of(self._ids))
        }
        before = self._sources
        self._sources = read_sources(
            self._session, lambda words: (self._naming(words) - gone) | (fresh & words)
        )
        flipped = before.naming ^ self._sources.naming
        families = [family for family, words in self._sources.heritage.items() if words & flipped]
        if families:
            more = {*self._session.scalars(select(Product.id).where(Product.family_id.in_(families)))}
            documents_of(self._session, more - self._ids, before, self._before)
            self._ids |= more
