"""How text becomes words, for documents and queries alike."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from shop.kit.text import fold

#: Words that tell nothing apart. Not ``or`` and ``le``: gold, and half of the house's names.
EMPTY = frozenset({"a", "an", "and", "by", "for", "from", "in", "of", "on", "the", "to", "with"})

#: A word this short is matched whole: ``RH`` is a trade code and not the start of rhinestone.
SHORT = 3

#: Stands between a campaign with times and its word in the index: ``12§field``. No typed word has
#: it, and both engines take it for a letter.
MARK = "§"


def words_of(text: str) -> list[str]:
    """Return the words of a text, folded, each once, without those that tell nothing apart."""
    return list(_words_of(text))


def words_once(text: str) -> list[str]:
    """Return what :func:`words_of` does of a text that nobody asks about again: a long one, say."""
    return [word for word in dict.fromkeys(fold(text).split()) if word not in EMPTY]


# Products share most of what they are called by.
@lru_cache(maxsize=5_000)
def _words_of(text: str) -> tuple[str, ...]:
    return tuple(words_once(text))


def title_of(text: str) -> str:
    """Return the words of a title as one: ``Part-Time`` becomes ``parttime``; a single word, nothing."""
    words = words_of(text)
    return "".join(words) if len(words) > 1 else ""


def all_words(texts: Iterable[str | None]) -> list[str]:
    """Return the words of several texts, each once."""
    return list(dict.fromkeys(word for text in texts if text for word in _words_of(text)))


def marked(campaign: str, word: str) -> str:
    """Return how a word stands in the index that a product has only while a campaign is shown."""
    return f"{campaign}{MARK}{word}"


def is_code(word: str) -> bool:
    """Tell whether a word is a code or a year: those are never corrected into another."""
    return not word.isalpha()
