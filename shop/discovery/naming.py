"""What filters and facets call the parts of a variant: one part may have several names.

A filter takes every variant whose part has one of the names asked for, and a facet counts by the
same names, so that a count is what the filter would find.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import CompoundSelect, Select, select, union

from shop.catalogue.models import (
    Colour,
    Detail,
    DetailSetItem,
    HardwareItem,
    HardwareSet,
    HardwareSetItem,
    Material,
)

Names = Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]]


def _materials() -> Names:
    grouped = select(Material.id, Material.group).where(Material.group.is_not(None))
    return union(select(Material.id.label("id"), Material.slug.label("value")), grouped)


def _hardware() -> Names:
    """Return the names of the sets, and of the items that each holds or pulls its zip with."""
    by_item = select(HardwareSetItem.hardware_set_id, HardwareItem.slug).join(HardwareSetItem.item)
    by_pull = select(HardwareSet.id, HardwareItem.slug).join(HardwareSet.zip_pull)
    return union(select(HardwareSet.id.label("id"), HardwareSet.slug.label("value")), by_item, by_pull)


def _finishes() -> Names:
    """Return the finishes of the sets: of each as a whole, and of every item in it."""
    by_item = select(HardwareSetItem.hardware_set_id, HardwareSetItem.finish)
    return union(select(HardwareSet.id.label("id"), HardwareSet.finish.label("value")), by_item)


def _details() -> Names:
    """Return the details in each set."""
    named = select(DetailSetItem.detail_set_id.label("id"), Detail.slug.label("value"))
    return named.join(Detail, Detail.id == DetailSetItem.detail_id)


#: Columns ``id``, of what the variant points at, and ``value``; by the name of the filter.
NAMES: Mapping[str, Callable[[], Names]] = {
    "material": _materials,
    "colour": lambda: select(Colour.id.label("id"), Colour.slug.label("value")),
    "colour_family": lambda: select(Colour.id.label("id"), Colour.colour_family.label("value")),
    "hardware": _hardware,
    "finish": _finishes,
    "detail": _details,
}
