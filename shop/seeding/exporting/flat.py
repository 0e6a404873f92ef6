"""What of a whole seed's files fits in tables: variants, prices and first counts.

A row is a line of text, so what has lists of its own stays in its file: a variant with archive prices,
disputed amounts, codes of others or pictures, and the variants beside it, because a file's order is
the order in the shop. So does what holds a character that no table may.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from shop.seeding.exporting.stored import Entry
from shop.seeding.formats.csv_text import text_of
from shop.seeding.schemas import PRODUCTS_FOLDER
from shop.seeding.tables import BY_NAME, Table


class Flat:
    """The tables of a seed.

    Args:
        files: Of a whole seed, by name; what goes into the tables is taken out of them.
    """

    def __init__(self, files: dict[str, Entry]) -> None:
        self._rows: dict[str, list[dict[str, str]]] = {name: [] for name in BY_NAME}
        for name, tree in files.items():
            if name.startswith(f"{PRODUCTS_FOLDER}/"):
                for product in tree["products"]:
                    self._take_product(product)
        for accessory in files["accessories.yaml"]["accessories"]:
            self._take_prices(accessory)
        self._take(files["stock.yaml"], "opening", "stock.csv", {})

    def tables(self) -> Iterator[tuple[str, list[list[str]]]]:
        """Yield each table's name and its rows: first the columns' names, as many as are needed."""
        for name, rows in self._rows.items():
            table = BY_NAME[name]
            used = {*table.required, *(column for row in rows for column in row)}
            columns = [column for column in table.in_order if column in used]
            yield name, [columns, *([row.get(column, "") for column in columns] for row in rows)]

    def _take_product(self, product: Entry) -> None:
        variants: list[Entry] = product.get("variants", [])
        for variant in variants:
            self._take_prices(variant)
        # What is priced in the file still has its prices here, which no row of a variant can hold.
        self._take(product, "variants", "variants.csv", {"product": product["slug"]})

    def _take_prices(self, variant: Entry) -> None:
        self._take(variant, "prices", "prices.csv", {"sku": variant["style_code"].replace(" ", "")})

    def _take(self, owner: Entry, key: str, name: str, common: Entry) -> None:
        """Move the entries of a list into a table, all or none of them."""
        found = [_row(BY_NAME[name], {**common, **entry}) for entry in owner.get(key, ())]
        rows = [row for row in found if row is not None]
        if found and len(rows) == len(found):
            self._rows[name] += rows
            if name == "stock.csv":  # the file has to say that it has none
                owner[key] = []
            else:
                del owner[key]


def _row(table: Table, entry: Entry) -> dict[str, str] | None:
    """Return the cells of an entry by column; None where it does not fit in a row."""
    values: dict[str, Any] = {}
    for key, value in entry.items():
        if key in table.cells:
            values[key] = value
        elif value is True and "flags" in table.cells:
            values.setdefault("flags", []).append(key)
        else:
            return None
    row: dict[str, str] = {}
    for key, value in values.items():
        text = text_of(table.cells[key], value)
        if text is None:
            return None
        row[key] = text
    return row
