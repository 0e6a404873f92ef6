"""What rows name: by foreign keys, by lists of slugs, by words of a vocabulary, and as their sources."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain

from shop.seeding import kinds
from shop.seeding.kinds import Key, Kind, Values

#: Lists of products, by the kind of row that has them.
PRODUCTS: Mapping[Kind, tuple[str, ...]] = {
    kinds.SHELF: ("products",),
    kinds.PAIRING: ("products", "accessories"),
}

#: Columns that name rows without a foreign key.
LISTS: Mapping[Kind, Mapping[str, Kind]] = {
    **{kind: dict.fromkeys(columns, kinds.PRODUCT) for kind, columns in PRODUCTS.items()},
    kinds.MATERIAL: {"lining_hint": kinds.LINING},
}

#: Columns that may hold only words of a vocabulary.
TERMS: Mapping[Kind, Mapping[str, str]] = {
    kinds.PRODUCT: {
        "size": "size",
        "silhouette": "silhouette",
        "carry_modes": "carry_mode",
        "closure": "closure",
        "accessory_kind": "accessory_kind",
    },
    kinds.COMPONENT: {"kind": "component_kind"},
    kinds.VARIANT: {"evidence": "evidence"},
    kinds.MATERIAL: {"category": "material_category"},
    kinds.COLOUR: {"colour_family": "colour_family"},
    kinds.HARDWARE_SET: {"finish": "finish", "stud_scale": "stud_scale", "zip_pull_id": "zip_pull"},
    kinds.SET_ITEM: {"finish": "finish"},
    kinds.LINK: {"relation": "relation"},
}


def point(kind: Kind, values: Values, pointed: Mapping[Kind, set[Key]]) -> None:
    """Add what a row names to what is named."""
    for column, target in kind.references.items():
        pointed[target].add(values[column])
    for column, target in LISTS.get(kind, {}).items():
        pointed[target].update(values[column] or ())
    for column, vocabulary in TERMS.get(kind, {}).items():
        words = values[column] if isinstance(values[column], list) else [values[column]]
        pointed[kinds.TERM].update((vocabulary, word) for word in words)
    pointed[kinds.SOURCE].update(values.get("sources", ()))


def products_in(kind: Kind, values: Values) -> set[Key]:
    """Return the products that the lists of a row name, and its accessory."""
    found = set(chain.from_iterable(values[column] for column in PRODUCTS.get(kind, ())))
    if kind is kinds.COMPONENT and values["accessory_id"] is not None:
        found.add(values["accessory_id"])
    return found
