"""Giving the shop pictures, and saying where they are shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from shop.audit import service as audit
from shop.catalogue.service import publish
from shop.kit.clock import database_now
from shop.kit.db import insert_if_absent
from shop.media.errors import UnknownImage
from shop.media.intake import Taken
from shop.media.models import Image, ImageRendition
from shop.media.placements import PLACES, row_id_of
from shop.media.store import MediaStore, image_key

#: Pictures at one product or variant.
MOST_PICTURES = 24


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture to be shown: its hash, and what it shows in words."""

    hash: str
    alt: str


@dataclass(frozen=True, slots=True)
class ImageRows:
    """What the database is told of a picture whose files are stored."""

    image: dict[str, Any]
    renditions: list[dict[str, Any]]

    @classmethod
    def of(cls, taken: Taken) -> ImageRows:
        """Return the rows of a picture, without its files."""
        master = taken.master
        image = {
            "hash": master.hash,
            "source_hash": taken.source_hash,
            "width": master.width,
            "height": master.height,
            "size_bytes": len(master.data),
        }
        renditions = [
            {
                "image_hash": master.hash,
                "width": each.width,
                "height": each.height,
                "hash": each.hash,
                "size_bytes": len(each.data),
            }
            for each in taken.renditions
        ]
        return cls(image, renditions)

    @property
    def hashes(self) -> list[str]:
        """The names of its files."""
        return [self.image["hash"], *(each["hash"] for each in self.renditions)]


def put_files(store: MediaStore, taken: Taken) -> ImageRows:
    """Put a picture's files into the store, before any row names them; outside any transaction.

    They are written even where they are there already, so that a sweep sees them as new.
    """
    for each in (taken.master, *taken.renditions):
        store.write(image_key(each.hash), each.data)
    return ImageRows.of(taken)


def missing_files(store: MediaStore, rows: ImageRows) -> bool:
    """Return whether a file of a picture is gone: a sweep had found it before it was named."""
    return any(store.written_at(image_key(name)) is None for name in rows.hashes)


def insert_image(session: Session, rows: ImageRows) -> bool:
    """Insert the rows of a picture, unless it is there; return whether it was not.

    Args:
        session: From ``transaction()``.
        rows: Of a picture whose files were put.
    """
    is_new = insert_if_absent(session, Image, "hash", **rows.image, created_at=database_now())
    if is_new:
        session.execute(insert(ImageRendition), rows.renditions)
    return is_new


def keep(session: Session, rows: ImageRows, *, actor: str) -> bool:
    """Write down a picture whose files are stored; return whether it is new.

    Call it last in the transaction: it records in the audit log.

    Args:
        session: From ``transaction()``.
        rows: Of a picture whose files were put.
        actor: Who gives it.
    """
    is_new = insert_image(session, rows)
    if is_new:
        after = {name: rows.image[name] for name in ("width", "height", "size_bytes")}
        change = audit.Change("media.upload", f"image:{rows.image['hash']}", None, after)
        audit.record(session, actor, [change])
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
    # Locked, so that of two who order the same pictures one is first.
    found = row_id_of(session, place, name, lock=True)
    hashes = {each.hash for each in pictures}
    # Kept until the commit: a sweep must not take what is being shown.
    known = set(session.scalars(select(Image.hash).where(Image.hash.in_(hashes)).with_for_update(read=True)))
    for each in pictures:
        if each.hash not in known:
            raise UnknownImage(f"No picture {each.hash} was given to the shop.", hash=each.hash)
    before = _replace(session, place, found, pictures)
    after = [{"hash": each.hash, "alt": each.alt} for each in pictures]
    if before == after:
        return
    publish(session)
    change = audit.Change("media.show", f"{place}:{name}", {"images": before}, {"images": after})
    audit.record(session, actor, [change])


def _replace(session: Session, place: str, row_id: int, pictures: Sequence[Shown]) -> list[dict[str, str]]:
    """Replace what is shown at one place; return what was shown there before."""
    _, _, shown, owner = PLACES[place]
    rows = session.execute(
        select(shown.image_hash, shown.alt).where(owner == row_id).order_by(shown.position)
    )
    before = [{"hash": name, "alt": alt} for name, alt in rows]
    if before == [{"hash": each.hash, "alt": each.alt} for each in pictures]:
        return before
    session.execute(delete(shown).where(owner == row_id))
    if pictures:
        placed = [
            {owner.key: row_id, "position": position, "image_hash": each.hash, "alt": each.alt}
            for position, each in enumerate(pictures, 1)
        ]
        session.execute(insert(shown), placed)
    return before
