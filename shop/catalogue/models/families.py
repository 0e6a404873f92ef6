"""Families, the graph of their lineage, the people who drew them, and the timeline."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.catalogue.models.evidence import Evidence
from shop.kit.db import Base
from shop.kit.types import Json


class Person(Base, Evidence):
    """Somebody credited, or a duo credited as one."""

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(64), unique=True)
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(120))
    aliases: Mapped[list[str]] = mapped_column(Json, default=list)
    roles: Mapped[list[str]] = mapped_column(Json, default=list)
    occupation: Mapped[str | None] = mapped_column(String(120))
    is_duo: Mapped[bool] = mapped_column(default=False)
    #: Years at the house, as text: ``1997-2012``, ``2025-``.
    tenure: Mapped[str | None] = mapped_column(String(32))


class Family(Base, Evidence):
    """A line of bags under one name.

    The launch year has alternatives and a dispute mark, because the house's own texts
    disagree on Le City (2000 or 2001).
    """

    __tablename__ = "family"
    __table_args__ = (CheckConstraint("role IN ('core', 'related', 'heritage')", name="role"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(64), unique=True)
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(120))
    role: Mapped[str] = mapped_column(String(16))
    aliases: Mapped[list[str]] = mapped_column(Json, default=list)
    sellable_new: Mapped[bool]
    launched_year: Mapped[int]
    launched_year_alternatives: Mapped[list[int]] = mapped_column(Json, default=list)
    #: As far as it is known: ``2020-07-20``, ``2024-02``.
    launched_on: Mapped[str | None] = mapped_column(String(32))
    launched_season: Mapped[str | None] = mapped_column(String(120))
    launched_is_disputed: Mapped[bool]
    launched_note: Mapped[str | None] = mapped_column(Text)
    launched_sources: Mapped[list[str]] = mapped_column(Json, default=list)
    #: What marks the family, in words.
    signature: Mapped[list[str]] = mapped_column(Json, default=list)
    signature_sources: Mapped[list[str]] = mapped_column(Json, default=list)
    summary_facts: Mapped[list[str]] = mapped_column(Json, default=list)
    #: What it refers to outside the catalogue: a coat, a street.
    inspirations: Mapped[list[str]] = mapped_column(Json, default=list)
    inspiration_sources: Mapped[list[str]] = mapped_column(Json, default=list)
    name_meaning: Mapped[str | None] = mapped_column(Text)
    name_sources: Mapped[list[str]] = mapped_column(Json, default=list)

    designers: Mapped[list[FamilyDesigner]] = relationship(lazy="raise", order_by="FamilyDesigner.position")
    relaunches: Mapped[list[FamilyRelaunch]] = relationship(lazy="raise", order_by="FamilyRelaunch.position")


class FamilyDesigner(Base):
    """Who drew a family, drew it again, or looks after it now."""

    __tablename__ = "family_designer"
    __table_args__ = (CheckConstraint("role IN ('designer', 'redesigner', 'current')", name="role"),)

    family_id: Mapped[int] = mapped_column(ForeignKey("family.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    role: Mapped[str] = mapped_column(String(16))

    person: Mapped[Person] = relationship(lazy="raise")


class FamilyRelaunch(Base):
    """A return of a family to the shops."""

    __tablename__ = "family_relaunch"

    family_id: Mapped[int] = mapped_column(ForeignKey("family.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    date: Mapped[str] = mapped_column(String(32))
    what: Mapped[str] = mapped_column(Text)
    sources: Mapped[list[str]] = mapped_column(Json, default=list)


class FamilyLink(Base, Evidence):
    """An edge of the lineage, from the derived family to the one it comes from.

    A graph and not a parent column: Neo Cagole comes from Le City and shares details
    with Le Cagole.
    """

    __tablename__ = "family_link"
    __table_args__ = (
        UniqueConstraint("from_family_id", "to_family_id", "relation"),
        CheckConstraint("from_family_id <> to_family_id", name="no_self"),
        Index(None, "to_family_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int]
    from_family_id: Mapped[int] = mapped_column(ForeignKey("family.id"))
    to_family_id: Mapped[int] = mapped_column(ForeignKey("family.id"))
    #: ``model_of``, ``spin_off``, ``reinterpretation``, ``shares_details``.
    relation: Mapped[str] = mapped_column(String(32))
    #: When the derived family first showed it: ``2021``.
    since: Mapped[str | None] = mapped_column(String(32))

    from_family: Mapped[Family] = relationship(lazy="raise", foreign_keys=[from_family_id])
    to_family: Mapped[Family] = relationship(lazy="raise", foreign_keys=[to_family_id])


class TimelineEvent(Base, Evidence):
    """Something that happened, with a date as exact as the sources are.

    ``date`` is text (``2000``, ``2021-prefall``, ``2003/2004``); ``sorts_on`` is its first
    possible day, for the order only.
    """

    __tablename__ = "timeline_event"
    __table_args__ = (Index(None, "family_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(96), unique=True)
    position: Mapped[int]
    date: Mapped[str] = mapped_column(String(32))
    sorts_on: Mapped[str] = mapped_column(String(10))
    what: Mapped[str] = mapped_column(Text)
    #: None: the whole house.
    family_id: Mapped[int | None] = mapped_column(ForeignKey("family.id"))
    is_disputed: Mapped[bool] = mapped_column(default=False)
