"""Campaigns: who is in them, who made them, and the shelves of bags they show."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.catalogue.models.evidence import Evidence
from shop.catalogue.models.families import Family, Person
from shop.kit.db import Base
from shop.kit.types import Json, UtcDateTime


class Campaign(Base, Evidence):
    """A published series of pictures, such as "Closet" of January 2024."""

    __tablename__ = "campaign"
    __table_args__ = (CheckConstraint("unpublish_at > publish_at", name="publication"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(64), unique=True)
    position: Mapped[int] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(String(120))
    season: Mapped[str] = mapped_column(String(64))
    season_note: Mapped[str | None] = mapped_column(Text)
    #: ``2024-01-23``; None where no source dates it.
    revealed_on: Mapped[str | None] = mapped_column(String(10))
    revealed_on_note: Mapped[str | None] = mapped_column(Text)
    hero_family_id: Mapped[int] = mapped_column(ForeignKey("family.id"))
    details: Mapped[list[str]] = mapped_column(Json, default=list)
    detail_sources: Mapped[list[str]] = mapped_column(Json, default=list)
    #: From when until when it is shown at all: see ``shop.catalogue.publishing``. None: no such end.
    publish_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    unpublish_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    hero_family: Mapped[Family] = relationship(lazy="raise")
    credits: Mapped[list[CampaignCredit]] = relationship(lazy="raise", order_by="CampaignCredit.position")
    cast: Mapped[list[CastMember]] = relationship(lazy="raise", order_by="CastMember.position")
    shelves: Mapped[list[Shelf]] = relationship(lazy="raise", order_by="Shelf.position")
    sightings: Mapped[list[Sighting]] = relationship(lazy="raise", order_by="Sighting.position")


class CampaignCredit(Base):
    """Who made a campaign; a duo is one credit."""

    __tablename__ = "campaign_credit"
    __table_args__ = (
        CheckConstraint("role IN ('photographer', 'director', 'creative_director')", name="role"),
    )

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    role: Mapped[str] = mapped_column(String(32))

    person: Mapped[Person] = relationship(lazy="raise")


class CastMember(Base):
    """Somebody shown in a campaign, in order of billing."""

    __tablename__ = "cast_member"

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    role: Mapped[str | None] = mapped_column(String(120))
    setting: Mapped[str | None] = mapped_column(String(120))

    person: Mapped[Person] = relationship(lazy="raise")


class Shelf(Base):
    """A shelf of bags in a campaign, in order; a whole family, or named products of it.

    Without named products the shelf holds what the family sells today.
    """

    __tablename__ = "shelf"

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    family_id: Mapped[int] = mapped_column(ForeignKey("family.id"))
    #: Slugs; empty means the whole family.
    products: Mapped[list[str]] = mapped_column(Json, default=list)
    note: Mapped[str | None] = mapped_column(Text)

    family: Mapped[Family] = relationship(lazy="raise")


class Sighting(Base):
    """A bag that somebody reports in a campaign beside its shelves."""

    __tablename__ = "sighting"

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    family_id: Mapped[int] = mapped_column(ForeignKey("family.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    is_disputed: Mapped[bool] = mapped_column(default=False)
    sources: Mapped[list[str]] = mapped_column(Json, default=list)

    family: Mapped[Family] = relationship(lazy="raise")
    person: Mapped[Person] = relationship(lazy="raise")


class Ambassador(Base, Evidence):
    """Somebody the house announced as its ambassador."""

    __tablename__ = "ambassador"

    slug: Mapped[str] = mapped_column(String(64), primary_key=True)
    position: Mapped[int]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    #: ``2024-01-22`` or ``2023-08``.
    announced: Mapped[str] = mapped_column(String(32))

    person: Mapped[Person] = relationship(lazy="raise")
