"""What the files do not speak of: rows of the database that stay, and those that would go.

Files may be a whole seed or one price list. What they do not name stays as it is, but for the
parts of an entry (a bag's components, a campaign's cast): an entry is in the files as a whole. Its
pictures are named as a whole, or not at all: an entry without ``images`` leaves them as they are.
With ``--prune``, what is gone from the files goes from the shop too, as far as the files reach.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from typing import Any

from shop.seeding import kinds
from shop.seeding.build.evidence import OF_WORDS
from shop.seeding.build.products import ALWAYS
from shop.seeding.current import Current
from shop.seeding.kinds import KINDS, Gone, Key, Kind, Values, is_retired
from shop.seeding.pointers import PRODUCTS, point
from shop.seeding.rows import Row, Rows
from shop.seeding.seed import Seed

#: Rows that are parts of another row's entry, and the column that names it.
PARTS = {
    kinds.DESIGNER: "family_id",
    kinds.RELAUNCH: "family_id",
    kinds.LINK: "from_family_id",
    kinds.SET_ITEM: "hardware_set_id",
    kinds.DETAIL_SET_ITEM: "detail_set_id",
    kinds.COMPONENT: "product_id",
    kinds.PRODUCT_IMAGE: "product_id",
    kinds.VARIANT_IMAGE: "variant_id",
    kinds.CREDIT: "campaign_id",
    kinds.CAST: "campaign_id",
    kinds.SHELF: "campaign_id",
    kinds.SIGHTING: "campaign_id",
    kinds.DUTY: "market_code",
}

#: Which file the other rows come from, but for those of products.
FILE_OF = {
    kinds.SOURCE: "sources.yaml",
    kinds.DISPUTE: "disputes.yaml",
    kinds.COMPLIANCE: "compliance.yaml",
    kinds.TERM: "vocabularies.yaml",
    kinds.PERSON: "people.yaml",
    kinds.AMBASSADOR: "people.yaml",
    kinds.FAMILY: "families.yaml",
    kinds.EVENT: "timeline.yaml",
    kinds.MATERIAL: "materials.yaml",
    kinds.LINING: "materials.yaml",
    kinds.COLOUR: "colours.yaml",
    kinds.HARDWARE_ITEM: "hardware.yaml",
    kinds.HARDWARE_SET: "hardware.yaml",
    kinds.DETAIL: "details.yaml",
    kinds.PAIRING: "accessories.yaml",
    kinds.PERSONALISATION: "accessories.yaml",
    kinds.CAMPAIGN: "campaigns.yaml",
    kinds.MARKET: "markets.yaml",
    kinds.SHIPPING: "markets.yaml",
    kinds.PLACEMENT: "placements.yaml",
    kinds.LOCATION: "stock.yaml",
}

#: Tells which rows that the files do not hold are to go, instead of how far the files reach.
Ending = Callable[[Kind, Values], bool]


def without_retired(kind: Kind, values: Values, products: Container[Key]) -> Values:
    """Return a row without the products that it names and that are not in use any more."""
    left: dict[str, Any] = {
        column: [one for one in values[column] if one in products] for column in PRODUCTS.get(kind, ())
    }
    if kind is kinds.COMPONENT and values["accessory_id"] not in products:
        left["accessory_id"] = None
    return {**values, **left} if left else values


def hold(rows: Rows, seed: Seed, current: Current, *, prune: bool | Ending) -> dict[Kind, list[Key]]:
    """Add the rows of the database that stay, unchanged; return those that only pruning would end.

    Args:
        rows: Of the files.
        seed: What the files are.
        current: What the database holds.
        prune: Leave out what is gone from the files; or which rows go.
    """
    reach, kept = _Reach(rows, seed), {}
    products = _Either(rows[kinds.PRODUCT], current.unread(kinds.PRODUCT))
    for kind in KINDS:
        found = []
        for key, values in current.rows[kind].items():
            if key in rows[kind] or is_retired(kind, values):
                continue
            if kind is kinds.DETAIL_SET and prune is True:  # made again where a variant has it
                continue
            if not _has_owner(rows, kind, values):
                continue
            if kind not in PARTS:
                covered = reach.covers(kind, values)
                if (covered and prune) if isinstance(prune, bool) else prune(kind, values):
                    continue
                if covered:
                    found.append(key)
            row = rows[kind][key] = Row.of_database(without_retired(kind, values, products))
            if kind is kinds.VARIANT:  # found anew, from what all rows say
                row.values["detail_set_id"] = None
        kept[kind] = found
    if prune:
        _keep_what_is_named(rows, current)
    return kept


class _Either(Container[Key]):
    def __init__(self, *containers: Container[Key]) -> None:
        self._containers = containers

    def __contains__(self, key: object) -> bool:
        return any(key in one for one in self._containers)


def _keep_what_is_named(rows: Rows, current: Current) -> None:
    """Let what pruning would end stay among the rows where something names it that stays.

    A bag that is retired keeps its colour, say; so the colour has its place among the others.
    """
    gone = {kind: [key for key in current.rows[kind] if key not in rows[kind]] for kind in KINDS}
    named: dict[Kind, set[Key]] = {kind: set() for kind in KINDS}
    for kind in reversed(KINDS):
        for row in rows[kind].values():
            point(kind, row.values, named)
        for key in gone[kind]:
            values = current.rows[kind][key]
            if kind.gone is Gone.RETIRE or _stays_with_owner(kind, values, rows):
                point(kind, values, named)
            elif kind.gone is Gone.REMOVE and kind not in PARTS and key in named[kind]:
                rows[kind][key] = Row.of_database(values)
                point(kind, values, named)
                for part, part_key, of_part in _parts(kind, key, current):
                    rows[part][part_key] = Row.of_database(of_part)
                    point(part, of_part, named)


def _stays_with_owner(kind: Kind, values: Values, rows: Rows) -> bool:
    """Tell whether a row belongs to one that is retired, and so looks like itself in old orders."""
    if kind.owner is None or values[kind.owner] is None:
        return False
    owner = kind.references[kind.owner]
    return owner.gone is Gone.RETIRE and values[kind.owner] not in rows[owner]


def _parts(kind: Kind, key: Key, current: Current) -> Iterator[tuple[Kind, Key, Values]]:
    """Yield the parts of an entry that the database holds."""
    for part, owner in PARTS.items():
        if part.references[owner] is kind:
            for part_key, values in current.rows[part].items():
                if values[owner] == key:
                    yield part, part_key, values


def _has_owner(rows: Rows, kind: Kind, values: Values) -> bool:
    if kind is kinds.VARIANT:  # retired with its product
        return values["product_id"] in rows[kinds.PRODUCT]
    if kind in PARTS:  # those of an entry of the files are all in the files
        owner = rows[kind.references[PARTS[kind]]].get(values[PARTS[kind]])
        unspoken = (kind, values[PARTS[kind]]) in rows.unspoken
        return owner is not None and (owner.held or unspoken)
    if kind.owner is None or values[kind.owner] is None:
        return True
    return values[kind.owner] in rows[kind.references[kind.owner]]


class _Reach:
    """How far the files go: a row that they cover and do not hold is gone."""

    def __init__(self, rows: Rows, seed: Seed) -> None:
        self._seed = seed
        # A table reaches no further than what its rows name: a list of one price ends no other bag's.
        self._priced = {(item["sku"], item["currency"]) for item in seed.rows("prices.csv")}
        self._named = {item["style_code"].replace(" ", "") for item in seed.rows("variants.csv")}
        self._named |= {
            (item["sku"], item["currency"], item.get("market"), item.get("valid_from", ALWAYS))
            for item in seed.rows("prices.csv")
        }
        self._families = {file["family"] for file in seed.product_files()}
        self._with_variants = {item["product"] for item in seed.rows("variants.csv")}
        self._with_prices = set()
        for file in seed.product_files():
            for product in file.each("products"):
                if "variants" in product.values or seed.is_whole:
                    self._with_variants.add(product["slug"])
                for variant in product.each("variants"):
                    if "prices" in variant.values or seed.is_whole:
                        self._with_prices.add(variant["style_code"].replace(" ", ""))
        for item in seed.each("accessories.yaml", "accessories"):
            self._with_prices.add(item["style_code"].replace(" ", ""))
            self._with_variants.add(item["slug"])
        if seed.is_whole:
            self._with_prices |= {item["style_code"].replace(" ", "") for item in seed.rows("variants.csv")}

    def covers(self, kind: Kind, values: Values) -> bool:
        seed = self._seed
        if kind in (kinds.VARIANT, kinds.PRICE) and kind.key_of(values) in self._named:
            return False
        if kind in FILE_OF:
            return FILE_OF[kind] in seed.files
        if kind is kinds.NOTE:
            return (
                "vocabularies.yaml" if values["slug"].startswith(OF_WORDS) else "house.yaml"
            ) in seed.files
        if kind is kinds.PRODUCT:
            if values["kind"] == "accessory":
                return "accessories.yaml" in seed.files
            return seed.is_whole or values["family_id"] in self._families
        if kind is kinds.VARIANT:
            return values["product_id"] in self._with_variants
        if kind is kinds.PRICE:
            priced = (values["variant_id"], values["currency"]) in self._priced
            return priced or values["variant_id"] in self._with_prices
        if kind is kinds.OBSERVATION:
            if values["variant_id"] is None:
                return "observations.yaml" in seed.files
            return values["variant_id"] in self._with_prices
        return False
