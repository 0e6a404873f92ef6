"""Writing the catalogue out as seed files; the same catalogue gives the same bytes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from shop.catalogue.models import Variant
from shop.inventory.models import Location, Movement, Stock
from shop.kit.db import db
from shop.media.store import current_store, image_key
from shop.seeding.current import read_current
from shop.seeding.entries import files_of, picture_file
from shop.seeding.fields import SCHEMA
from shop.seeding.files import FORMATS
from shop.seeding.kinds import PRODUCT_IMAGE, VARIANT_IMAGE
from shop.seeding.stored import Stored
from shop.seeding.text import as_json, as_yaml

_WRITERS: dict[str, Callable[[Any], str]] = {"yaml": as_yaml, "json": as_json}


class NotExportableError(Exception):
    """The folder holds other files of a seed, or a picture's file is gone."""


def write(folder: Path, form: str) -> int:
    """Write the catalogue into a folder; return how many files.

    Args:
        folder: Made if it is not there; an earlier export in it is written over.
        form: ``yaml`` or ``json``.

    Raises:
        NotExportableError: The folder holds other seed files; nothing was written. Or the file of a
            picture is gone.
    """
    connection = db.session.connection()
    stored = Stored(read_current(connection))
    trees = files_of(stored, _openings(connection))
    pictures = {values["image_hash"] for kind in (PRODUCT_IMAGE, VARIANT_IMAGE) for values in stored[kind]}
    texts = {
        Path(name).with_suffix(f".{form}"): _WRITERS[form]({"schema": SCHEMA, **tree})
        for name, tree in trees.items()
    }
    others = sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.suffix in FORMATS and path.relative_to(folder) not in texts
    )
    if others:
        raise NotExportableError(f"{folder} holds other seed files: {', '.join(others[:5])}")
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    for picture in sorted(pictures):
        _write_picture(folder, picture)
    return len(texts) + len(pictures)


def _write_picture(folder: Path, picture: str) -> None:
    data = current_store().read(image_key(picture))
    if data is None:
        raise NotExportableError(f"the file of picture {picture} is gone: `shop verify media`")
    path = folder / picture_file(picture)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _openings(connection: Connection) -> list[dict[str, Any]]:
    """Return the first counts of what is sold: what arrived or was sold since is no seed's matter."""
    first = Movement.variant_id == Stock.variant_id
    first &= (Movement.location_id == Stock.location_id) & (Movement.kind == "opening")
    counted = (
        select(Variant.sku, Location.code, Movement.on_hand_delta)
        .select_from(Stock)
        .join(Variant, Variant.id == Stock.variant_id)
        .join(Location, Location.id == Stock.location_id)
        .outerjoin(Movement, first)
        .where(Variant.sellable, ~Variant.is_retired)
        .order_by(Variant.sku, Location.position)
    )
    return [
        {"sku": sku, "location": location, "pieces": pieces or 0}
        for sku, location, pieces in connection.execute(counted)
    ]
