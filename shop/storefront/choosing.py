"""Which variant of a product is shown, and which link leads to which other one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from shop.discovery.offers import Offer

#: What a shopper chooses by, and how much it counts that a choice elsewhere leaves it as it is: the
#: colour is kept before the material, the material before the hardware.
_PARTS: dict[str, tuple[int, Callable[[Offer], Any]]] = {
    "material": (2, lambda offer: offer.variant.material),
    "colour": (4, lambda offer: offer.variant.colour),
    "hardware": (1, lambda offer: offer.variant.hardware),
}

_MOST_ALIKE = sum(weight for weight, _ in _PARTS.values())


@dataclass(frozen=True, slots=True)
class Option:
    """A value of a choice, and the variant it leads to.

    Attributes:
        part: Material, colour or hardware set; None: without one, or among variants that look alike.
        offer: What is shown when it is chosen.
        selected: Whether it is the one shown.
        buyable: Whether anything that has it can be bought now.
    """

    part: Any
    offer: Offer
    selected: bool
    buyable: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """What a shopper chooses by: ``material``, ``colour``, ``hardware``, or ``version`` among lookalikes."""

    name: str
    options: Sequence[Option]


def first_shown(offers: Sequence[Offer]) -> Offer | None:
    """Return what is shown of a product when nothing was chosen: the first that can be bought."""
    return next((each for each in offers if each.available), offers[0] if offers else None)


def choices(offers: Sequence[Offer], shown: Offer) -> list[Choice]:
    """Return every choice of a product, with a link for each value.

    Whatever is offered can be reached: choose its colour, then its material, its hardware, and the
    version where several look alike.
    """
    found = []
    for name, (_, part_of) in _PARTS.items():
        parts = {_id(part): part for part in map(part_of, offers)}
        options = [_option(part, part_of, offers, shown) for part in parts.values()]
        found.append(Choice(name, options))
    alike = [
        each for each in offers if _likeness(each, shown) == sum(weight for weight, _ in _PARTS.values())
    ]
    versions = [Option(None, each, each is shown, bool(each.available)) for each in alike]
    return [*found, Choice("version", versions if len(versions) > 1 else [])]


def _option(part: Any, part_of: Callable[[Offer], Any], offers: Sequence[Offer], shown: Offer) -> Option:
    having = [each for each in offers if _id(part_of(each)) == _id(part)]
    selected = shown in having
    buyable = any(each.available for each in having)
    # What can be bought comes before what cannot, among those that change as little.
    nearest = (
        shown if selected else max(having, key=lambda each: (_likeness(each, shown), bool(each.available)))
    )
    return Option(part, nearest, selected, buyable)


def _likeness(one: Offer, other: Offer) -> int:
    return sum(weight for weight, part_of in _PARTS.values() if _id(part_of(one)) == _id(part_of(other)))


def _id(part: Any) -> int | None:
    return None if part is None else part.id
