"""What a drawing is made of: the facts of a variant, reduced to what can be seen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

#: Moves whenever the same facts are drawn in another way; part of every address.
EDITION = 1

#: Which shape a bag has, by family and silhouette; by silhouette alone where no family says otherwise.
_SHAPES = {
    ("le-cagole", "shoulder-bag"): "cagole",
    ("neo-cagole", "handbag"): "neo-cagole",
    ("neo-classic", "handbag"): "neo-classic",
    ("rodeo", "handbag"): "rodeo",
    ("hourglass", "top-handle"): "hourglass",
    ("hourglass", "wallet-on-chain"): "hourglass-chain",
    ("hourglass", "sling"): "hourglass-chain",
    ("hourglass", "chain-bag"): "hourglass-chain",
}
_BY_SILHOUETTE = {
    "handbag": "city",
    "shoulder-bag": "cagole",
    "hobo": "hobo",
    "top-handle": "hourglass",
    "tote": "tote",
    "sling": "sling",
    "duffle": "duffle",
    "bucket": "bucket",
    "backpack": "backpack",
    "wallet-on-chain": "hourglass-chain",
    "chain-bag": "hourglass-chain",
    "multipouch": "multipouch",
    "boot-bag": "boot",
    "heart": "heart",
    "east-west": "east-west",
    "clutch": "pouch",
    "wallet": "wallet",
    "belt": "belt",
}
_ACCESSORIES = {
    "belt": "belt",
    "strap": "strap",
    "mirror": "mirror",
    "pouch": "pouch",
    "charm-set": "charms",
    "keyring": "charms",
}
#: The first that a material's words contain decides how its surface is drawn.
_SURFACES = (
    ("crocodile", "scales"),
    ("exotic", "scales"),
    ("floral", "floral"),
    ("rhinestones", "crystals"),
    ("sparkling", "crystals"),
    ("denim", "twill"),
    ("perforated", "perforated"),
    ("metalli", "metallic"),
    ("suede", "suede"),
    ("matte", "suede"),
    ("grained", "grain"),
    ("distressed", "creased"),
    ("storico", "creased"),
    ("craquel", "creased"),
    ("shiny", "gloss"),
    ("gloss", "gloss"),
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What can be seen of a variant.

    Attributes:
        shape: One that ``scene`` can draw.
        ground: Of the sheet, by family.
        width_mm: Outer width.
        height_mm: Outer height without handles.
        colour: ``#rrggbb``.
        surface: How the material looks: ``smooth``, ``creased``, ``scales`` ...
        metal: Finish of the hardware.
        studs: A code of the ``stud_scale`` vocabulary.
        pull: What hangs from the zip: ``laced``, ``knotted``, ``tassel``, ``none``.
        mirror: ``heart``, ``framed`` or empty.
        laced: Whether handles and straps are whip-stitched.
        crystals: Whether the hardware is set with rhinestones.
    """

    shape: str
    ground: str = "stone"
    width_mm: int = 300
    height_mm: int = 200
    colour: str = "#8C8C8C"
    surface: str = "smooth"
    metal: str = "silver"
    studs: str = "none"
    pull: str = "none"
    mirror: str = ""
    laced: bool = False
    crystals: bool = False

    @property
    def digest(self) -> str:
        """Name of the drawing: of these facts, drawn as this edition draws them."""
        said = json.dumps({**asdict(self), "edition": EDITION}, sort_keys=True)
        return hashlib.sha256(said.encode()).hexdigest()[:32]


def facts_of(row: Mapping[str, Any]) -> Facts:
    """Return what can be seen of a variant.

    Args:
        row: Of :func:`shop.media.queries.artwork_facts`; what is not known is None.
    """
    silhouette, family = row["silhouette"], row["family"]
    shape = _SHAPES.get((family, silhouette)) or _BY_SILHOUETTE.get(silhouette or "")
    mirror = row["mirror"]
    return Facts(
        shape=shape or _ACCESSORIES.get(row["accessory_kind"] or "", "pouch"),
        ground=family,
        width_mm=row["width_mm"] or 240,
        height_mm=row["height_mm"] or 160,
        colour=(row["colour"] or "#3A3632").lower(),
        surface=_surface(row),
        metal=row["metal"] or "aged-silver",
        studs=row["studs"] or "none",
        pull=(row["pull"] or "none").removeprefix("zip-pull-"),
        mirror="" if mirror is None else "heart" if "heart" in mirror else "framed",
        laced=any(word in f"{row['handle']} {row['strap']}" for word in ("braided", "stitched")),
        crystals=row["crystals"] is not None,
    )


def _surface(row: Mapping[str, Any]) -> str:
    words = " ".join(filter(None, (row["embossed_as"], row["finish"]))).casefold()
    return next((surface for word, surface in _SURFACES if word in words), "smooth")
