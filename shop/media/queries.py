"""Reads of pictures: those that were given for a product or a variant, else the shop's own drawing.

Addresses are relative to the shop: ``/media/...``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, TypeVarTuple
from urllib.parse import quote

from sqlalchemy import ColumnElement, Row, Select, String, cast, func, select
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
from shop.media.models import ImageRendition, ProductImage, VariantImage

Ts = TypeVarTuple("Ts")

MEDIA_TYPE = "image/webp"

#: What parts pictures, and what is said of one, within one text: no words for a picture hold either.
_RECORD, _UNIT = "\x1e", "\x1f"


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
    """Read the pictures of products, in one statement.

    Those that were given for a product, else those of its first variant, else a drawing of that.

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
        .scalar_subquery()
    )
    query = _seen(Product.id.in_(ids), first=first).add_columns(
        given(ProductImage, Product.id), given(VariantImage, Variant.id).label("of_first")
    )
    return _by_id(session.execute(query), "product_id")


def pictures_of_variants(session: Session, variant_ids: Iterable[int]) -> dict[int, list[Picture]]:
    """Read the pictures of variants, in one statement: those given for them, else a drawing.

    Returns:
        Pictures in their order by variant id.
    """
    ids = set(variant_ids)
    if not ids:
        return {}
    query = _seen(Variant.id.in_(ids)).add_columns(given(VariantImage, Variant.id))
    return _by_id(session.execute(query), "variant_id")


def _by_id(rows: Iterable[Row[*tuple[Any, ...]]], key: str) -> dict[int, list[Picture]]:
    found = {seen[key]: pictures_of(seen) for seen in (row._asdict() for row in rows)}
    return {row_id: pictures for row_id, pictures in found.items() if pictures}


def artwork_facts(session: Session, sku: str) -> Facts | None:
    """Read what can be seen of a variant; None where no such SKU is published."""
    row = session.execute(_seen(Variant.sku == sku, published(Product))).one_or_none()
    return None if row is None else facts_of(row._asdict())


def _seen(*which: ColumnElement[bool], first: ColumnElement[int] | None = None) -> Select[*tuple[Any, ...]]:
    """Return the statement of what is drawn of variants, and of what they are called.

    Args:
        which: Of variants and their products.
        first: The one variant of a product that is meant; a product without it is read all the same.
    """
    if first is None:
        begun = select(Variant.id).join(Product, Product.id == Variant.product_id)
    else:
        begun = select(Product.id).outerjoin(Variant, Variant.id == first)
    columns = (Variant.id.label("variant_id"), Product.id.label("product_id"), *seen_columns())
    chosen = begun.with_only_columns(*columns, maintain_column_froms=True)
    joined = chosen.join(Family, Family.id == Product.family_id).outerjoin(Variant.colour)
    return joined_for_drawing(joined).where(*which)


@cache
def seen_columns() -> tuple[ColumnElement[Any], ...]:
    """Return the columns that :func:`drawing` reads: what is drawn of a :class:`Variant`, and its names."""
    return (
        Variant.sku.label("sku"),
        Product.name.label("product"),
        Product.silhouette.label("silhouette"),
        Product.accessory_kind.label("accessory_kind"),
        Product.width_mm.label("width_mm"),
        Product.height_mm.label("height_mm"),
        Family.slug.label("family"),
        Colour.name.label("colour_name"),
        Colour.hex.label("colour"),
        Material.name.label("material_name"),
        Material.finish.label("finish"),
        Material.embossed_as.label("embossed_as"),
        HardwareSet.finish.label("metal"),
        HardwareSet.stud_scale.label("studs"),
        HardwareSet.embellishment.label("crystals"),
        HardwareItem.slug.label("pull"),
        *parts_seen(),
    )


def joined_for_drawing(query: Select[*Ts]) -> Select[*Ts]:
    """Join what :func:`seen_columns` needs besides a variant's product, family and colour."""
    return (
        query.outerjoin(Material, Material.id == Variant.material_id)
        .outerjoin(HardwareSet, HardwareSet.id == Variant.hardware_set_id)
        .outerjoin(HardwareItem, HardwareItem.id == HardwareSet.zip_pull_id)
    )


@cache
def listed_columns() -> tuple[ColumnElement[Any], ...]:
    """Return the columns of a list of products with their variants that :func:`pictures_of` reads."""
    of_first = given(VariantImage, Variant.id).label("of_first")
    return (*seen_columns(), given(ProductImage, Product.id), of_first)


