"""What nothing points to is swept, and what is pointed to is proved to be there."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import PurePosixPath

from sqlalchemy import ColumnElement, and_, delete, exists, select
from sqlalchemy.orm import Session

from shop.audit import service as audit
from shop.kit.clock import now
from shop.kit.db import db, retries_conflicts, transaction
from shop.media.intake import hash_of
from shop.media.models import Image, ImageRendition, ProductImage, VariantImage
from shop.media.store import MediaStore, image_key, is_ours

#: How long a picture may be shown nowhere, and a file be named by no row: whoever gives one is about
#: to say where it is shown. Hours.
GRACE_HOURS = 24

#: Files looked up in the database at a time.
_BATCH = 500

#: What to do where a file is gone or damaged.
REPAIR = "Put the file back from a copy of the store, or give the picture anew."


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep took away."""

    pictures: int
    files: int
    drawings: int


def sweep(store: MediaStore, *, actor: str, drawings: bool = False) -> Swept:
    """Take away pictures that are shown nowhere, files that no row names, and, if asked, drawings.

    Files whose names are not such as the shop gives stay: they are somebody else's.

    Args:
        store: Where the files are.
        actor: Who sweeps, for the audit log.
        drawings: Whether the shop's own drawings go too; each is made again when it is looked at.
    """
    before = now() - timedelta(hours=GRACE_HOURS)
    pictures = _forget_pictures(before, actor)
    files = 0
    for batch in _in_batches(store.keys("images")):
        old = {PurePosixPath(key).stem: key for key, _, written in batch if written < before and is_ours(key)}
        for name in old.keys() - _named(db.session(), old.keys()):
            files += _delete_if_old(store, old[name], before)
    gone = 0
    if drawings:
        for key in [key for key, _, _ in store.keys("artwork") if is_ours(key)]:
            store.delete(key)
            gone += 1
    return Swept(pictures, files, gone)


def findings(session: Session, store: MediaStore) -> Iterator[tuple[str, str, str]]:
    """Yield each file of a picture that is gone or is not what it was: what, its problem, the repair."""
    # All of them before the first file is read: that gives the session's connection back.
    rows = [
        row
        for model in (Image, ImageRendition)
        for row in session.execute(select(model.hash, model.size_bytes).order_by(model.hash))
    ]
    for name, size in rows:
        key = image_key(name)
        data = store.read(key)
        if data is None:
            yield key, "the file is gone", REPAIR
        elif len(data) != size or hash_of(data) != name:
            yield key, "the file is not what was stored", REPAIR


@retries_conflicts
def _forget_pictures(before: datetime, actor: str) -> int:
    with transaction() as session:
        # Locked first, looked at after: from here on nobody can begin to show one of them.
        old = select(Image.hash).where(Image.created_at < before, _unshown())
        locked = session.scalars(old.with_for_update(skip_locked=True)).all()
        found = sorted(session.scalars(select(Image.hash).where(Image.hash.in_(locked), _unshown())))
        if found:
            session.execute(delete(ImageRendition).where(ImageRendition.image_hash.in_(found)))
            session.execute(delete(Image).where(Image.hash.in_(found)))
            changes = [audit.Change("media.sweep", f"image:{name}", {"hash": name}, None) for name in found]
            audit.record(session, actor, changes)
        return len(found)


def _unshown() -> ColumnElement[bool]:
    shown = (exists().where(model.image_hash == Image.hash) for model in (ProductImage, VariantImage))
    return and_(*(~each for each in shown))


def _named(session: Session, names: Collection[str]) -> set[str]:
    """Return which files rows name."""
    return {
        name
        for model in (Image, ImageRendition)
        for name in session.scalars(select(model.hash).where(model.hash.in_(names)))
    }


def _delete_if_old(store: MediaStore, key: str, before: datetime) -> bool:
    # Looked at once more: whoever gives the same picture now has just written it again.
    written = store.written_at(key)
    if written is None or written >= before:
        return False
    store.delete(key)
    return True


def _in_batches(
    keys: Iterator[tuple[str, int, datetime]],
) -> Iterator[tuple[tuple[str, int, datetime], ...]]:
    while batch := tuple(islice(keys, _BATCH)):
        yield batch
