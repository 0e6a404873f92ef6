"""What documents are made of besides products: the small tables, read once."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from shop.catalogue.models import (
    Colour,
    Detail,
    Family,
    FamilyDesigner,
    FamilyRelaunch,
    HardwareSet,
    Material,
    Person,
    Product,
    Term,
    TimelineEvent,
    Variant,
)
from shop.search.billings import Billing, read_billings
from shop.search.parts import Part, part_of
from shop.search.periods import ALWAYS
from shop.search.words import SHORT, all_words, is_code, title_of, words_of

#: Words that prose is made of and nobody looks for.
_FILLING = frozenset({
    "about", "after", "appears", "around", "asked", "bags", "becomes", "before", "carries", "covered",
    "declines", "disliked", "first", "from", "given", "goes", "introduced", "joins", "launches",
    "less", "like", "longer", "made", "many", "more", "original", "other", "over", "plus",
    "reaches", "seen", "selected", "shown", "than", "that", "their", "treated", "under", "which",
    "while", "years",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class FamilyWords:
    """What a family gives to each of its products.

    Attributes:
        titles: Each of its names as one word.
        people: Who drew it, and the people of campaigns that are shown for good.
        story: Words of these people, of those campaigns, and of its heritage.
        billings: Of campaigns that come or go: their words and people have times.
    """

    part: Part
    titles: tuple[str, ...]
    people: tuple[Part, ...]
    story: tuple[str, ...]
    billings: tuple[Billing, ...]


@dataclass(frozen=True, slots=True)
class Sources:
    """All of it, by id.

    Attributes:
        heritage: By family, the words of what is told of it: a product's name takes them away.
        naming: Those of them that products are named by.
    """

    families: dict[int, FamilyWords]
    heritage: dict[int, set[str]]
    naming: set[str]
    materials: dict[int, Part]
    colours: dict[int, Part]
    hardware: dict[int, Part]
    details: dict[int, Part]


def read_sources(session: Session, naming: Callable[[set[str]], set[str]]) -> Sources:
    """Read the small tables, each once.

    Args:
        session: To read with.
        naming: Tells, at least of some words, which of them stand in names of products.
    """
    heritage = _heritage(session)
    named = naming(set().union(*heritage.values()))
    return Sources(
        families=_families(session, heritage, named),
        heritage={family: set(words) for family, words in heritage.items()},
        naming=named,
        materials={
            row.id: part_of("material", row, words=[row.name, row.group], more=[row.animal])
            for row in session.scalars(select(Material))
        },
        colours={
            row.id: part_of(
                "colour", row, [row.french_name, *map(_without_remark, row.aliases)], more=[row.colour_family]
            )
            for row in session.scalars(select(Colour))
        },
        hardware={
            # Only the trade code: the names repeat those of families and of single items.
            row.id: part_of("hardware", row, [row.trade_code], words=[row.trade_code], more=[row.finish])
            for row in session.scalars(select(HardwareSet))
        },
        details={
            # Trade codes among the aliases (RH, G21) say less than the hardware itself does.
            row.id: part_of("detail", row, [alias for alias in row.aliases if len(alias) > SHORT])
            for row in session.scalars(select(Detail))
        },
    )


def all_names(session: Session) -> set[str]:
    """Return the words in names of all products that are found by them."""
    has_variant = exists().where(Variant.product_id == Product.id, Variant.is_retired.is_(False))
    names = session.scalars(select(Product.name).where(has_variant).distinct())
    return {word for name in names for word in words_of(name)}


def _heritage(session: Session) -> dict[int, list[str]]:
    """Return the words that say something in what is told of each family, by its id."""
    prose, found = _prose(session), {}
    for row in session.scalars(select(Family)):
        told = [*row.inspirations, *row.signature, *row.summary_facts, row.name_meaning]
        words = all_words([*told, *prose.get(row.id, ())])
        found[row.id] = [word for word in words if _says_something(word)]
    return found


def _families(
    session: Session, heritage: Mapping[int, Sequence[str]], naming: Collection[str]
) -> dict[int, FamilyWords]:
    persons = {row.id: part_of("person", row, row.aliases) for row in session.scalars(select(Person))}
    designers, billings = _designers(session), read_billings(session, persons)
    telling = _telling_words(session).union(naming)
    found = {}
    for row in session.scalars(select(Family)):
        billed = billings.get(row.id, [])
        always = [each for each in billed if each.shown == [ALWAYS]]
        people = dict.fromkeys(persons[each] for each in designers.get(row.id, ()))
        people |= dict.fromkeys(person for each in always for person in each.people)
        names, asides = _split_asides(row.aliases)
        story = [
            *(word for person in people for word in person.words),
            *all_words(asides),
            *(word for each in always for word in each.words),
            # What tells products apart must not come from prose: "on sale, medium and small"
            # would make every bag of the family a medium one.
            *(word for word in heritage[row.id] if word not in telling),
        ]
        found[row.id] = FamilyWords(
            part=part_of("family", row, names),
            titles=tuple(map(title_of, [row.name, *names])),
            people=tuple(people),
            story=tuple(dict.fromkeys(story)),
            billings=tuple(each for each in billed if each.shown != [ALWAYS]),
        )
    return found


def _without_remark(alias: str) -> str:
    """Return an alias without what an editor says of it: ``powdery lilac (press)``."""
    return re.sub(r"\([^)]*\)", " ", alias).strip()


def _split_asides(aliases: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return names, and those with a remark: ``Arena (trade slang)`` must not outdo Arena leather."""
    names = [alias for alias in aliases if _without_remark(alias) == alias]
    return names, [_without_remark(alias) for alias in aliases if alias not in names]


def _designers(session: Session) -> dict[int, list[int]]:
    """Return who drew each family, by family id."""
    found: dict[int, list[int]] = {}
    drew = select(FamilyDesigner.family_id, FamilyDesigner.person_id)
    for family_id, person_id in session.execute(
        drew.order_by(FamilyDesigner.family_id, FamilyDesigner.position)
    ):
        found.setdefault(family_id, []).append(person_id)
    return found


def _prose(session: Session) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    events = select(TimelineEvent.family_id, TimelineEvent.what)
    events = events.where(TimelineEvent.family_id.is_not(None)).order_by(TimelineEvent.position)
    returns = select(FamilyRelaunch.family_id, FamilyRelaunch.what)
    returns = returns.order_by(FamilyRelaunch.family_id, FamilyRelaunch.position)
    for statement in (events, returns):
        for family_id, what in session.execute(statement):
            assert family_id is not None
            found.setdefault(family_id, []).append(what)
    return found


def _says_something(word: str) -> bool:
    return len(word) > SHORT and not is_code(word) and word not in _FILLING


def _telling_words(session: Session) -> set[str]:
    """Return the words that products are told apart by, besides those of their names."""
    found: set[str] = set()
    terms = Term.vocabulary.in_(("size", "silhouette", "finish"))
    for statement in (
        *(select(each.name) for each in (Family, Material, Colour, Detail)),
        select(Term.label).where(terms),
    ):
        for text in session.scalars(statement):
            found.update(words_of(text))
    for aliases in session.scalars(select(Detail.aliases)):
        found.update(all_words(aliases))
    return found
