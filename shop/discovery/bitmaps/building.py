"""Reading a catalogue from the database, a batch of variants at a time."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pyroaring import BitMap
from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from shop.catalogue.models import CatalogueRevision, Family, Product, Variant
from shop.discovery.bitmaps.catalogue import NO_SLOT, Catalogue, Places, Value, Window
from shop.discovery.bitmaps.variant_sets import Gathered, VariantSet, gathering
from shop.discovery.facets import VALUES
from shop.discovery.filters import KNOWN, PARTS
from shop.discovery.naming import NAMES
from shop.inventory.models import Stock

#: Variants that are read at a time.
BATCH = 20_000

#: By the column of the variant, and the id of what it points at.
_Parts = dict[str, dict[int, Gathered]]


def read_catalogue(session: Session) -> Catalogue | None:
    """Read the catalogue that the database publishes; None where it was changed meanwhile.

    Args:
        session: To read with. Its statements need not see one state: the revision tells whether
            they did.
    """
    revision = _revision(session)
    products = session.execute(_products()).all()
    numbers = {row.id: number for number, row in enumerate(products)}
    places, variants, for_sale, parts = _variants(session, numbers)
    for_sale = for_sale.of_products(BitMap(n for n, row in enumerate(products) if row.sellable))
    named = {name: _named(session, name, parts[_column(name)]) for name in NAMES}
    families = session.execute(select(Family.id, Family.slug, Family.name).order_by(Family.position)).all()
    by_family = _by(products, "family_id")
    catalogue = Catalogue(
        revision=revision,
        ids=array("Q", numbers),
        positions=array("q", (row.position for row in products)),
        kinds=_by(products, "kind"),
        families={row.slug: by_family.get(row.id, BitMap()) for row in families},
        attributes={name: _by(products, name) for name in ("size", "silhouette")},
        windows=[
            Window(number, row.publish_at, row.unpublish_at)
            for number, row in enumerate(products)
            if row.publish_at or row.unpublish_at
        ],
        places=places,
        variants=variants,
        for_sale=for_sale,
        named=named,
        values={
            name: [Value(row.slug, row.name, row.hex, row.group) for row in _values(session, name)]
            for name in VALUES
            if name != "family"
        }
        | {"family": [Value(row.slug, row.name) for row in families]},
        known={
            name: frozenset(session.scalars(statement()))
            for name, statement in KNOWN.items()
            if name != "family"
        },
    )
    return catalogue if _revision(session) == revision else None


def _revision(session: Session) -> int:
    return session.execute(select(CatalogueRevision.number)).scalar_one()


def _products() -> Any:
    return select(
        Product.id,
        Product.position,
        Product.kind,
        Product.family_id,
        Product.size,
        Product.silhouette,
        Product.sellable,
        Product.publish_at,
        Product.unpublish_at,
    ).order_by(Product.position)


def _by(products: Sequence[Row[*tuple[Any, ...]]], column: str) -> Mapping[Any, BitMap]:
    found: dict[Any, array[int]] = defaultdict(lambda: array("I"))
    for number, row in enumerate(products):
        found[getattr(row, column)].append(number)
    return {value: BitMap(numbers) for value, numbers in found.items() if value is not None}


def _column(name: str) -> str:
    return PARTS[name].key if name in PARTS else name


def _values(session: Session, name: str) -> Any:
    values = VALUES[name]().subquery()
    return session.execute(select(values).order_by(values.c.position, values.c.slug))


def _variants(session: Session, numbers: Mapping[int, int]) -> tuple[Places, VariantSet, VariantSet, _Parts]:
    """Give each variant its place, and gather it by what it is made of."""
    end = (session.scalar(select(func.max(Variant.id))) or 0) + 1
    places = Places(array("I", bytes(4 * end)), array("H", [NO_SLOT]) * end, array("H", bytes(2 * end)))
    used = array("H", bytes(2 * len(numbers)))
    everyone, for_sale = gathering(), gathering()
    parts: _Parts = defaultdict(lambda: defaultdict(gathering))
    columns = list(dict.fromkeys(PARTS.values()))
    gathered = [parts[column.key] for column in columns]
    wanted = (Variant.id, Variant.product_id, Variant.sellable, *columns)
    for first in range(0, end, BATCH):
        among = (Variant.id >= first, Variant.id < first + BATCH, Variant.is_retired.is_(False))
        for variant_id, product_id, sellable, *pointed_at in session.execute(select(*wanted).where(*among)):
            number = places.number[variant_id] = numbers[product_id]
            slot = places.slot[variant_id] = used[number]
            used[number] += 1
            everyone[slot].append(number)
            if sellable:
                for_sale[slot].append(number)
            for by_part, part in zip(gathered, pointed_at, strict=True):
                if part is not None:
                    by_part[part][slot].append(number)
        for variant_id, locations in _locations(session, first):
            if variant_id < end:
                places.locations[variant_id] = locations
    return places, VariantSet.of(everyone), VariantSet.of(for_sale), parts


def _locations(session: Session, first: int) -> Iterator[tuple[int, int]]:
    its = Stock.variant_id
    query = select(its, func.count()).where(its >= first, its < first + BATCH).group_by(its)
    return iter(session.execute(query))


def _named(session: Session, name: str, by_part: Mapping[int, Gathered]) -> Mapping[str, VariantSet]:
    """Return the variants by what their part is called: one may have several names."""
    sets = {part: VariantSet.of(gathered) for part, gathered in by_part.items()}
    called: dict[str, list[VariantSet]] = defaultdict(list)
    names = NAMES[name]().subquery()
    for part, value in session.execute(select(names.c.id, names.c.value)):
        if part in sets:
            called[value].append(sets[part])
    return {value: VariantSet.union(each) for value, each in called.items()}
