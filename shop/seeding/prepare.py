"""From a seed's folder to what it asks of the database, all checks done."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from shop.seeding import kinds
from shop.seeding.build import rows_of
from shop.seeding.errors import Faults, did_you_mean
from shop.seeding.references import check_references
from shop.seeding.rows import Rows
from shop.seeding.seed import Seed, read_seed


@dataclass(frozen=True)
class Opening:
    """The first count of a variant at a location."""

    sku: str
    location: str
    pieces: int


@dataclass(frozen=True)
class Wanted:
    """What a seed asks of the database."""

    rows: Rows
    openings: tuple[Opening, ...]


def prepare(folder: Path) -> Wanted:
    """Read and check a seed; the database is not needed.

    Raises:
        SeedRefused: With all faults: those of single files first, and those between files
            once every file alone is sound.
    """
    seed = read_seed(folder)
    faults = Faults()
    rows = rows_of(seed, faults)
    check_references(rows, seed)
    openings = _openings(rows, seed)
    faults.refuse()
    return Wanted(rows, openings)


def _openings(rows: Rows, seed: Seed) -> tuple[Opening, ...]:
    found: dict[tuple[str, str], Opening] = {}
    for item in seed.each("stock.yaml", "opening"):
        one = Opening(item["sku"], item["location"], item["pieces"])
        variant = rows[kinds.VARIANT].get(one.sku)
        if variant is None:
            guess = did_you_mean(one.sku, rows[kinds.VARIANT])
            rows.faults.add((item.place / "sku").fault(f"no such variant{guess}"))
        elif not variant.values["sellable"]:
            rows.faults.add((item.place / "sku").fault("this variant is not sold: it has no stock"))
        if one.location not in rows[kinds.LOCATION]:
            guess = did_you_mean(one.location, rows[kinds.LOCATION])
            rows.faults.add((item.place / "location").fault(f"no such location{guess}"))
        if found.setdefault((one.sku, one.location), one) is not one:
            rows.faults.add(item.place.fault("is counted twice at this location", show=False))
    return tuple(found.values())
