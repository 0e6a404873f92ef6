"""Giving the shop pictures, and saying where they are shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from shop.audit import service as audit
from shop.catalogue.errors import NotInCatalogue
from shop.catalogue.models import Product, Variant
from shop.catalogue.service import publish
from shop.kit.clock import database_now
from shop.kit.db import insert_if_absent
from shop.media.errors import UnknownImage
from shop.media.intake import Taken
from shop.media.models import Image, ImagePlacement, ImageRendition
from shop.media.store import MediaStore, image_key

#: Pictures at one product or variant.
MOST_PICTURES = 24

_PLACES: Mapping[str, tuple[Any, Any, Any]] = {
    "product": (Product.id, Product.slug, ImagePlacement.product_id),
    "variant": (Variant.id, Variant.sku, ImagePlacement.variant_id),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture to be shown: its hash, and what it shows in words."""

    hash: str
    alt: str


def put_files(store: MediaStore, taken: Taken) -> None:
    """Put a picture's files into the store, before any row names them; outside any transaction.

    They are written even where they are there already, so that a sweep sees them as new.
    """
    for each in (taken.master, *taken.renditions):
        store.write(image_key(each.hash), each.data)


def missing_files(store: MediaStore, taken: Taken) -> bool:
    """Return whether a file of a picture is gone: a sweep had found it before it was named."""
    return any(store.written_at(image_key(each.hash)) is None for each in (taken.master, *taken.renditions))


def keep(session: Session, taken: Taken, *, actor: str) -> bool:
    """Write down a picture whose files are stored; return whether it is new.

    Call it last in the transaction: it records in the audit log.

    Args:
        session: From ``transaction()``.
        taken: From :func:`shop.media.intake.take`; its files were put.
        actor: Who gives it.
    """
    is_new = insert_image(session, taken)
    if is_new:
        master = taken.master
        after = {"width": master.width, "height": master.height, "bytes": len(master.data)}
        audit.record(session, actor, [audit.Change("media.upload", f"image:{master.hash}", None, after)])
    return is_new


def insert_image(session: Session, taken: Taken) -> bool:
    """Insert the rows of a picture, unless it is there; return whether it was not."""
    master = taken.master
    values = {"source_hash": taken.source_hash, "width": master.width, "height": master.height}
    is_new = insert_if_absent(
        session,
        Image,
        "hash",
        hash=master.hash,
        **values,
        size_bytes=len(master.data),
        created_at=database_now(),
    )
    if is_new:
        rows = [
            {
                "image_hash": master.hash,
                "width": each.width,
                "height": each.height,
                "hash": each.hash,
                "size_bytes": len(each.data),
            }
            for each in taken.renditions
        ]
        session.execute(insert(ImageRendition), rows)
    return is_new


def show(session: Session, place: str, name: str, pictures: Sequence[Shown], *, actor: str) -> None:
    """Show these pictures at a product or a variant, in this order, and no others.

    Call it last in the transaction: it publishes, and records in the audit log.

    Args:
        session: From ``transaction()``.
        place: ``product`` or ``variant``.
        name: Slug of the product or SKU of the variant.
        pictures: All that are to be shown; none takes all of them away.
        actor: Who decides it.

    Raises:
        NotInCatalogue: There is no such product or variant.
        UnknownImage: A picture was never given to the shop.
    """
    row_id, key, column = _PLACES[place]
    # Locked, so that of two who order the same pictures one is first.
    found = session.scalar(select(row_id).where(key == name).with_for_update())
    if found is None:
        raise NotInCatalogue(f"There is no {place} {name!r}.", kind=place, slug=name)
    hashes = {each.hash for each in pictures}
    # Kept until the commit: a sweep must not take what is being shown.
    known = set(session.scalars(select(Image.hash).where(Image.hash.in_(hashes)).with_for_update(read=True)))
    for each in pictures:
        if each.hash not in known:
            raise UnknownImage(f"No picture {each.hash} was given to the shop.", hash=each.hash)
    before = place_pictures(session, column, found, pictures)
    after = [{"hash": each.hash, "alt": each.alt} for each in pictures]
    if before == after:
        return
    publish(session)
    change = audit.Change("media.show", f"{place}:{name}", {"images": before}, {"images": after})
    audit.record(session, actor, [change])


def place_pictures(
    session: Session, column: Any, row_id: int, pictures: Sequence[Shown]
) -> list[dict[str, str]]:
    """Replace what is shown at one place; return what was shown there before."""
    rows = session.execute(
        select(ImagePlacement.image_hash, ImagePlacement.alt)
        .where(column == row_id)
        .order_by(ImagePlacement.position)
    )
    before = [{"hash": name, "alt": alt} for name, alt in rows]
    if before == [{"hash": each.hash, "alt": each.alt} for each in pictures]:
        return before
    session.execute(delete(ImagePlacement).where(column == row_id))
    if pictures:
        placed = [
            {column.key: row_id, "position": position, "image_hash": each.hash, "alt": each.alt}
            for position, each in enumerate(pictures, 1)
        ]
        session.execute(insert(ImagePlacement), placed)
    return before
