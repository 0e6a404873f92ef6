"""The catalogue's own words, held in memory: what is misspelt is corrected against them.

Both engines are asked for the same corrected words, so both find the same.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from weakref import WeakKeyDictionary

from rapidfuzz import process
from rapidfuzz.distance import OSA
from sqlalchemy import Connection, Engine, select
from sqlalchemy.orm import Session

from shop.kit.clock import database_now, seconds_passed
from shop.search.models import SearchName, SearchState, SearchWord
from shop.search.periods import is_shown, next_change
from shop.search.words import MARK, SHORT, all_words, is_code, marked

#: How long a process goes on with the words it holds before it asks whether there are others;
#: shorter where one of them appears or goes sooner.
HELD_SECONDS = 1.0

#: From this many letters on, two slips may be in a word; in a shorter one, one.
LONG = 6


@dataclass(frozen=True, slots=True)
class Known:
    """A word of the catalogue: its columns as bits, and how many products have it."""

    columns: int
    products: int


@dataclass(frozen=True, slots=True)
class Name:
    """Something other than a product that can be suggested, by any of its names."""

    kind: str
    slug: str
    position: int
    name: str
    aliases: Sequence[str]
    names: tuple[tuple[str, ...], ...]


class Vocabulary:
    """The words of an index that are shown, as it was at one version.

    Args:
        campaigns: By word, the campaigns with times that are shown and give it to some products.
        until: When another word is shown, or one no more, by the database's clock; None: never.
    """

    def __init__(
        self,
        version: int,
        words: Mapping[str, Known],
        names: Sequence[Name],
        campaigns: Mapping[str, Sequence[str]],
        until: datetime | None,
    ) -> None:
        self.version, self.words, self.names, self.until = version, words, names, until
        self._campaigns, self._in_campaigns = campaigns, sorted(campaigns)

    def is_of(self, version: int, moment: datetime) -> bool:
        """Tell whether these are the words of a version, at a moment."""
        return version == self.version and (self.until is None or moment < self.until)

    @cached_property
    def _sorted(self) -> list[str]:
        return sorted(self.words)

    @cached_property
    def _targets(self) -> list[str]:
        return [word for word in self._sorted if len(word) >= SHORT]

    @cached_property
    def _suggestable(self) -> list[str]:
        named = {word for each in self.names for words in each.names for word in words}
        return sorted({*self._targets, *(word for word in named if len(word) >= SHORT)})

    def beginning(self, start: str) -> list[str]:
        """Return the words that begin so, the word itself among them."""
        return list(_beginning(self._sorted, start))

    def marked(self, word: str, *, is_start: bool) -> tuple[str, ...]:
        """Return as what else a word, or what begins so, stands in the index: see ``words.MARK``."""
        same = _beginning(self._in_campaigns, word) if is_start else [word]
        campaigns = {campaign for each in same for campaign in self._campaigns.get(each, ())}
        return tuple(marked(campaign, word) for campaign in sorted(campaigns))

    def correct(self, word: str, *, is_start: bool = False) -> str | None:
        """Return the word that was meant; None where nothing is near, or where it is known.

        Nearest is what takes the fewest slips (a letter too many, too few, another one, or two
        swapped), then what begins with the same letter, then what more products have. Short
        words and codes are taken as they are.

        Args:
            word: As it was typed, folded.
            is_start: Whether it is being typed: then it is compared with starts of words, too, and
                with all names that can be suggested.
        """
        targets = self._suggestable if is_start else self._targets
        if len(word) <= SHORT or is_code(word) or any(_beginning(targets, word)):
            return None
        # With one letter more, too: the one that was left out.
        ends = (len(word), len(word) + 1) if is_start else ()
        starts = {each[:end] for each in targets for end in ends if len(each) > end}
        if len(word) < LONG:
            # So short a word that begins otherwise is more likely another one.
            targets = [each for each in targets if each[0] == word[0]]
        alike = sorted(each for each in starts if each[0] == word[0])
        return self._nearest(word, targets) or self._nearest(word, alike)

    def _nearest(self, word: str, targets: Sequence[str]) -> str | None:
        slips = 2 if len(word) >= LONG else 1
        near = process.extract(word, targets, scorer=OSA.distance, score_cutoff=slips, limit=None)
        ranked = sorted(
            (distance, found[0] != word[0], -self._products(found), found)
            for found, distance, _ in near
            # Two slips, the first letter among them, make another word: "le city" is not "city".
            if distance < 2 or found[0] == word[0]
        )
        return ranked[0][-1] if ranked else None

    def _products(self, word: str) -> int:
        known = self.words.get(word)
        return known.products if known else sum(self.words[each].products for each in self.beginning(word))


def _beginning(words: Sequence[str], start: str) -> Iterator[str]:
    for at in range(bisect_left(words, start), len(words)):
        if not words[at].startswith(start):
            return
        yield words[at]


class _Held:
    """The vocabulary of one database, and until when nobody looks whether there is another."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.until = float("-inf")
        self.vocabulary = Vocabulary(0, {}, (), {}, None)


_held: WeakKeyDictionary[Engine | Connection, _Held] = WeakKeyDictionary()
_held_lock = threading.Lock()


def vocabulary(session: Session) -> Vocabulary:
    """Return the catalogue's words, at most ``HELD_SECONDS`` old, and those only that are shown.

    One small read tells whether they changed, or one of them is shown now or no more by the
    database's clock, at most once in that time; only then are they read again.
    """
    held = _held_for(session)
    if seconds_passed() < held.until:
        return held.vocabulary
    with held.lock:
        if seconds_passed() >= held.until:
            looked_at = seconds_passed()
            version = select(SearchState.version).scalar_subquery()
            indexed, moment = session.execute(select(version, database_now())).one()
            if not held.vocabulary.is_of(indexed or 0, moment):
                held.vocabulary = _read(session, indexed or 0, moment)
            change = held.vocabulary.until
            left = (change - moment).total_seconds() if change else HELD_SECONDS
            held.until = looked_at + min(left, HELD_SECONDS)
    return held.vocabulary


def look_again(session: Session) -> None:
    """Have whoever asks for the vocabulary from now on read whether it changed."""
    held = _held_for(session)
    with held.lock:  # or who is reading now would say that it is young
        held.until = float("-inf")


def _held_for(session: Session) -> _Held:
    with _held_lock:
        return _held.setdefault(session.get_bind(), _Held())


def _read(session: Session, version: int, moment: datetime) -> Vocabulary:
    words = session.execute(
        select(SearchWord.word, SearchWord.columns, SearchWord.products, SearchWord.shown)
    ).all()
    names = session.scalars(select(SearchName).order_by(SearchName.kind, SearchName.position)).all()
    known: dict[str, Known] = {}
    campaigns: dict[str, list[str]] = {}
    for row in words:
        if not is_shown(row.shown, moment):
            continue
        campaign, _, word = row.word.rpartition(MARK)
        if campaign:
            campaigns.setdefault(word, []).append(campaign)
        if row.columns:
            other = known.get(word, Known(0, 0))
            known[word] = Known(other.columns | row.columns, other.products + row.products)
    return Vocabulary(
        version,
        known,
        [
            Name(
                row.kind, row.slug, row.position, row.name, row.aliases, _each_name([row.name, *row.aliases])
            )
            for row in names
            if is_shown(row.shown, moment)
        ],
        campaigns,
        next_change([*(row.shown for row in words), *(row.shown for row in names)], moment),
    )


def _each_name(texts: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(all_words([text])) for text in texts)
