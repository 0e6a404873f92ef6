"""Rows of people, families, their lineage, the timeline and campaigns."""

from __future__ import annotations

from shop.kit.text import fuzzy_date_start
from shop.seeding import kinds
from shop.seeding.rows import Rows
from shop.seeding.seed import Item, Seed

#: Keys of ``launched``, and the columns of a family they become.
LAUNCH = {
    "year": "launched_year",
    "year_alternatives": "launched_year_alternatives",
    "date": "launched_on",
    "season": "launched_season",
    "is_disputed": "launched_is_disputed",
    "note": "launched_note",
    "sources": "launched_sources",
}


def add_families(rows: Rows, seed: Seed) -> None:
    """Add people, families with their lineage, and the timeline."""
    for position, item in enumerate(seed.each("people.yaml", "people"), 1):
        rows.add(kinds.PERSON, item, position=position)
    for position, item in enumerate(seed.each("people.yaml", "ambassadors"), 1):
        rows.add(kinds.AMBASSADOR, item, position=position)
    edges = 0
    for position, item in enumerate(seed.each("families.yaml", "families"), 1):
        _add_family(rows, item, position)
        for link in item.each("derives_from"):
            edges += 1
            if link["family"] == item["slug"]:
                rows.faults.add((link.place / "family").fault("a family cannot come from itself"))
                continue
            renamed = {"family": "to_family_id"}
            rows.add(kinds.LINK, link, renamed=renamed, from_family_id=item["slug"], position=edges)
    for position, item in enumerate(seed.each("timeline.yaml", "events"), 1):
        rows.add(kinds.EVENT, item, position=position, sorts_on=fuzzy_date_start(item["date"]))


def _add_family(rows: Rows, item: Item, position: int) -> None:
    slug, launched = item["slug"], item["launched"]
    columns = {column: launched[key] for key, column in LAUNCH.items() if key in launched}
    flags = sorted([*item["flags"], *(f"launched_{flag}" for flag in launched["flags"])])
    nested = {"launched", "relaunches", "designers", "derives_from", "flags"}
    rows.add(kinds.FAMILY, item, but=nested, position=position, flags=flags, **columns)
    for index, relaunch in enumerate(item.each("relaunches"), 1):
        rows.add(kinds.RELAUNCH, relaunch, family_id=slug, position=index)
    for index, designer in enumerate(item.each("designers"), 1):
        rows.add(kinds.DESIGNER, designer, family_id=slug, position=index)


def add_campaigns(rows: Rows, seed: Seed) -> None:
    """Add campaigns with who made them, who is in them and what they show."""
    lists = {"photographers", "directors", "creative_director", "cast", "shelves", "sightings"}
    for position, item in enumerate(seed.each("campaigns.yaml", "campaigns"), 1):
        slug = item["slug"]
        rows.add(kinds.CAMPAIGN, item, but=lists, position=position)
        _add_credits(rows, item)
        for kind, key in ((kinds.CAST, "cast"), (kinds.SHELF, "shelves"), (kinds.SIGHTING, "sightings")):
            for index, entry in enumerate(item.each(key), 1):
                rows.add(kind, entry, campaign_id=slug, position=index)


def _add_credits(rows: Rows, item: Item) -> None:
    director = item.get("creative_director")
    made_by = [(slug, "photographer", "photographers") for slug in item.get("photographers", ())]
    made_by += [(slug, "director", "directors") for slug in item.get("directors", ())]
    made_by += [(director, "creative_director", "creative_director")] if director else []
    for position, (slug, role, key) in enumerate(made_by, 1):
        rows.add(
            kinds.CREDIT,
            Item({}, item.place),
            stands_at={"person_id": key},
            campaign_id=item["slug"],
            position=position,
            person_id=slug,
            role=role,
        )
