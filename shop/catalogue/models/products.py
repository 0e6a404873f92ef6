"""Products, the variants one can buy, and the components they come with."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.catalogue.models.evidence import Evidence
from shop.catalogue.models.families import Family
from shop.catalogue.models.parts import Colour, Detail, HardwareSet, Lining, Material
from shop.kit.db import Base
from shop.kit.types import Json, UtcDateTime


class Product(Base, Evidence):
    """A bag of a family in one size and silhouette, or an accessory of it.

    An accessory (a strap, a belt) is a product too, because the same strap can be part of
    one bag and be ordered alone for another.
    """

    __tablename__ = "product"
    __table_args__ = (
        CheckConstraint("kind IN ('bag', 'accessory')", name="kind"),
        CheckConstraint("width_mm > 0 AND height_mm > 0 AND depth_mm > 0", name="dimensions"),
        CheckConstraint("weight_g > 0", name="weight"),
        CheckConstraint("unpublish_at > publish_at", name="publication"),
        Index(None, "family_id"),
        # With the one below, the orders of the product list: a page is read along one of them.
        Index("ix_product_featured", "kind", "position"),
        Index("ix_product_by_name", "kind", text("lower(name)"), "position"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(96), unique=True)
    #: Place in the merchandiser's order; unique, so that a page can go on from it.
    position: Mapped[int] = mapped_column(unique=True)
    kind: Mapped[str] = mapped_column(String(16), default="bag")
    #: ``belt``, ``strap``, ``charm-set`` ...; None for a bag.
    accessory_kind: Mapped[str | None] = mapped_column(String(32))
    family_id: Mapped[int] = mapped_column(ForeignKey("family.id"))
    name: Mapped[str] = mapped_column(String(200))
    aliases: Mapped[list[str]] = mapped_column(Json, default=list)
    #: Titles it had before: ``[{"name": .., "period": "2023", "sources": [..]}]``.
    former_names: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    #: A code of the ``size`` vocabulary; None for accessories.
    size: Mapped[str | None] = mapped_column(String(32))
    silhouette: Mapped[str | None] = mapped_column(String(32))
    carry_modes: Mapped[list[str]] = mapped_column(Json, default=list)
    closure: Mapped[str | None] = mapped_column(String(32))
    lining_id: Mapped[int | None] = mapped_column(ForeignKey("lining.id"))
    width_mm: Mapped[int | None]
    height_mm: Mapped[int | None]
    depth_mm: Mapped[int | None]
    handle_drop_mm: Mapped[int | None]
    strap_drop_mm: Mapped[int | None]
    strap_length_mm: Mapped[int | None]
    dimensions_note: Mapped[str | None] = mapped_column(Text)
    dimensions_confidence: Mapped[str | None] = mapped_column(String(120))
    dimensions_sources: Mapped[list[str]] = mapped_column(Json, default=list)
    weight_g: Mapped[int | None]
    country_of_origin: Mapped[str | None] = mapped_column(String(2))
    care: Mapped[list[str]] = mapped_column(Json, default=list)
    edition: Mapped[str | None] = mapped_column(String(200))
    co_brand: Mapped[str | None] = mapped_column(String(120))
    #: First six characters of style codes; text, and not always digits.
    model_codes: Mapped[list[str]] = mapped_column(Json, default=list)
    #: ``2024-04-11``, ``2024-07``, ``2019-end``; ``launched_sorts_on`` is its first day.
    launched: Mapped[str | None] = mapped_column(String(32))
    launched_sorts_on: Mapped[str] = mapped_column(String(10), default="")
    strap_note: Mapped[str | None] = mapped_column(Text)
    category_note: Mapped[str | None] = mapped_column(Text)
    existence_confidence: Mapped[str | None] = mapped_column(Text)
    google_product_category: Mapped[int | None]
    #: Where the product leaves the customs heading of its line.
    hs_line: Mapped[str | None] = mapped_column(String(32))
    is_special_order: Mapped[bool] = mapped_column(default=False)
    sellable: Mapped[bool]
    #: From when until when it is shown at all: see ``shop.catalogue.publishing``. None: no such end.
    publish_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    unpublish_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    family: Mapped[Family] = relationship(lazy="raise")
    lining: Mapped[Lining | None] = relationship(lazy="raise")
    components: Mapped[list[Component]] = relationship(
        lazy="raise", order_by="Component.position", foreign_keys="Component.product_id"
    )
    variants: Mapped[list[Variant]] = relationship(lazy="raise", order_by="Variant.position")


Index("ix_product_newest", Product.kind, Product.launched_sorts_on.desc(), Product.position)


class Component(Base, Evidence):
    """A part a product comes with: handles, a strap, the heart mirror, a pocket.

    A strap is three things: a fixed part (``removable`` false), a part that comes off, and
    a product someone orders alone (``accessory``).
    """

    __tablename__ = "component"

    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(64))
    count: Mapped[int]
    removable: Mapped[bool | None]
    adjustable: Mapped[bool | None]
    personalisable: Mapped[bool | None]
    construction: Mapped[str | None] = mapped_column(String(120))
    finish: Mapped[str | None] = mapped_column(String(120))
    material: Mapped[str | None] = mapped_column(String(120))
    shape: Mapped[str | None] = mapped_column(String(120))
    zip_pull: Mapped[str | None] = mapped_column(String(64))
    placement: Mapped[str | None] = mapped_column(String(120))
    also_called: Mapped[str | None] = mapped_column(String(120))
    drop_mm: Mapped[int | None]
    split_rings: Mapped[int | None]
    #: The accessory that is this part, ordered alone.
    accessory_id: Mapped[int | None] = mapped_column(ForeignKey("product.id"))

    accessory: Mapped[Product | None] = relationship(lazy="raise", foreign_keys=[accessory_id])


class Variant(Base, Evidence):
    """One buyable bag: a product in a material, a colour and a hardware set.

    Never deleted, because orders point at it; it is retired. The style code is the natural
    key: (product, size, colour) is not unique, one black Le City Medium exists under three.
    """

    __tablename__ = "variant"
    __table_args__ = (
        CheckConstraint("evidence IN ('exact', 'line', 'illustrative')", name="evidence"),
        # None of what it is made of: a few values stand in all rows, and each index costs every write.
        Index(None, "product_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: The style code without spaces. Text: ``0GT3Y`` and 15 digits are not numbers.
    sku: Mapped[str] = mapped_column(String(32), unique=True)
    #: The seed's own name of the row.
    slug: Mapped[str] = mapped_column(String(200), unique=True)
    position: Mapped[int]
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    #: None for accessories, which come in one version.
    material_id: Mapped[int | None] = mapped_column(ForeignKey("material.id"))
    colour_id: Mapped[int | None] = mapped_column(ForeignKey("colour.id"))
    hardware_set_id: Mapped[int | None] = mapped_column(ForeignKey("hardware_set.id"))
    #: What it can be found by besides; None where it has no detail.
    detail_set_id: Mapped[int | None] = mapped_column(ForeignKey("detail_set.id"))
    #: As printed: model, material and colour part, e.g. ``823058 2AA9S 1000``.
    style_code: Mapped[str] = mapped_column(String(32), unique=True)
    #: True: the house's code is unknown and this one is ours.
    code_is_assigned: Mapped[bool]
    code_parts_believed: Mapped[str | None] = mapped_column(Text)
    #: Tells equal-looking variants apart: "second black".
    label: Mapped[str | None] = mapped_column(String(120))
    sellable: Mapped[bool]
    is_retired: Mapped[bool] = mapped_column(default=False)
    #: ``exact`` seen so · ``line`` the palette has it · ``illustrative`` added for coverage.
    evidence: Mapped[str] = mapped_column(String(16))
    #: Customs heading by the outer surface of this variant, not of its product.
    hs: Mapped[str | None] = mapped_column(String(16))
    edition: Mapped[str | None] = mapped_column(String(200))
    #: Where an edition has another lining than its product.
    lining_id: Mapped[int | None] = mapped_column(ForeignKey("lining.id"))
    #: ``[{"scheme": "house-concept", "value": "810020808"}]``.
    external_ids: Mapped[list[dict[str, str]]] = mapped_column(Json, default=list)
    seen_on: Mapped[str | None] = mapped_column(String(64))

    product: Mapped[Product] = relationship(lazy="raise", overlaps="variants")
    material: Mapped[Material | None] = relationship(lazy="raise")
    colour: Mapped[Colour | None] = relationship(lazy="raise")
    hardware: Mapped[HardwareSet | None] = relationship(lazy="raise")
    lining: Mapped[Lining | None] = relationship(lazy="raise")
    details: Mapped[list[Detail]] = relationship(
        lazy="raise",
        secondary="detail_set_item",
        primaryjoin="Variant.detail_set_id == DetailSetItem.detail_set_id",
        order_by="Detail.position",
        viewonly=True,
    )


class Pairing(Base, Evidence):
    """Products shown together."""

    __tablename__ = "pairing"

    slug: Mapped[str] = mapped_column(String(64), primary_key=True)
    position: Mapped[int]
    relation: Mapped[str] = mapped_column(Text)
    #: Slugs of the bags and of the accessories.
    products: Mapped[list[str]] = mapped_column(Json, default=list)
    accessories: Mapped[list[str]] = mapped_column(Json, default=list)


class Personalisation(Base, Evidence):
    """Initials on a surface, offered on a family under a condition on the material."""

    __tablename__ = "personalisation"

    slug: Mapped[str] = mapped_column(String(64), primary_key=True)
    position: Mapped[int]
    family_id: Mapped[int] = mapped_column(ForeignKey("family.id"))
    #: E.g. ``{"material_category": "leather"}``; empty means always.
    applies_when: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    what: Mapped[str] = mapped_column(Text)
    max_chars: Mapped[int]
