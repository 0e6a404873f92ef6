"""Reads of where pictures are shown, as an editor sees it: by their hashes, no drawings among them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from shop.catalogue.errors import NotInCatalogue
from shop.catalogue.models import Product, Variant
from shop.media.models import Image, ImageRendition, ProductImage, VariantImage
from shop.media.queries import Rendition, address_of

#: By what pictures are shown at: its id, the name it is called by, and the table that says so.
PLACES: Mapping[str, tuple[Any, Any, Any, Any]] = {
    "product": (Product.id, Product.slug, ProductImage, ProductImage.product_id),
    "variant": (Variant.id, Variant.sku, VariantImage, VariantImage.variant_id),
}


@dataclass(frozen=True, slots=True)
class StoredPicture:
    """A picture that was given to the shop.

    Attributes:
        hash: What names it.
        width: Of what is kept, in pixels.
        height: Of what is kept, in pixels.
        renditions: From narrow to wide.
        alt: What it shows where it is shown; None of a picture by itself.
    """

    hash: str
    width: int
    height: int
    renditions: tuple[Rendition, ...]
    alt: str | None = None


def row_id_of(session: Session, place: str, name: str, *, lock: bool = False) -> int:
    """Read the id of a product by its slug, or of a variant by its SKU.

    Args:
        session: To read with.
        place: ``product`` or ``variant``.
        name: Slug or SKU.
        lock: Whether others who would change its pictures wait for the caller's commit.

    Raises:
        NotInCatalogue: There is none.
    """
    row_id, key, _, _ = PLACES[place]
    query = select(row_id).where(key == name)
    found = session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotInCatalogue(f"There is no {place} {name!r}.", kind=place, slug=name)
    return int(found)


def shown_at(session: Session, place: str, name: str) -> list[StoredPicture]:
    """Read the pictures that were given for a product or a variant, published or not, in their order.

    Raises:
        NotInCatalogue: There is no such product or variant.
    """
    row_id = row_id_of(session, place, name)
    _, _, shown, owner = PLACES[place]
    rows = session.execute(
        select(shown.position, shown.alt, Image, ImageRendition)
        .join(Image, Image.hash == shown.image_hash)
        .join(ImageRendition, ImageRendition.image_hash == Image.hash)
        .where(owner == row_id)
        .order_by(shown.position, ImageRendition.width)
    )
    found: dict[int, StoredPicture] = {}
    for position, alt, image, rendition in rows:
        before = found[position].renditions if position in found else ()
        renditions = (*before, Rendition(address_of(rendition.hash), rendition.width))
        found[position] = StoredPicture(image.hash, image.width, image.height, renditions, alt)
    return list(found.values())


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
