"""Small random catalogues, and what a facet must count in them, by looking at every variant."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from shop.catalogue.models import (
    Colour,
    Detail,
    DetailSet,
    DetailSetItem,
    Family,
    HardwareItem,
    HardwareSet,
    HardwareSetItem,
    Material,
    Product,
    Term,
    Variant,
)
from shop.inventory.models import Hold, Location, Stock
from shop.pricing.models import Market, Price

NOW = datetime.now(UTC)
BEFORE, AFTER = NOW - timedelta(days=30), NOW + timedelta(days=30)

FAMILIES, COLOURS, DETAILS, FINISHES = range(1, 4), range(1, 5), range(1, 4), ("gold", "silver", "brass")
SIZES, SILHOUETTES, COLOUR_FAMILIES = ("mini", "large"), ("hobo", "tote"), ("dark", "light")
#: Two materials of one group, and one that is called like that group.
MATERIALS = {"arena-lamb": "arena", "arena-calf": "arena", "arena": None, "denim": None}
#: Finish of the set, zip pull, and items with their finishes.
HARDWARE: dict[str, tuple[str, str | None, dict[str, str]]] = {
    "studs": ("gold", "lace", {"stud": "gold", "buckle": "brass"}),
    "plain": ("silver", None, {"buckle": "silver"}),
    "bare": ("silver", "lace", {}),
}
ITEMS = ("stud", "buckle", "lace")

_TABLES = (
    *(Hold, Stock, Location, Price, Variant, Product, HardwareSetItem, HardwareSet),
    *(HardwareItem, DetailSetItem, DetailSet, Detail, Colour, Material, Family, Term, Market),
)


@dataclass
class Bag:
    """A variant as a shopper in the market sees it, with what its product says."""

    product: int
    names: dict[str, set[str]]
    kind: str
    published: bool
    retired: bool
    charged: int | None
    available: int


def catalogue(session: Session, chance: random.Random) -> list[Bag]:
    """Put a random catalogue in the place of what is there, and return every variant of it."""
    for table in _TABLES:
        session.execute(delete(table))
    _vocabulary(session)
    return [bag for number in range(1, chance.randint(2, 9)) for bag in _product(session, chance, number)]


def _vocabulary(session: Session) -> None:
    facts: dict[str, Any] = {"sources": [], "flags": []}
    words = {"size": SIZES, "silhouette": SILHOUETTES, "finish": FINISHES, "colour_family": COLOUR_FAMILIES}
    for vocabulary, codes in words.items():
        for position, code in enumerate(codes):
            session.add(
                Term(vocabulary=vocabulary, code=code, position=-position, label=code.title(), sources=[])
            )
    session.add(
        Market(code="US", position=1, name="US", currency="USD", exponent=2, locale="en-US",
               countries=["US"], prices_include_tax=False, **facts)
    )  # fmt: skip
    session.add(Location(id=1, code="one", position=1, name="One", **facts))
    for n in FAMILIES:
        session.add(
            Family(id=n, slug=f"family-{n}", position=n, name=f"F{n}", role="core", sellable_new=True,
                   launched_year=2000, launched_is_disputed=False, **facts)
        )  # fmt: skip
    for n, (slug, group) in enumerate(MATERIALS.items(), 1):
        session.add(
            Material(id=n, slug=slug, position=n, name=slug, group=group, category="leather", finish="x",
                     is_exotic=False, outer_surface="leather", **facts)
        )  # fmt: skip
    for n in COLOURS:
        family = COLOUR_FAMILIES[n % 2]
        session.add(
            Colour(
                id=n,
                slug=f"colour-{n}",
                position=n,
                name=f"C{n}",
                colour_family=family,
                hex="#000000",
                **facts,
            )
        )
    for n in DETAILS:
        session.add(Detail(id=n, slug=f"detail-{n}", position=n, name=f"D{n}", rule={}, **facts))
    for n, slug in enumerate(ITEMS, 1):
        session.add(HardwareItem(id=n, slug=slug, position=n, name=slug, **facts))
    session.flush()
    for n, (slug, (finish, pull, items)) in enumerate(HARDWARE.items(), 1):
        pull_id = ITEMS.index(pull) + 1 if pull else None
        session.add(
            HardwareSet(id=n, slug=slug, position=n, name=slug, finish=finish, stud_scale="none",
                        zip_pull_id=pull_id, **facts)
        )  # fmt: skip
        session.flush()
        for position, (item, of_item) in enumerate(items.items()):
            session.add(
                HardwareSetItem(hardware_set_id=n, position=position, hardware_item_id=ITEMS.index(item) + 1,
                                finish=of_item)
            )  # fmt: skip
    session.flush()


def _product(session: Session, chance: random.Random, number: int) -> Iterator[Bag]:
    kind = chance.choice(["bag", "bag", "bag", "accessory"])
    family, size = chance.choice(FAMILIES), chance.choice([*SIZES, None])
    silhouette, sellable = chance.choice([*SILHOUETTES, None]), chance.random() < 0.9
    publish_at, unpublish_at = chance.choice(
        [(None, None), (None, None), (BEFORE, AFTER), (AFTER, None), (None, BEFORE)]
    )
    session.execute(
        insert(Product).values(
            id=number, slug=f"bag-{number}", position=chance.random() and 100 - number, kind=kind,
            family_id=family, name=f"Bag {number % 3}", size=size, silhouette=silhouette, sellable=sellable,
            launched_sorts_on=f"202{number % 3}-01-01", publish_at=publish_at, unpublish_at=unpublish_at,
            sources=[], flags=[],
        )
    )  # fmt: skip
    of_product = {
        "family": {f"family-{family}"},
        "size": {size} - {None},
        "silhouette": {silhouette} - {None},
    }
    published = (publish_at, unpublish_at) in ((None, None), (BEFORE, AFTER))
    for place in range(1, chance.randint(1, 4) + 1):
        bag = _variant(session, chance, number * 10 + place, number, sellable)
        bag.names |= of_product
        bag.kind, bag.published = kind, published
        yield bag


def _variant(session: Session, chance: random.Random, number: int, product: int, sellable: bool) -> Bag:
    material, colour = chance.choice([*MATERIALS, None]), chance.choice([*COLOURS, None])
    hardware, details = chance.choice([*HARDWARE, None]), chance.sample(DETAILS, chance.randint(0, 3))
    if details:
        session.execute(insert(DetailSet).values(id=number, slug=f"set-{number}"))
    for detail in details:
        session.execute(insert(DetailSetItem).values(detail_set_id=number, detail_id=detail))
    own, retired = chance.random() < 0.9, chance.random() < 0.15
    session.execute(
        insert(Variant).values(
            id=number, sku=f"SKU{number}", slug=f"variant-{number}", position=number, product_id=product,
            material_id=[*MATERIALS].index(material) + 1 if material else None, colour_id=colour,
            hardware_set_id=[*HARDWARE].index(hardware) + 1 if hardware else None,
            detail_set_id=number if details else None, style_code=f"SKU{number}",
            code_is_assigned=True, sellable=own, is_retired=retired, evidence="illustrative",
            external_ids=[], sources=[], flags=[],
        )
    )  # fmt: skip
    amount, pieces = _prices(session, chance, number), _pieces(session, chance, number)
    charged = amount if own and sellable else None
    finish, pull, items = HARDWARE[hardware] if hardware else ("", None, {})
    names = {
        "material": {material, MATERIALS[material]} - {None} if material else set(),
        "colour": {f"colour-{colour}"} if colour else set(),
        "colour_family": {COLOUR_FAMILIES[colour % 2]} if colour else set(),
        "hardware": {hardware, pull, *items} - {None},
        "finish": {finish, *items.values()} - {""},
        "detail": {f"detail-{detail}" for detail in details},
    }
    return Bag(product, names, "", True, retired, charged, pieces if charged else 0)  # type: ignore[arg-type]


def _prices(session: Session, chance: random.Random, variant: int) -> int | None:
    """Insert prices of which one at most holds now: the market's before the currency's."""
    charged = None
    for market in (None, "US"):
        if chance.random() < 0.3:
            continue
        amount = chance.randint(1, 40) * 10
        sale = amount - 5 if chance.random() < 0.3 else None
        ended, coming = chance.random() < 0.15, chance.random() < 0.15
        session.execute(
            insert(Price).values(
                variant_id=variant, currency="USD", market_code=market, amount_minor=amount,
                sale_amount_minor=sale, valid_from=AFTER if coming else BEFORE,
                valid_to=None if coming or not ended else BEFORE + timedelta(days=1), is_illustrative=True,
            )
        )  # fmt: skip
        if not (ended or coming):
            charged = sale or amount
    return charged


def _pieces(session: Session, chance: random.Random, variant: int) -> int:
    on_hand = chance.choice([0, 0, 1, 3])
    held = chance.randint(0, on_hand)
    if chance.random() < 0.8:
        session.execute(insert(Stock).values(variant_id=variant, location_id=1, on_hand=on_hand, held=held))
        return on_hand - held
    return 0