def pictures_of(seen: Mapping[str, Any]) -> list[Picture]:
    """Return the pictures of a product: its own, else those of its first variant, else a drawing of that.

    Args:
        seen: The columns of :func:`listed_columns`, of the first variant.
    """
    pictures = given_pictures(seen["given"] or seen.get("of_first"))
    return pictures or ([drawing(seen)] if seen["sku"] is not None else [])


@cache
def parts_seen() -> tuple[ColumnElement[Any], ...]:
    """Return columns on the parts of a :class:`Product` that are drawn: ``mirror``, ``handle``, ``strap``."""

    def of_part(column: Any, kind: str, name: str) -> ColumnElement[Any]:
        found = select(column).where(Component.product_id == Product.id, Component.kind == kind)
        return found.order_by(Component.position).limit(1).scalar_subquery().label(name)

    return (
        of_part(Component.shape, "mirror", "mirror"),
        of_part(Component.construction, "handle", "handle"),
        of_part(Component.construction, "shoulder-strap", "strap"),
    )


def drawing_of(variant: Variant, parts: Mapping[str, Any]) -> Picture:
    """Return the drawing of a variant whose product, family and parts are loaded.

    Args:
        variant: With all that is shown of it.
        parts: The columns of :func:`parts_seen`.
    """
    product, colour, material, hardware = variant.product, variant.colour, variant.material, variant.hardware
    return drawing(
        {
            "sku": variant.sku,
            "product": product.name,
            "silhouette": product.silhouette,
            "accessory_kind": product.accessory_kind,
            "width_mm": product.width_mm,
            "height_mm": product.height_mm,
            "family": product.family.slug,
            "colour_name": colour and colour.name,
            "colour": colour and colour.hex,
            "material_name": material and material.name,
            "finish": material and material.finish,
            "embossed_as": material and material.embossed_as,
            "metal": hardware and hardware.finish,
            "studs": hardware and hardware.stud_scale,
            "crystals": hardware and hardware.embellishment,
            "pull": hardware and hardware.zip_pull and hardware.zip_pull.slug,
            **parts,
        }
    )


def drawing(seen: Mapping[str, Any]) -> Picture:
    """Return the shop's drawing of a variant; it need not have been made yet."""
    digest = _digest(facts_of(seen))
    address = f"/media/artwork/{quote(seen['sku'], safe='')}/{digest}"
    renditions = tuple(Rendition(f"{address}-{width}.webp", width) for width in WIDTHS)
    named = [seen["product"], *filter(None, (seen["colour_name"], seen["material_name"]))]
    alt = f"Drawing of {', '.join(named)}"
    return Picture(alt, WIDTHS[-1], height_of(WIDTHS[-1]), renditions, is_drawing=True)


@lru_cache(maxsize=8192)
def _digest(facts: Facts) -> str:
    return facts.digest


def given(shown: type[ProductImage] | type[VariantImage], row_id: Any) -> ColumnElement[str | None]:
    """Return a column with all pictures that were given for a row, as :func:`given_pictures` reads them.

    One text and no rows of their own, so that a page of products is still one statement.

    Args:
        shown: Where they are shown.
        row_id: The id of the product or variant in the statement around.
    """
    numbers = (shown.position, ImageRendition.width, ImageRendition.height)
    said = [*(cast(number, String) for number in numbers), ImageRendition.hash, shown.alt]
    joined = said[0]
    for part in said[1:]:
        joined = joined + _UNIT + part
    owner = shown.product_id if issubclass(shown, ProductImage) else shown.variant_id
    return (
        select(func.aggregate_strings(joined, _RECORD))
        .select_from(shown)
        .join(ImageRendition, ImageRendition.image_hash == shown.image_hash)
        .where(owner == row_id)
        .scalar_subquery()
        .label("given")
    )


def photographs() -> tuple[ColumnElement[str | None], ColumnElement[str | None]]:
    """Return the columns of what was given for a :class:`Variant`, and for the product of it."""
    of_product = given(ProductImage, Variant.product_id).label("of_product")
    return given(VariantImage, Variant.id), of_product


def given_pictures(text: str | None) -> list[Picture]:
    """Return the pictures that :func:`given` tells of, in their order."""
    grouped: dict[int, list[tuple[int, int, str, str]]] = defaultdict(list)
    for record in text.split(_RECORD) if text else ():
        position, wide, high, name, alt = record.split(_UNIT)
        grouped[int(position)].append((int(wide), int(high), name, alt))
    found = []
    for _, each in sorted(grouped.items()):
        each.sort()
        width, height, _, alt = each[-1]
        renditions = tuple(Rendition(address_of(name), narrow) for narrow, _, name, _ in each)
        found.append(Picture(alt, width, height, renditions))
    return found


def address_of(name: str) -> str:
    """Return where the file of a picture is served, by its hash."""
    return f"/media/{name}.webp"
