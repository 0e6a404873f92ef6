"""What documents are made of besides products: the small tables, read once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from shop.catalogue.models import (
    Campaign,
    CampaignCredit,
    CastMember,
    Colour,
    Detail,
    Family,
    FamilyDesigner,
    FamilyRelaunch,
    HardwareSet,
    Material,
    Person,
    Product,
    Shelf,
    Sighting,
    Term,
    TimelineEvent,
)
from shop.catalogue.publishing import shown_campaign
from shop.search.words import SHORT, all_words, is_code, title_of, words_of

#: Words that prose is made of and nobody looks for.
_FILLING = frozenset({
    "about", "after", "appears", "around", "asked", "bags", "becomes", "before", "carries", "covered",
    "declines", "disliked", "first", "from", "given", "goes", "introduced", "joins", "launches",
    "less", "like", "longer", "made", "many", "more", "original", "other", "over", "plus",
    "reaches", "seen", "selected", "shown", "than", "that", "their", "treated", "under", "which",
    "while", "years",
})  # fmt: skip


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


@dataclass(frozen=True, slots=True)
class FamilyWords:
    """What a family gives to each of its products.

    Attributes:
        titles: Each of its names as one word.
        people: Who drew it and who was seen with it.
        story: Words of people, campaigns and heritage.
    """

    part: Part
    titles: tuple[str, ...]
    people: tuple[Part, ...]
    story: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sources:
    """All of it, by id."""

    families: dict[int, FamilyWords]
    materials: dict[int, Part]
    colours: dict[int, Part]
    hardware: dict[int, Part]
    details: dict[int, Part]


def _part(
    kind: str,
    row: Family | Material | Colour | HardwareSet | Detail | Person,
    aliases: Iterable[str | None] = (),
    *,
    words: Iterable[str | None] | None = None,
    more: Iterable[str | None] = (),
) -> Part:
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


def read_sources(session: Session) -> Sources:
    """Read the small tables, each once."""
    return Sources(
        families=_families(session),
        materials={
            row.id: _part("material", row, words=[row.name, row.group], more=[row.animal])
            for row in session.scalars(select(Material))
        },
        colours={
            row.id: _part(
                "colour", row, [row.french_name, *map(_without_remark, row.aliases)], more=[row.colour_family]
            )
            for row in session.scalars(select(Colour))
        },
        hardware={
            # Only the trade code: the names repeat those of families and of single items.
            row.id: _part("hardware", row, [row.trade_code], words=[row.trade_code], more=[row.finish])
            for row in session.scalars(select(HardwareSet))
        },
        details={
            # Trade codes among the aliases (RH, G21) say less than the hardware itself does.
            row.id: _part("detail", row, [alias for alias in row.aliases if len(alias) > SHORT])
            for row in session.scalars(select(Detail))
        },
    )


def _families(session: Session) -> dict[int, FamilyWords]:
    people, campaigns = _people(session), _campaigns(session)
    persons = {row.id: _part("person", row, row.aliases) for row in session.scalars(select(Person))}
    prose = _prose(session)
    telling = _telling_words(session)
    found = {}
    for row in session.scalars(select(Family)):
        seen_with = tuple(persons[each] for each in people.get(row.id, ()))
        heritage = [
            *row.inspirations, *row.signature, *row.summary_facts, row.name_meaning, *prose.get(row.id, ())
        ]  # fmt: skip
        names, asides = _split_asides(row.aliases)
        story = [
            *(word for person in seen_with for word in person.words),
            *all_words(asides),
            *all_words(campaigns.get(row.id, ())),
            # What tells products apart must not come from prose: "on sale, medium and small"
            # would make every bag of the family a medium one.
            *(word for word in all_words(heritage) if word not in telling and _says_something(word)),
        ]
        found[row.id] = FamilyWords(
            part=_part("family", row, names),
            titles=tuple(map(title_of, [row.name, *names])),
            people=seen_with,
            story=tuple(dict.fromkeys(story)),
        )
    return found


def _without_remark(alias: str) -> str:
    """Return an alias without what an editor says of it: ``powdery lilac (press)``."""
    return re.sub(r"\([^)]*\)", " ", alias).strip()


def _split_asides(aliases: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return names, and those with a remark: ``Arena (trade slang)`` must not outdo Arena leather."""
    names = [alias for alias in aliases if _without_remark(alias) == alias]
    return names, [_without_remark(alias) for alias in aliases if alias not in names]


def _families_of_campaigns(session: Session) -> Sequence[tuple[int, int]]:
    shelves = select(Shelf.campaign_id, Shelf.family_id).where(Shelf.campaign_id.in_(_shown_campaigns()))
    heroes = select(Campaign.id, Campaign.hero_family_id).where(shown_campaign())
    shown = shelves.union(heroes).order_by("campaign_id", "family_id")
    return [(row[0], row[1]) for row in session.execute(shown)]


def _shown_campaigns() -> Select[int]:
    """Return the campaigns whose words count: those that are shown while documents are made.

    A published bag found by the name or the cast of a campaign to come would tell of it. What a
    document says has no times, so a campaign's words come with the first indexing after its moment.
    """
    return select(Campaign.id).where(shown_campaign())


def _people(session: Session) -> dict[int, list[int]]:
    """Return who drew each family, was shown with it or took its pictures, by family id."""
    found: dict[int, dict[int, None]] = {}
    by_campaign: dict[int, list[int]] = {}
    for model in (CastMember, CampaignCredit):
        rows = select(model.campaign_id, model.person_id).order_by(model.campaign_id, model.position)
        for campaign_id, person_id in session.execute(rows):
            by_campaign.setdefault(campaign_id, []).append(person_id)
    drew = select(FamilyDesigner.family_id, FamilyDesigner.person_id)
    for family_id, person_id in session.execute(
        drew.order_by(FamilyDesigner.family_id, FamilyDesigner.position)
    ):
        found.setdefault(family_id, {})[person_id] = None
    for campaign_id, family_id in _families_of_campaigns(session):
        found.setdefault(family_id, {}).update(dict.fromkeys(by_campaign.get(campaign_id, ())))
    seen = select(Sighting.family_id, Sighting.person_id).where(Sighting.campaign_id.in_(_shown_campaigns()))
    for family_id, person_id in session.execute(seen.order_by(Sighting.campaign_id, Sighting.position)):
        found.setdefault(family_id, {})[person_id] = None
    return {family_id: list(persons) for family_id, persons in found.items()}


def _campaigns(session: Session) -> dict[int, list[str]]:
    """Return the names of the campaigns that show each family."""
    names = {row.id: row.name for row in session.execute(select(Campaign.id, Campaign.name))}
    found: dict[int, list[str]] = {}
    for campaign_id, family_id in _families_of_campaigns(session):
        found.setdefault(family_id, []).append(names[campaign_id])
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
    """Return the words that products are told apart by."""
    found: set[str] = set()
    terms = Term.vocabulary.in_(("size", "silhouette", "finish"))
    for statement in (
        select(Product.name).distinct(),
        *(select(each.name) for each in (Family, Material, Colour, Detail)),
        select(Term.label).where(terms),
    ):
        for text in session.scalars(statement):
            found.update(words_of(text))
    for aliases in session.scalars(select(Detail.aliases)):
        found.update(all_words(aliases))
    return found
