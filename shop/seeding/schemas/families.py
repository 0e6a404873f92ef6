"""The files on people, families, the timeline and campaigns."""

from __future__ import annotations

from marshmallow import fields

from shop.seeding.fields import (
    Day,
    Entry,
    Evidenced,
    FuzzyDate,
    Published,
    Slug,
    Text,
    Yes,
    nested,
    one_of,
    several,
    whole,
)
from shop.seeding.schemas.evidence import File


class PersonEntry(Evidenced):
    """Somebody credited, or a duo credited as one."""

    slug = Slug(64, required=True)
    name = Text(120, required=True)
    aliases = several(Text(120))
    roles = several(Slug(32), required=True)
    occupation = Text(120)
    is_duo = Yes()
    tenure = Text(32)


class AmbassadorEntry(Evidenced):
    """Somebody the house announced as its ambassador."""

    slug = Slug(64, required=True)
    person = Slug(64, required=True)
    announced = FuzzyDate(32, required=True)


class PeopleFile(File):
    """``people.yaml``."""

    people = nested(PersonEntry, required=True)
    ambassadors = nested(AmbassadorEntry, required=True)


class LaunchEntry(Entry):
    """When a family came out."""

    year = whole(1900, 2100, required=True)
    year_alternatives = several(whole(1900, 2100))
    date = FuzzyDate(32)
    season = Text(120)
    is_disputed = Yes(required=True)
    note = Text()
    sources = several(Text(16))
    flags = fields.List(fields.Raw())


class RelaunchEntry(Entry):
    """A return to the shops."""

    date = FuzzyDate(32, required=True)
    what = Text(required=True)
    sources = several(Text(16))


class DesignerEntry(Entry):
    """Who drew a family."""

    person = Slug(64, required=True)
    role = one_of("designer", "redesigner", "current", required=True)


class LinkEntry(Evidenced):
    """What a family comes from."""

    family = Slug(64, required=True)
    relation = Slug(32, required=True)
    since = FuzzyDate(32)


class FamilyEntry(Evidenced):
    """A line of bags under one name."""

    slug = Slug(64, required=True)
    name = Text(120, required=True)
    role = one_of("core", "related", "heritage", required=True)
    aliases = several(Text(120))
    sellable_new = Yes(required=True)
    launched = fields.Nested(LaunchEntry, required=True)
    relaunches = nested(RelaunchEntry)
    designers = nested(DesignerEntry)
    derives_from = nested(LinkEntry)
    signature = several(Text())
    signature_sources = several(Text(16))
    summary_facts = several(Text())
    inspirations = several(Text())
    inspiration_sources = several(Text(16))
    name_meaning = Text()
    name_sources = several(Text(16))


class FamiliesFile(File):
    """``families.yaml``."""

    families = nested(FamilyEntry, required=True)


class EventEntry(Evidenced):
    """Something that happened."""

    slug = Slug(96, required=True)
    date = FuzzyDate(32, required=True)
    what = Text(required=True)
    family = Slug(64)
    is_disputed = Yes()


class TimelineFile(File):
    """``timeline.yaml``."""

    events = nested(EventEntry, required=True)


class CreditedCast(Entry):
    """Somebody shown in a campaign."""

    person = Slug(64, required=True)
    role = Text(120)
    setting = Text(120)


class ShelfEntry(Entry):
    """A shelf of bags."""

    family = Slug(64, required=True)
    products = several(Slug())
    note = Text()


class SightingEntry(Entry):
    """A bag somebody reports beside the shelves."""

    family = Slug(64, required=True)
    person = Slug(64, required=True)
    is_disputed = Yes()
    sources = several(Text(16))


class CampaignEntry(Published):
    """A published series of pictures."""

    flag_subjects = frozenset({"shelves_order"})

    slug = Slug(64, required=True)
    name = Text(120, required=True)
    season = Text(64, required=True)
    season_note = Text()
    revealed_on = Day()
    revealed_on_note = Text()
    hero_family = Slug(64, required=True)
    photographers = several(Slug(64))
    directors = several(Slug(64))
    creative_director = Slug(64)
    cast = nested(CreditedCast)
    shelves = nested(ShelfEntry)
    sightings = nested(SightingEntry)
    details = several(Text())
    detail_sources = several(Text(16))


class CampaignsFile(File):
    """``campaigns.yaml``."""

    campaigns = nested(CampaignEntry, required=True)
