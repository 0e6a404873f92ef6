"""What campaigns give to the products of families, and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from shop.catalogue.models import Campaign, CampaignCredit, CastMember, Family, Product, Shelf, Sighting
from shop.kit.clock import database_now
from shop.search.parts import Part
from shop.search.periods import ALWAYS, Period, from_now_on, joined, shared
from shop.search.words import all_words

#: Of a product without times.
ALWAYS_SHOWN = (Product.publish_at.is_(None), Product.unpublish_at.is_(None))


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


def read_billings(session: Session, persons: Mapping[int, Part]) -> dict[int, list[Billing]]:
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
    of_hero = select(Campaign.hero_family_id).distinct()
    untimed = exists().where(Product.family_id == Family.id, *ALWAYS_SHOWN)
    # One product without times settles it: the others of its family need no look.
    settled = [*session.scalars(select(Family.id).where(Family.id.in_(of_hero), untimed))]
    times = select(Product.family_id, Product.publish_at, Product.unpublish_at).distinct()
    times = times.where(Product.family_id.in_(of_hero), Product.family_id.not_in(settled))
    heroes: dict[int, list[Period]] = {family_id: [ALWAYS] for family_id in settled}
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
