"""Rows of products, components, variants, prices and accessories."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from shop.kit.text import fuzzy_date_start
from shop.seeding import kinds
from shop.seeding.build.images import add_images
from shop.seeding.current import Current
from shop.seeding.details import add_detail_sets
from shop.seeding.kinds import Values
from shop.seeding.rows import Row, Rows
from shop.seeding.seed import Item, Seed

#: A price that does not say since when has always been valid.
ALWAYS = datetime(2024, 1, 1, tzinfo=UTC)

#: Placeholders begin so; see the data's own policy in ``house.yaml``.
PLACEHOLDER = "Z"

#: Of families, in the order of their products.
ROLES = ("core", "related", "heritage")


def add_products(rows: Rows, seed: Seed) -> None:
    """Add products with all that hangs on them, in the merchandiser's order."""
    for file in seed.product_files():
        for item in file.each("products"):
            _add_product(rows, item, file)
    for item in seed.each("accessories.yaml", "accessories"):
        _add_accessory(rows, item)
    for position, item in enumerate(seed.each("accessories.yaml", "pairings"), 1):
        rows.add(kinds.PAIRING, item, position=position)
    for position, item in enumerate(seed.each("accessories.yaml", "personalisation"), 1):
        rows.add(kinds.PERSONALISATION, item, position=position)
    _refuse_unused_materials(rows, seed)
    _put_in_order(rows)


def add_tables(rows: Rows, seed: Seed, current: Current) -> None:
    """Add the rows of tables, whose empty columns leave as it is what the database holds.

    Not those of a whole seed: it says all there is, whichever file says it.

    Args:
        rows: Of the other files, and of the database.
        seed: The files.
        current: What the database holds.
    """
    last: dict[str, int] = {}
    for row in rows[kinds.VARIANT].values():
        of = row.values["product_id"]
        last[of] = max(last.get(of, 0), row.values["position"])
    for item in seed.rows("variants.csv"):
        product = rows[kinds.PRODUCT].get(item["product"])
        if product is None:
            continue  # said where references are checked
        sku = item["style_code"].replace(" ", "")
        before = None if seed.is_whole else current.rows[kinds.VARIANT].get(sku)
        if before is None or before["product_id"] != item["product"] or before["is_retired"]:
            last[item["product"]] = last.get(item["product"], 0) + 1
        _replace_variant(rows, item, product.values, before, last.get(item["product"], 1))
    for item in seed.rows("prices.csv"):
        row = price_row(rows, item, item["sku"], but={"sku"})
        key = kinds.PRICE.key_of(row.values)
        before = None if seed.is_whole else current.rows[kinds.PRICE].get(key)
        _replace_price(rows, item, row, before)


def _replace_price(rows: Rows, item: Item, row: Row, before: Values | None) -> None:
    # Who saw an amount is said with it: what was said of the one before does not go on.
    filled = _filled(row, before, item, {"source", "is_illustrative", "as_of", "confidence"})
    sale = filled.values["sale_amount_minor"]
    if sale is not None and sale >= filled.values["amount_minor"]:
        problem = f"must be more than the sale amount of {sale} that stays"
        rows.faults.add((item.place / "amount_minor").fault(problem))
    rows.replace(kinds.PRICE, filled)


def _filled(row: Row, before: Values | None, item: Item, said: Collection[str] = ()) -> Row:
    """Let the columns that a table does not have be what they are."""
    if before is None:
        return row
    named = item.values.keys() | row.keys.keys() | set(said)
    given = {column for column in row.values if column in named or row.keys.get(column) in named}
    return replace(row, values={**row.values, **{c: v for c, v in before.items() if c not in given}})


