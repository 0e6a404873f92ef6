"""What a query means and what it finds: the same words, hits and ranks on both engines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from sqlalchemy import Integer, Subquery, cast, false, func, literal, select, union_all
from sqlalchemy.orm import Session

from shop.catalogue.models import Variant
from shop.search.matching import ANYWHERE, Term, ranked
from shop.search.vocabulary import Name, Vocabulary, vocabulary
from shop.search.words import SHORT, is_code, words_of

#: Most words of a query, after empty and repeated ones; more is refused by the request's schema.
MAX_WORDS = 12

#: What a word counts in each column of a document, in the order of its columns.
WEIGHTS = (40, 20, 10, 5)

#: For the last word as it stands, where longer words begin like it.
WHOLE_WORD = 3

#: For a query that is a product's whole title, or one of its other names.
TITLE = 100

#: For two words of a longer query that are a title together: ``dark grey`` in "dark grey cagole".
PAIR = 15

#: For the style code of one of its variants.
STYLE_CODE = 1_000

#: Shortest text that may be a style code; the house's have fifteen characters.
SHORTEST_CODE = 8


#: What can be suggested beside products, in the order of equally good ones.
KINDS = ("family", "material", "colour", "detail", "hardware", "person")


@dataclass(frozen=True, slots=True)
class Correction:
    """What was typed, folded, and what was looked for instead."""

    typed: str
    meant: str


@dataclass(frozen=True, slots=True)
class Search:
    """A query as it is understood.

    Attributes:
        hits: Columns ``product_id`` and ``relevance``, a whole number, higher is better; each
            product once. Join it, or ask with ``IN``.
        correction: None where every word was taken as it stands.
        words: What is looked for.
    """

    hits: Subquery
    correction: Correction | None
    words: tuple[str, ...]


def search(session: Session, q: str, *, unfinished: bool = False) -> Search:
    """Understand a query: all its words must occur, the last one may be the start of one.

    Reads nothing but the vocabulary, and that at most once a second.

    Args:
        session: To read with.
        q: As it was typed.
        unfinished: Whether it is being typed: then a last word of three letters may be the start
            of one, too, and is corrected as a start.
    """
    known = vocabulary(session)
    typed = words_of(q)[:MAX_WORDS]
    meant = _meant(known, typed, unfinished=unfinished)
    correction = Correction(" ".join(typed), " ".join(meant)) if meant != typed else None
    words = list(dict.fromkeys(meant))
    terms = [
        _term(known, word, is_last=at == len(words) - 1, unfinished=unfinished)
        for at, word in enumerate(words)
    ]
    return Search(_hits(session, known, terms), correction, tuple(words))


def names_like(session: Session, words: Sequence[str]) -> list[tuple[Name, str | None]]:
    """Return what can be suggested for words as they are being typed, the best first.

    All words stand in one of its names, the last as the start of one at least. No statement:
    the names are held with the vocabulary.

    Args:
        session: To read with.
        words: ``Search.words``.

    Returns:
        Each with the alias that it was found by, None where that is its name.
    """
    found = []
    for each in vocabulary(session).names:
        fits = max(((_fit(name, words), -at) for at, name in enumerate(each.names)), default=(0, 0))
        if fits[0]:
            alias = each.aliases[-fits[1] - 1] if fits[1] else None
            found.append((-fits[0], -fits[1], KINDS.index(each.kind), each.position, each, alias))
    return [row[-2:] for row in sorted(found, key=lambda row: row[:4])]


def _fit(name: Sequence[str], words: Sequence[str]) -> int:
    """Return how well a name fits: 3 for all of it, 2 from its first word on, 1 within it, else 0."""
    if not words:
        return 0
    *whole, start = words
    if not set(whole) <= set(name) or not any(word.startswith(start) for word in name):
        return 0
    if set(name) == set(words):
        return 3
    return 2 if name[0] in whole or name[0].startswith(start) else 1


def _meant(known: Vocabulary, typed: Sequence[str], *, unfinished: bool) -> list[str]:
    last = len(typed) - 1
    return [known.correct(word, is_start=unfinished and at == last) or word for at, word in enumerate(typed)]


def _term(known: Vocabulary, word: str, *, is_last: bool, unfinished: bool) -> Term:
    """Return how a word is looked for, in the columns where it can be."""
    if is_last:
        is_start = len(word) > SHORT or (unfinished and len(word) == SHORT)
    else:
        is_start = len(word) > SHORT and word not in known.words and bool(known.beginning(word))
    marked = known.marked(word, is_start=is_start)
    if is_code(word):
        return Term(word, is_start, marked=marked)
    same = known.beginning(word) if is_start else [word] if word in known.words else []
    columns = 0
    for each in same:
        columns |= known.words[each].columns
    # Unknown here, it may be a title written as one word: those are in the index only.
    return Term(word, is_start, columns or ANYWHERE, marked)


def _hits(session: Session, known: Vocabulary, terms: Sequence[Term]) -> Subquery:
    if not terms:
        # Signs alone name nothing: they find nothing, and not everything.
        nothing = select(literal(0, Integer).label("product_id"), literal(0, Integer).label("relevance"))
        return nothing.where(false()).subquery("hits")
    everything = [replace(term, columns=ANYWHERE) for term in terms]
    # Every hit has its words at least in the least of the columns that each stands in.
    least = sum(_steps(term.columns)[0][0] for term in terms)
    # A campaign's words stand in the least column, and so in none of these.
    bonuses = [
        (replace(term, columns=columns, marked=()), points)
        for term in terms
        for points, columns in _steps(term.columns)[1:]
    ]
    last = terms[-1]
    if last.is_start and known.beginning(last.word) != [last.word]:
        whole = Term(last.word, marked=known.marked(last.word, is_start=False))
        bonuses.append((whole, WHOLE_WORD))
    joined = "".join(term.word for term in terms)
    titles = {f"{one.word}{next_one.word}": PAIR for one, next_one in pairwise(terms)}
    if len(terms) > 1:
        titles[joined] = TITLE
    bonuses += [(Term(title), points) for title, points in titles.items()]
    found = ranked(session.get_bind().dialect, everything, least, bonuses).subquery()
    hits = select(found.c.product_id, cast(found.c.points, Integer).label("relevance"))
    if not is_code(joined) or len(joined) < SHORTEST_CODE:
        return hits.subquery("hits")
    named = (Variant.sku == joined.upper(), Variant.is_retired.is_(False))
    both = union_all(hits, select(Variant.product_id, literal(STYLE_CODE, Integer)).where(*named)).subquery()
    relevance = cast(func.sum(both.c.relevance), Integer).label("relevance")
    return select(both.c.product_id, relevance).group_by(both.c.product_id).subquery("hits")


def _steps(columns: int) -> list[tuple[int, int]]:
    """Return how the points of a word rise from column to column that it can stand in.

    The first step is what every hit has, so it needs no question of its own; each further one
    is what those have more that have the word in a weightier column. Most words stand in one
    column only, and cost nothing here.
    """
    inside = [bit for bit in range(len(WEIGHTS)) if columns >> bit & 1]
    steps, reached = [], 0
    for bit in reversed(inside):
        weightier = columns & ((1 << bit + 1) - 1)
        steps.append((WEIGHTS[bit] - reached, weightier))
        reached = WEIGHTS[bit]
    return steps
