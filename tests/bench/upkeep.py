"""What the shop keeps beside its rows, for rows that did not come through its own seeding.

The one place that knows: whatever seeding maintains when it writes (words to find a product by, an
index of them, the catalogue's revision) is called here, by the shop's own functions.
"""

from __future__ import annotations

import importlib
from types import ModuleType

from flask import Flask

from shop.catalogue.models import Product
from shop.kit.db import transaction
from shop.seeding import kinds
from shop.seeding.errors import Faults
from shop.seeding.formats.documents import Place
from shop.seeding.kinds import Values
from shop.seeding.rows import Row, Rows
from tests.bench.generator import Product as Generated
from tests.bench.vocabulary import vocabulary


def columns_beside(product: Generated, place: Place) -> Values:
    """Return what seeding writes into a product's row beside what a seed says."""
    if "search_text" not in Product.__table__.c:
        return {}
    real = vocabulary().rows
    rows = Rows(Faults())
    for kind in (kinds.FAMILY, kinds.MATERIAL, kinds.COLOUR, kinds.HARDWARE_SET):
        rows.by_kind[kind] = real[kind]
    rows.by_kind[kinds.VARIANT] = {
        variant["sku"]: Row({"label": None, "edition": None, **variant}, place, {})
        for variant in product.variants
    }
    words = importlib.import_module("shop.seeding.search").search_text(rows, Row(product.values, place, {}))
    return {"search_text": words}


def keep_up(app: Flask) -> None:
    """Bring up to date what the shop derives from its rows, once all of them are written.

    Args:
        app: On the database that was filled.
    """
    with app.app_context(), transaction() as session:
        if index := _module("shop.search.index"):
            index.reindex(session)
        if catalogue := _module("shop.catalogue.service"):
            catalogue.publish(session)


def _module(name: str) -> ModuleType | None:
    """Return a part of the shop, None where it has none such."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        return None