def _replace_variant(rows: Rows, item: Item, product: Values, before: Values | None, position: int) -> None:
    sku = item["style_code"].replace(" ", "")
    made_of = (item["product"], item["material"], item["colour"], item["hardware"])
    sellable = item.get("sellable", product["sellable"] if before is None else before["sellable"])
    came_back = before is None or before["is_retired"]
    row = rows.make(
        kinds.VARIANT,
        item,
        but={"sellable", "slug", "flags"},
        renamed={"hardware": "hardware_set_id"},
        stands_at={"sku": "style_code", "slug": "slug" if "slug" in item.values else "style_code"},
        sku=sku,
        position=position if came_back or before is None else before["position"],
        sellable=sellable,
        is_retired=False,
        code_is_assigned=item.get("code_is_assigned", False),
        flags=item["flags"],
        slug=item.get("slug", "--".join(made_of) if came_back or before is None else before["slug"]),
    )
    filled = _filled(row, before, item)
    keep = {name: row.values[name] for name in ("sku", "position", "sellable", "is_retired", "slug")}
    rows.replace(kinds.VARIANT, replace(filled, values={**filled.values, **keep}))
    _check_code(rows, item)
    if sellable and not product["sellable"]:
        rows.faults.add((item.place / "sellable").fault("its product is not sellable"))


def _add_product(rows: Rows, item: Item, file: Item) -> None:
    size = dict(item.get("dimensions", {"flags": []}))
    flags = sorted([*item["flags"], *(f"dimensions_{flag}" for flag in size.pop("flags"))])
    columns = {key if key.endswith("_mm") else f"dimensions_{key}": value for key, value in size.items()}
    row = rows.add(
        kinds.PRODUCT,
        item,
        but={"dimensions", "components", "images", "variants", "flags"},
        kind="bag",
        family_id=file["family"],
        flags=flags,
        **columns,
    )
    if rows[kinds.PRODUCT][item["slug"]] is not row:  # refused as a double: its parts would be, too
        return
    _point_at_family(rows, row, file)
    for index, component in enumerate(item.each("components"), 1):
        rows.add(kinds.COMPONENT, component, product_id=item["slug"], position=index)
    add_images(rows, kinds.PRODUCT_IMAGE, item, item["slug"])
    for index, variant in enumerate(item.each("variants"), 1):
        _add_variant(rows, variant, item, index)


def _point_at_family(rows: Rows, row: Row, file: Item) -> None:
    # The family is named once, at the top of the file: a fault about it belongs there.
    if file["family"] not in rows[kinds.FAMILY]:
        replaced = replace(row, elsewhere={"family_id": file.place / "family"})
        rows[kinds.PRODUCT][row.values["slug"]] = replaced


def _add_variant(rows: Rows, item: Item, product: Item, position: int) -> None:
    sku = item["style_code"].replace(" ", "")
    sellable = item.get("sellable", product["sellable"])
    made_of = (product["slug"], item["material"], item["colour"], item["hardware"])
    slug = item.get("slug", "--".join(made_of))
    row = rows.add(
        kinds.VARIANT,
        item,
        but={"prices", "archive_prices", "disputed_observations", "images", "sellable", "slug"},
        renamed={"hardware": "hardware_set_id"},
        stands_at={"sku": "style_code", "slug": "slug" if "slug" in item.values else "style_code"},
        sku=sku,
        slug=slug,
        product_id=product["slug"],
        position=position,
        sellable=sellable,
        code_is_assigned=item.get("code_is_assigned", False),
    )
    if rows[kinds.VARIANT][sku] is not row:  # refused as a double: its prices would be, too
        return
    _check_code(rows, item)
    if sellable and not product["sellable"]:
        rows.faults.add((item.place / "sellable").fault("its product is not sellable"))
    _add_prices(rows, item, sku)
    add_images(rows, kinds.VARIANT_IMAGE, item, sku)
    for kind, key in (("archive", "archive_prices"), ("disputed", "disputed_observations")):
        for index, seen in enumerate(item.each(key), 1):
            _add_seen(rows, seen, kind=kind, sku=sku, slug=f"{sku.lower()}-{kind}-{index}", position=index)


def _check_code(rows: Rows, item: Item) -> None:
    if item.get("code_is_assigned") and not item["style_code"].startswith(PLACEHOLDER):
        problem = f"a code that is assigned begins with {PLACEHOLDER}; a real one is not assigned"
        rows.faults.add((item.place / "style_code").fault(problem))


def _add_prices(rows: Rows, item: Item, sku: str) -> None:
    for price in item.each("prices"):
        rows.put(kinds.PRICE, price_row(rows, price, sku))


