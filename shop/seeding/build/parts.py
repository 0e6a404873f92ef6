"""Rows of materials, colours, hardware and details."""

from __future__ import annotations

from shop.seeding import kinds
from shop.seeding.rows import Rows
from shop.seeding.seed import Item, Seed


def add_parts(rows: Rows, seed: Seed) -> None:
    """Add what bags are made of, and what shoppers filter by."""
    for position, item in enumerate(seed.each("materials.yaml", "materials"), 1):
        _add_material(rows, item, position)
    for position, item in enumerate(seed.each("materials.yaml", "linings"), 1):
        rows.add(kinds.LINING, item, position=position)
    for position, item in enumerate(seed.each("colours.yaml", "colours"), 1):
        rows.add(kinds.COLOUR, item, position=position)
    for position, item in enumerate(seed.each("hardware.yaml", "items"), 1):
        rows.add(kinds.HARDWARE_ITEM, item, position=position)
    for position, item in enumerate(seed.each("hardware.yaml", "sets"), 1):
        rows.add(kinds.HARDWARE_SET, item, but={"items"}, position=position)
        for index, part in enumerate(item.each("items"), 1):
            renamed = {"item": "hardware_item_id"}
            rows.add(kinds.SET_ITEM, part, renamed=renamed, hardware_set_id=item["slug"], position=index)
    for position, item in enumerate(seed.each("details.yaml", "details"), 1):
        rows.add(kinds.DETAIL, item, position=position)


def _add_material(rows: Rows, item: Item, position: int) -> None:
    flags = set(item["flags"])
    if any(part.get("is_illustrative") for part in item.each("composition")):
        flags.add("composition_is_illustrative")
    rows.add(kinds.MATERIAL, item, but={"flags", "used_by_variants"}, position=position, flags=sorted(flags))
