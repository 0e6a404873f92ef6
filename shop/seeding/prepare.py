"""From a seed's files to what they ask of the database, all checks done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from shop.seeding import kinds
from shop.seeding.build import rows_of
from shop.seeding.build.products import add_details, add_tables, refuse_without_price
from shop.seeding.build.trade import check_prices
from shop.seeding.current import Current, nothing
from shop.seeding.errors import Faults, did_you_mean
from shop.seeding.kinds import Key, Kind
from shop.seeding.merge import FILE_OF, Ending, hold
from shop.seeding.pictures import find_pictures
from shop.seeding.places import put_in_order
from shop.seeding.references import check_accessories, check_references, check_unique
from shop.seeding.rows import Rows
from shop.seeding.schemas import PRODUCTS_FOLDER
from shop.seeding.seed import Item, Seed, read_seed


@dataclass(frozen=True)
class Opening:
    """The first count of a variant at a location."""

    sku: str
    location: str
    pieces: int


@dataclass(frozen=True)
class Wanted:
    """What a seed asks of the database.

    Attributes:
        rows: As they shall be, those of the database that stay too.
        openings: Counts of stock.
        kept: What is gone from the files and would go with ``--prune``.
    """

    rows: Rows
    openings: tuple[Opening, ...]
    kept: dict[Kind, list[Key]] = field(default_factory=dict)


def prepare(
    path: Path,
    current: Callable[[], Current] = nothing,
    *,
    prune: bool = False,
) -> Wanted:
    """Read and check a seed.

    Args:
        path: A folder or a file.
        current: Reads the database; not called where the files are wrong in themselves.
        prune: Whether what is gone from the files goes.

    Raises:
        SeedRefused: With all faults, those of single entries and those between them.
    """
    faults = Faults()
    seed = read_seed(path, faults)
    find_pictures(seed, path, faults)
    return complete(seed, faults, current, prune=prune)


def complete(seed: Seed, faults: Faults, current: Callable[[], Current], *, prune: bool | Ending) -> Wanted:
    """Check what the entries of a seed say of each other, and of the database.

    Args:
        seed: Its entries that are sound.
        faults: What was found wrong so far.
        current: Reads the database.
        prune: Whether what is gone from the files goes; or which rows do.

    Raises:
        SeedRefused: With all faults.
    """
    rows = rows_of(seed, faults)
    rows.unread = _unread(seed)

    @cache
    def read() -> Current:
        found = current()
        found.reach(rows, seed)
        return found

    rows.stored = lambda kind: read().names(kind)
    if len(faults):
        rows.declared |= {item["style_code"].replace(" ", "") for item in seed.rows("variants.csv")}
        check_references(rows, seed)
        _check_tables(rows, seed)
        for item in seed.rows("prices.csv"):  # elsewhere each is a row, and checked as one
            _find(rows, item, "sku", kinds.VARIANT)
        _openings(rows, seed)
        faults.refuse(unread=bool(seed.unread))
    held = read()
    kept = hold(rows, seed, held, prune=prune)
    rows.stored = held.unread
    add_tables(rows, seed, held)
    check_references(rows, seed)
    _check_tables(rows, seed)
    put_in_order(rows, held)
    check_prices(rows)
    check_unique(rows, held)
    check_accessories(rows, held.rows[kinds.VARIANT])
    refuse_without_price(rows)
    add_details(rows, held)
    openings = _openings(rows, seed)
    faults.refuse()
    return Wanted(rows, openings, kept)


def _unread(seed: Seed) -> set[Kind]:
    unread = {kind for kind, file in FILE_OF.items() if file in seed.unread}
    if any(name.startswith(PRODUCTS_FOLDER) or name == "" for name in seed.unread):
        unread |= {kinds.PRODUCT, kinds.VARIANT}
    if seed.unread & {"accessories.yaml", "variants.csv"}:
        unread |= {kinds.PRODUCT, kinds.VARIANT}
    return unread


def _check_tables(rows: Rows, seed: Seed) -> None:
    """Check what rows of tables point at that make no row of their own."""
    for item in seed.rows("variants.csv"):
        _find(rows, item, "product", kinds.PRODUCT)


def _find(rows: Rows, item: Item, key: str, kind: Kind) -> None:
    if not rows.has(kind, item[key]):
        guess = did_you_mean(item[key], [*rows[kind], *rows.stored(kind)])
        rows.faults.add((item.place / key).fault(f"no such {kind.table.name}{guess}"))


def _openings(rows: Rows, seed: Seed) -> tuple[Opening, ...]:
    found: dict[tuple[str, str], Opening] = {}
    for item in [*seed.each("stock.yaml", "opening"), *seed.rows("stock.csv")]:
        one = Opening(item["sku"], item["location"], item["pieces"])
        variant = rows[kinds.VARIANT].get(one.sku)
        if variant is None:
            _find(rows, item, "sku", kinds.VARIANT)
        elif not variant.values["sellable"]:
            rows.faults.add((item.place / "sku").fault("this variant is not sold: it has no stock"))
        _find(rows, item, "location", kinds.LOCATION)
        if found.setdefault((one.sku, one.location), one) is not one:
            rows.faults.add(item.place.fault("is counted twice at this location", show=False))
    return tuple(found.values())
