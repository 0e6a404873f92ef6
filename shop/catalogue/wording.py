"""How a variant is put into a line or a sentence, for programs that want text: made of its facts alone."""

from __future__ import annotations

from shop.catalogue.models import Variant

#: The house whose bags these are.
BRAND = "Balenciaga"


def title_of(variant: Variant) -> str:
    """Return a line that tells a variant from others: ``Le City Bag Medium, Black, Arena lambskin``."""
    parts = [part.name for part in (variant.colour, variant.material) if part]
    return ", ".join([variant.product.name, *parts, *([variant.label] if variant.label else [])])


def description_of(variant: Variant) -> str:
    """Return what is known of a variant as sentences."""
    parts = {"Colour": variant.colour, "Material": variant.material, "Hardware": variant.hardware}
    known = {name: part.name for name, part in parts.items() if part}
    known |= {"Edition": variant.edition} if variant.edition else {}
    sentences = [f"{variant.product.name} of the family {variant.product.family.name}"]
    sentences += [f"{name}: {value}" for name, value in known.items()]
    return " ".join(f"{sentence}." for sentence in sentences)
