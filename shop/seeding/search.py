"""The words a product is found by."""

from __future__ import annotations

from collections.abc import Iterator

from shop.kit.text import fold
from shop.seeding import kinds
from shop.seeding.rows import Row, Rows


def search_text(rows: Rows, product: Row) -> str:
    """Return every name a product is found by: folded, each once.

    Trade names count (RH, G21, Lariat): collectors search by them.
    """
    return " ".join(dict.fromkeys(fold(text) for text in _texts(rows, product) if text))


def _texts(rows: Rows, product: Row) -> Iterator[str | None]:
    values = product.values
    yield values["name"]
    yield from values["aliases"]
    yield from (former["name"] for former in values["former_names"])
    yield from (values["silhouette"], values["accessory_kind"], values["edition"], values["co_brand"])
    yield from values["model_codes"]
    if family := rows[kinds.FAMILY].get(values["family_id"]):
        yield family.values["name"]
        yield from family.values["aliases"]
    for variant in rows.of(kinds.VARIANT, "product_id", values["slug"]):
        material = rows[kinds.MATERIAL].get(variant["material_id"])
        colour = rows[kinds.COLOUR].get(variant["colour_id"])
        hardware = rows[kinds.HARDWARE_SET].get(variant["hardware_set_id"])
        if material:
            yield material.values["name"]
        if colour:
            yield from (colour.values["name"], colour.values["french_name"], *colour.values["aliases"])
        if hardware:
            yield hardware.values["trade_code"]
        yield from (variant["label"], variant["edition"], variant["sku"], variant["style_code"])
