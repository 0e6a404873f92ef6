"""Reads of pictures: those that were given for a product or a variant, else the shop's own drawing.

Addresses are relative to the shop: ``/media/...``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from sqlalchemy import ColumnElement, Row, Select, or_, select
from sqlalchemy.orm import Session, aliased

from shop.catalogue.models import (
    Colour,
    Component,
    Family,
    HardwareItem,
    HardwareSet,
    Material,
    Product,
    Variant,
)
from shop.catalogue.publishing import published
from shop.media.artwork import Facts, facts_of
from shop.media.drawings import WIDTHS, height_of
from shop.media.models import Image, ImagePlacement, ImageRendition

MEDIA_TYPE = "image/webp"


@dataclass(frozen=True, slots=True)
class Rendition:
    """A picture in one width, in pixels."""

    url: str
    width: int
    media_type: str = MEDIA_TYPE


@dataclass(frozen=True, slots=True)
class Picture:
    """What is shown of a product or a variant.

    Attributes:
        alt: What it shows, in words.
        width: Of the widest rendition, in pixels.
        height: Of the widest rendition, in pixels.
        renditions: From narrow to wide, at least one.
        is_drawing: Whether it is the shop's own drawing.
    """

    alt: str
    width: int
    height: int
    renditions: tuple[Rendition, ...]
    is_drawing: bool = False


def pictures_of_products(session: Session, product_ids: Iterable[int]) -> dict[int, list[Picture]]:
    """Read the pictures of products: those given for them, else a drawing of the first variant.

    Two statements, and one where each has pictures of its own.

    Returns:
        Pictures in their order by product id; no entry where there is nothing to be shown.
    """
    ids = set(product_ids)
    if not ids:
        return {}
    each = aliased(Variant)
    first = (
        select(each.id)
        .where(each.product_id == Product.id, each.is_retired.is_(False))
        .order_by(each.position, each.id)
        .limit(1)
        .correlate(Product)
    )
    given = _given(session, ImagePlacement.product_id, ids)
    rest = ids - given.keys()
    rows = (
        session.execute(_facts(Product.id.in_(rest), Variant.id == first.scalar_subquery())) if rest else ()
    )
    return given | {row.product_id: [_drawing(row)] for row in rows}


def pictures_of_variants(session: Session, variant_ids: Iterable[int]) -> dict[int, list[Picture]]:
    """Read the pictures of variants: those given for them, else a drawing.

    Returns:
        Pictures in their order by variant id.
    """
    ids = set(variant_ids)
    if not ids:
        return {}
    given = _given(session, ImagePlacement.variant_id, ids)
    rest = ids - given.keys()
    rows = session.execute(_facts(Variant.id.in_(rest))) if rest else ()
    return given | {row.variant_id: [_drawing(row)] for row in rows}


def artwork_facts(session: Session, sku: str) -> Facts | None:
    """Read what can be seen of a variant; None where no such SKU is published."""
    row = session.execute(_facts(Variant.sku == sku, published(Product))).one_or_none()
    return None if row is None else _seen(row)


def _facts(*which: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """Return the statement of what is drawn of some variants, and of what it is called."""

    def of_part(column: Any, kind: str) -> Any:
        found = select(column).where(Component.product_id == Product.id, Component.kind == kind)
        return found.order_by(Component.position).limit(1).scalar_subquery()

    return (
        select(
            Variant.id.label("variant_id"),
            Variant.product_id,
            Variant.sku,
            Product.name.label("product"),
            Product.silhouette,
            Product.accessory_kind,
            Product.width_mm,
            Product.height_mm,
            Family.slug.label("family"),
            Colour.name.label("colour_name"),
            Colour.hex.label("colour"),
            Material.name.label("material_name"),
            Material.finish,
            Material.embossed_as,
            HardwareSet.finish.label("metal"),
            HardwareSet.stud_scale.label("studs"),
            HardwareSet.embellishment.label("crystals"),
            HardwareItem.slug.label("pull"),
            of_part(Component.shape, "mirror").label("mirror"),
            of_part(Component.construction, "handle").label("handle"),
            of_part(Component.construction, "shoulder-strap").label("strap"),
        )
        .join(Product, Product.id == Variant.product_id)
        .join(Family, Family.id == Product.family_id)
        .outerjoin(Colour, Colour.id == Variant.colour_id)
        .outerjoin(Material, Material.id == Variant.material_id)
        .outerjoin(HardwareSet, HardwareSet.id == Variant.hardware_set_id)
        .outerjoin(HardwareItem, HardwareItem.id == HardwareSet.zip_pull_id)
        .where(*which)
    )


def _seen(row: Row[Any]) -> Facts:
    return facts_of(row._asdict())


def _drawing(row: Row[Any]) -> Picture:
    """Return the shop's drawing of a variant; it need not have been made yet."""
    digest = _seen(row).digest
    address = f"/media/artwork/{quote(row.sku, safe='')}/{digest}"
    renditions = tuple(Rendition(f"{address}-{width}.webp", width) for width in WIDTHS)
    named = [row.product, *filter(None, (row.colour_name, row.material_name))]
    return Picture(
        f"Drawing of {', '.join(named)}", WIDTHS[-1], height_of(WIDTHS[-1]), renditions, is_drawing=True
    )


def _given(session: Session, place: Any, ids: Collection[int]) -> dict[int, list[Picture]]:
    """Read the pictures that were given for some products or variants."""
    rows = session.execute(
        select(place, ImagePlacement.position, ImagePlacement.alt, ImageRendition)
        .join(ImageRendition, ImageRendition.image_hash == ImagePlacement.image_hash)
        .where(place.in_(ids))
        .order_by(place, ImagePlacement.position, ImageRendition.width)
    )
    grouped: dict[tuple[int, int], list[tuple[str, ImageRendition]]] = defaultdict(list)
    for shown_at, position, alt, rendition in rows:
        grouped[shown_at, position].append((alt, rendition))
    found: dict[int, list[Picture]] = defaultdict(list)
    for (shown_at, _), each in grouped.items():
        alt, widest = each[-1]
        renditions = tuple(Rendition(address_of(one.hash), one.width) for _, one in each)
        found[shown_at].append(Picture(alt, widest.width, widest.height, renditions))
    return dict(found)


def address_of(name: str) -> str:
    """Return where the file of a picture is served, by its hash."""
    return f"/media/{name}.webp"


def known_images(session: Session, hashes: Collection[str]) -> dict[str, str]:
    """Read which files the shop knows: by their own hash, or that of what they were made of.

    Returns:
        The picture's hash by the hash that was asked for.
    """
    if not hashes:
        return {}
    rows = session.execute(
        select(Image.hash, Image.source_hash).where(
            or_(Image.hash.in_(hashes), Image.source_hash.in_(hashes))
        )
    ).all()
    return {source: name for name, source in rows} | {name: name for name, _ in rows}