def price_row(rows: Rows, price: Item, sku: str, *, but: Collection[str] = ()) -> Row:
    """Return the row of a price, checked by itself.

    Args:
        rows: Get its faults.
        price: The entry.
        sku: The variant it is of.
        but: Keys of the entry that are no columns.
    """
    extra: dict[str, Any] = {"is_illustrative": price.get("is_illustrative", False)}
    if "valid_from" not in price.values:
        extra["valid_from"] = ALWAYS
    row = rows.make(
        kinds.PRICE,
        price,
        but={"is_illustrative", *but},
        renamed={"market": "market_code"},
        stands_at={"variant_id": "sku"} if but else {},
        variant_id=sku,
        **extra,
    )
    until = row.values["valid_to"]
    if until is not None and until <= row.values["valid_from"]:
        rows.faults.add((price.place / "valid_to").fault("must come after `valid_from`"))
    return row


def refuse_without_price(rows: Rows) -> None:
    """Refuse what is sold and has no price, in the files or in the database."""
    priced = {row.values["variant_id"] for row in rows[kinds.PRICE].values()}
    for sku, row in rows[kinds.VARIANT].items():
        if row.values["sellable"] and sku not in priced and not row.held:
            rows.faults.add((row.place / "prices").fault("is missing: what is sold has a price"))


def _add_seen(rows: Rows, item: Item, *, kind: str, sku: str, slug: str, position: int) -> None:
    rows.add(
        kinds.OBSERVATION,
        item,
        but={"amount_minor", "source"},
        slug=slug,
        kind=kind,
        variant_id=sku,
        position=position,
        low_minor=item["amount_minor"],
        high_minor=item["amount_minor"],
        sources=[item["source"]],
    )


def _add_accessory(rows: Rows, item: Item) -> None:
    sku = item["style_code"].replace(" ", "")
    of_product = {"name", "aliases", "kind", "family", "is_special_order", "publish_at", "unpublish_at"}
    of_variant = {"style_code", "code_is_assigned", "evidence", "hs", "images", "prices"}
    rows.add(
        kinds.PRODUCT,
        item,
        but=of_variant | {"kind"},
        kind="accessory",
        accessory_kind=item["kind"],
    )
    rows.add(
        kinds.VARIANT,
        item,
        but=of_product | {"slug", "images", "prices"},
        stands_at={"sku": "style_code", "slug": "slug"},
        sku=sku,
        slug=item["slug"],
        product_id=item["slug"],
        position=1,
        code_is_assigned=item.get("code_is_assigned", False),
    )
    add_images(rows, kinds.PRODUCT_IMAGE, item, item["slug"])
    _check_code(rows, item)
    _add_prices(rows, item, sku)


def _refuse_unused_materials(rows: Rows, seed: Seed) -> None:
    unused = {
        item["slug"]
        for item in seed.each("materials.yaml", "materials")
        if item.get("used_by_variants") is False
    }
    for row in rows[kinds.VARIANT].values():
        if row.values["material_id"] in unused and not row.held:
            problem = "its entry says that no variant is made of it (`used_by_variants: false`)"
            rows.faults.add(row.place_of("material_id").fault(problem))


def add_details(rows: Rows, current: Current) -> None:
    """Add what follows from a product's family, and from what its variants are made of.

    Args:
        rows: All but these.
        current: What the database holds: it is asked for rows that were not read, too.
    """
    families = rows[kinds.FAMILY]
    for key, row in rows[kinds.PRODUCT].items():
        family = families.get(row.values["family_id"])
        year = str(family.values["launched_year"]) if family else "2000"
        day = fuzzy_date_start(row.values["launched"] or year)
        rows[kinds.PRODUCT][key] = replace(row, values={**row.values, "launched_sorts_on": day})
    add_detail_sets(rows, current)


def _put_in_order(rows: Rows) -> None:
    """Number the products."""
    ordered = sorted(rows[kinds.PRODUCT].values(), key=lambda row: rank_of(rows, row.values))
    for position, row in enumerate(ordered, 1):
        row.values["position"] = position


def rank_of(rows: Rows, product: Values) -> tuple[bool, int, int]:
    """Return what a product's place follows: core families first, then related, heritage, accessories."""
    family = rows[kinds.FAMILY].get(product["family_id"])
    role = ROLES.index(family.values["role"]) if family else len(ROLES)
    order = family.values["position"] if family else 0
    return product["kind"] == "accessory", role, order
