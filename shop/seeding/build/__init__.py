"""From the entries of a seed to the rows they ask for, one file a subject."""

from __future__ import annotations

from shop.seeding.build.evidence import add_evidence
from shop.seeding.build.families import add_campaigns, add_families
from shop.seeding.build.parts import add_parts
from shop.seeding.build.products import add_products
from shop.seeding.build.trade import add_trade
from shop.seeding.errors import Faults
from shop.seeding.rows import Rows
from shop.seeding.seed import Seed


def rows_of(seed: Seed, faults: Faults) -> Rows:
    """Return every row a seed asks for.

    Args:
        seed: Checked file by file.
        faults: Gets what contradicts across entries.
    """
    rows = Rows(faults)
    rows.declared = seed.declared
    rows.images = seed.images
    add_evidence(rows, seed)
    add_families(rows, seed)
    add_parts(rows, seed)
    add_products(rows, seed)
    add_campaigns(rows, seed)
    add_trade(rows, seed)
    return rows
