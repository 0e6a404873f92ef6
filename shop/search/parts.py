"""What products have, with the words they are found by: families, materials, people and the like."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from shop.catalogue.models import Colour, Detail, Family, HardwareSet, Material, Person
from shop.search.words import all_words, title_of, words_of


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Something a product has, with the words it is found by.

    Attributes:
        kind: As in ``SearchName``.
        aliases: Other names that it is suggested by.
        words: Its names.
        title: Its name as one word; empty where it is one already.
        more: Words that count less: a colour's family, a material's animal.
    """

    kind: str
    slug: str
    position: int
    name: str
    aliases: tuple[str, ...]
    words: tuple[str, ...]
    title: str
    more: tuple[str, ...]


def part_of(
    kind: str,
    row: Family | Material | Colour | HardwareSet | Detail | Person,
    aliases: Iterable[str | None] = (),
    *,
    words: Iterable[str | None] | None = None,
    more: Iterable[str | None] = (),
) -> Part:
    """Return a row as a part.

    Args:
        kind: As in ``SearchName``.
        row: The row.
        aliases: Other names that it is suggested by.
        words: What it is found by, where that is not its names.
        more: What it is found by that counts less.
    """
    others = tuple(alias for alias in aliases if alias)
    named = all_words([row.name, *others] if words is None else words)
    title = title_of(row.name)
    return Part(
        kind,
        row.slug,
        row.position,
        row.name,
        others,
        words=tuple(named),
        title=title if set(words_of(row.name)) <= set(named) else "",
        more=tuple(all_words(more)),
    )
