"""What a bag is made of: materials, linings, colours, hardware, and filterable details."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.catalogue.models.evidence import Evidence
from shop.kit.db import Base
from shop.kit.types import Json

#: Characters of the name of a set of details.
_LONGEST_SET = 200


class Term(Base):
    """A word of a closed vocabulary: a size, a silhouette, a finish, a stud scale."""

    __tablename__ = "term"

    #: ``size``, ``silhouette``, ``carry_mode``, ``closure``, ``stud_scale``, ``finish`` ...
    vocabulary: Mapped[str] = mapped_column(String(32), primary_key=True)
    code: Mapped[str] = mapped_column(String(64), primary_key=True)
    position: Mapped[int]
    label: Mapped[str] = mapped_column(String(120))
    #: Sizes order inside a family only, never across families.
    rank: Mapped[int | None]
    sources: Mapped[list[str]] = mapped_column(Json, default=list)


class Material(Base, Evidence):
    """What the outside of a bag is made of.

    ``embossed_as`` and ``is_exotic`` are two columns: crocodile-embossed calfskin must
    never be read as crocodile.
    """

    __tablename__ = "material"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(64), unique=True)
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(120))
    #: A name that several materials share and shoppers ask for, e.g. ``arena``.
    group: Mapped[str | None] = mapped_column(String(64))
    #: ``leather``, ``textile``, ``embellished``.
    category: Mapped[str] = mapped_column(String(32))
    animal: Mapped[str | None] = mapped_column(String(32))
    animal_note: Mapped[str | None] = mapped_column(Text)
    finish: Mapped[str] = mapped_column(String(120))
    patinates: Mapped[bool | None]
    is_exotic: Mapped[bool]
    embossed_as: Mapped[str | None] = mapped_column(String(32))
    embellishment: Mapped[str | None] = mapped_column(String(64))
    #: Decides the customs heading of a variant: ``leather``, ``textile`` ...
    outer_surface: Mapped[str] = mapped_column(String(64))
    cites_required: Mapped[bool] = mapped_column(default=False)
    lining_hint: Mapped[str | None] = mapped_column(String(64))
    period: Mapped[str | None] = mapped_column(String(64))
    #: Five-character parts of style codes seen on it. Many to many: infer nothing.
    house_codes: Mapped[list[str]] = mapped_column(Json, default=list)
    house_code_note: Mapped[str | None] = mapped_column(Text)
    #: ``[{"part": "outer", "fibre": "lambskin", "percent": 100, "is_illustrative": true}]``.
    composition: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)


class Lining(Base, Evidence):
    """What the inside of a bag is made of."""

    __tablename__ = "lining"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(64), unique=True)
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(120))


class Colour(Base, Evidence):
    """A colour as the house names it.

    Names and codes are many to many (9104 is "optic white" on one line and "white" on
    another), and heritage names are dated, so a facet goes by ``colour_family``.
    """

    __tablename__ = "colour"
    __table_args__ = (Index(None, "colour_family"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(64), unique=True)
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(120))
    french_name: Mapped[str | None] = mapped_column(String(120))
    aliases: Mapped[list[str]] = mapped_column(Json, default=list)
    colour_family: Mapped[str] = mapped_column(String(32))
    #: Swatch, ``#RRGGBB``; always illustrative.
    hex: Mapped[str] = mapped_column(String(7))
    house_codes: Mapped[list[str]] = mapped_column(Json, default=list)
    #: ``every season`` or None.
    permanence: Mapped[str | None] = mapped_column(String(64))
    season: Mapped[str | None] = mapped_column(String(32))
    is_heritage: Mapped[bool] = mapped_column(default=False)
    #: True where the word describes a look and is not a house name.
    is_descriptor: Mapped[bool] = mapped_column(default=False)


class HardwareItem(Base, Evidence):
    """One kind of metal or leather part: a stud, a buckle, a zip pull, the B."""

    __tablename__ = "hardware_item"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(64), unique=True)
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(120))


class HardwareSet(Base, Evidence):
    """The hardware of a bag under one name.

    ``finish`` is the headline only: one bag can carry two (silver plates, gold studs), so
    each item has its own. Where ``finish_follows_leather`` the metal is tinted to the
    colour, and no free choice of finish exists.
    """

    __tablename__ = "hardware_set"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(64), unique=True)
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(120))
    finish: Mapped[str] = mapped_column(String(64))
    finish_note: Mapped[str | None] = mapped_column(Text)
    finish_follows_leather: Mapped[bool] = mapped_column(default=False)
    is_two_tone: Mapped[bool] = mapped_column(default=False)
    stud_scale: Mapped[str] = mapped_column(String(32))
    #: The item that pulls the zip, None where nothing is documented.
    zip_pull_id: Mapped[int | None] = mapped_column(ForeignKey("hardware_item.id"))
    embellishment: Mapped[str | None] = mapped_column(String(64))
    period: Mapped[str | None] = mapped_column(String(64))
    #: What collectors search for: RH, G21 / GSH, G12.
    trade_code: Mapped[str | None] = mapped_column(String(64))
    #: The tag inside depends on model and hardware.
    interior_tag: Mapped[str | None] = mapped_column(Text)
    is_disputed: Mapped[bool] = mapped_column(default=False)

    items: Mapped[list[HardwareSetItem]] = relationship(lazy="raise", order_by="HardwareSetItem.position")
    zip_pull: Mapped[HardwareItem | None] = relationship(lazy="raise")


class HardwareSetItem(Base):
    """An item of a set, in its own finish."""

    __tablename__ = "hardware_set_item"
    __table_args__ = (Index(None, "hardware_item_id"),)

    hardware_set_id: Mapped[int] = mapped_column(ForeignKey("hardware_set.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    hardware_item_id: Mapped[int] = mapped_column(ForeignKey("hardware_item.id"))
    finish: Mapped[str] = mapped_column(String(64))
    embellishment: Mapped[str | None] = mapped_column(String(64))

    item: Mapped[HardwareItem] = relationship(lazy="raise")


class Detail(Base, Evidence):
    """Something a shopper filters by: large studs, laced zipper pulls, a heart mirror.

    Which variants have it follows from ``rule`` when seeds are applied, so that wording is
    copy and the fact stays a code: one text says "large studs" where every other says
    "original-sized studs".
    """

    __tablename__ = "detail"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(64), unique=True)
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(120))
    aliases: Mapped[list[str]] = mapped_column(Json, default=list)
    #: E.g. ``{"hardware": {"stud_scale": ["original"]}}``; see ``shop.seeding.details``.
    rule: Mapped[dict[str, Any]] = mapped_column(Json)


class DetailSet(Base):
    """Details that variants have together.

    Kept once for all variants of the same make: a million variants have a few hundred sets.
    """

    __tablename__ = "detail_set"

    id: Mapped[int] = mapped_column(primary_key=True)
    #: What is in it: :func:`slug_of_set`.
    slug: Mapped[str] = mapped_column(String(200), unique=True)


class DetailSetItem(Base):
    """That a detail is in a set."""

    __tablename__ = "detail_set_item"
    __table_args__ = (Index(None, "detail_id"),)

    detail_set_id: Mapped[int] = mapped_column(ForeignKey("detail_set.id"), primary_key=True)
    detail_id: Mapped[int] = mapped_column(ForeignKey("detail.id"), primary_key=True)


def slug_of_set(details: Iterable[str]) -> str:
    """Return the name of a set of details, the same whatever their order: ``large-studs+tassel``.

    Args:
        details: Their slugs.
    """
    name = "+".join(sorted(details))
    if len(name) <= _LONGEST_SET:
        return name
    return f"{name[: _LONGEST_SET - 33]}+{hashlib.sha256(name.encode()).hexdigest()[:32]}"
