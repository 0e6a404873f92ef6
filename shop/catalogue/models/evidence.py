"""How sure the catalogue is: sources, disputes, rules, and marks on what was made up."""

from __future__ import annotations

from typing import Any

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from shop.kit.db import Base
from shop.kit.types import Json


class Evidence:
    """Columns of everything that claims a fact.

    Attributes:
        sources: Ids of :class:`Source`, e.g. ``["S01"]``.
        flags: Names of facts of this row that nobody vouches for, as the seed names
            them: ``weight_is_illustrative``, ``lining_is_inferred``, ``hs_is_unverified``.
        note: What an editor should know, in words.
    """

    sources: Mapped[list[str]] = mapped_column(Json, default=list)
    flags: Mapped[list[str]] = mapped_column(Json, default=list)
    note: Mapped[str | None] = mapped_column(Text)


class Source(Base):
    """A page, dataset or document that a fact was read in."""

    __tablename__ = "source"

    #: As cited everywhere, e.g. ``S01``.
    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    position: Mapped[int]
    kind: Mapped[str] = mapped_column(String(32))
    title: Mapped[str] = mapped_column(Text)
    #: Not always a web address: some sources are files named by an index.
    url: Mapped[str] = mapped_column(Text)
    also: Mapped[str | None] = mapped_column(Text)


class Dispute(Base):
    """An attribute that sources disagree on, what each says, and what was decided."""

    __tablename__ = "dispute"

    #: As cited, e.g. ``K01``.
    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    position: Mapped[int]
    about: Mapped[str] = mapped_column(Text)
    #: ``[{"value": "2000", "sources": ["S01"]}]``.
    values: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    resolution: Mapped[str] = mapped_column(Text)


class ComplianceRule(Base, Evidence):
    """A condition on a variant and a destination, and what the law then asks."""

    __tablename__ = "compliance_rule"

    slug: Mapped[str] = mapped_column(String(64), primary_key=True)
    position: Mapped[int]
    #: E.g. ``{"material_is_exotic": true}`` or ``{"ship_to": "US-CA"}``.
    applies_when: Mapped[dict[str, Any]] = mapped_column(Json)
    effect: Mapped[str] = mapped_column(Text)
    #: Limits and example costs, as the source states them.
    figures: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)


class HouseNote(Base):
    """A named document about the house or the data: trademark note, units, taxonomies."""

    __tablename__ = "house_note"

    slug: Mapped[str] = mapped_column(String(64), primary_key=True)
    position: Mapped[int]
    body: Mapped[Any] = mapped_column(Json)
