"""Rows of where pictures are shown."""

from __future__ import annotations

from shop.seeding.kinds import Key, Kind
from shop.seeding.pictures import name_of
from shop.seeding.rows import Rows
from shop.seeding.seed import Item


def add_images(rows: Rows, kind: Kind, item: Item, owner: Key) -> None:
    """Add the pictures of an entry, in their order.

    Args:
        rows: Get them, and their faults.
        kind: Of a product's or of a variant's pictures.
        item: The entry; without ``images`` it says nothing of them.
        owner: The product's slug or the variant's SKU.
    """
    if "images" not in item.values:
        rows.unspoken.add((kind, owner))
        return
    seen: set[str] = set()
    for position, image in enumerate(item.each("images"), 1):
        name = rows.images.get(name_of(image))
        if name is None:  # it was said why
            continue
        if name in seen:
            rows.faults.add((image.place / "file").fault("is shown here twice"))
            continue
        seen.add(name)
        columns = {kind.key[0]: owner, "position": position, "image_hash": name}
        rows.add(kind, image, but={"file"}, stands_at={"image_hash": "file"}, **columns)
