"""What documents are made of besides products: the small tables, read once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
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
from shop.kit.clock import database_now
from shop.search.periods import ALWAYS, Period, from_now_on, joined, shared
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
class Billing:
    """What a campaign gives to the products of a family.

    Attributes:
        id: Of the campaign, as a word of the index is marked with it.
        shown: When it is, from now on.
        words: Of its name and of its people.
        people: Its cast, who made it, and who was seen with the family in it.
    """

    id: str
    shown: list[Period]
    words: tuple[str, ...]
    people: tuple[Part, ...]


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
    persons = {row.id: _part("person", row, row.aliases) for row in session.scalars(select(Person))}
    designers, billings = _designers(session), _billings(session, persons)
    prose = _prose(session)
    telling = _telling_words(session)
    found = {}
    for row in session.scalars(select(Family)):
        billed = billings.get(row.id, [])
        always = [each for each in billed if each.shown == [ALWAYS]]
        people = dict.fromkeys(persons[each] for each in designers.get(row.id, ()))
        people |= dict.fromkeys(person for each in always for person in each.people)
        heritage = [
            *row.inspirations, *row.signature, *row.summary_facts, row.name_meaning, *prose.get(row.id, ())
        ]  # fmt: skip
        names, asides = _split_asides(row.aliases)
        story = [
            *(word for person in people for word in person.words),
            *all_words(asides),
            *(word for each in always for word in each.words),
            # What tells products apart must not come from prose: "on sale, medium and small"
            # would make every bag of the family a medium one.
            *(word for word in all_words(heritage) if word not in telling and _says_something(word)),
        ]
        found[row.id] = FamilyWords(
            part=_part("family", row, names),
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


def _billings(session: Session, persons: Mapping[int, Part]) -> dict[int, list[Billing]]:
    """Return what campaigns give to each family, by family id; what is over for good gives nothing."""
    cast: dict[int, list[int]] = {}
    for model in (CastMember, CampaignCredit):
        rows = select(model.campaign_id, model.person_id).order_by(model.campaign_id, model.position)
        for campaign_id, person_id in session.execute(rows):
            cast.setdefault(campaign_id, []).append(person_id)
    people: dict[tuple[int, int], list[int]] = {}
    names: dict[tuple[int, int], str] = {}
    shelves = select(Shelf.campaign_id, Shelf.family_id, Campaign.name).join(
        Campaign, Campaign.id == Shelf.campaign_id
    )
    heroes = select(Campaign.id, Campaign.hero_family_id, Campaign.name)
    for campaign_id, family_id, name in session.execute(shelves.union(heroes)):
        names[campaign_id, family_id] = name
        people[campaign_id, family_id] = [*cast.get(campaign_id, ())]
    seen = select(Sighting.campaign_id, Sighting.family_id, Sighting.person_id)
    for campaign_id, family_id, person_id in session.execute(seen.order_by(Sighting.position)):
        people.setdefault((campaign_id, family_id), []).append(person_id)
    shown = _campaigns_shown(session)
    found: dict[int, list[Billing]] = {}
    for campaign_id, family_id in sorted(people):
        if periods := shown[campaign_id]:
            its = tuple(dict.fromkeys(persons[each] for each in people[campaign_id, family_id]))
            words = [word for person in its for word in person.words]
            words += all_words([names.get((campaign_id, family_id))])
            billing = Billing(str(campaign_id), periods, tuple(dict.fromkeys(words)), its)
            found.setdefault(family_id, []).append(billing)
    return found


def _campaigns_shown(session: Session) -> dict[int, list[Period]]:
    """Return when each campaign is shown from now on, by id.

    What ``shown_campaign()`` judges in a statement, for all time to come: a campaign is absent
    before its moment, after its end, and while its hero is.
    """
    moment = session.execute(select(database_now())).scalar_one()
    of_hero = Product.family_id.in_(select(Campaign.hero_family_id))
    times = select(Product.family_id, Product.publish_at, Product.unpublish_at).where(of_hero).distinct()
    heroes: dict[int, list[Period]] = {}
    for family_id, begin, end in session.execute(times):
        heroes.setdefault(family_id, []).append((begin, end))
    campaigns = select(Campaign.id, Campaign.hero_family_id, Campaign.publish_at, Campaign.unpublish_at)
    return {
        row.id: joined(
            from_now_on(
                # A family without any product is history, and shown.
                shared(heroes.get(row.hero_family_id, [ALWAYS]), [(row.publish_at, row.unpublish_at)]),
                moment,
            )
        )
        for row in session.execute(campaigns)
    }


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
