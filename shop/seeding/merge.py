"""What the files do not speak of: rows of the database that stay, and those that would go.

Files may be a whole seed or one price list. What they do not name stays as it is, but for the
parts of an entry (a bag's components, a campaign's cast): an entry is in the files as a whole. Its
pictures are named as a whole, or not at all: an entry without ``images`` leaves them as they are.
With ``--prune``, what is gone from the files goes from the shop too, as far as the files reach.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import replace
from itertools import chain
from typing import Any

from shop.seeding import kinds
from shop.seeding.build.evidence import OF_WORDS
from shop.seeding.build.products import ALWAYS, rank_of
from shop.seeding.current import Current
from shop.seeding.documents import Document, Place
from shop.seeding.kinds import KINDS, Key, Kind, Values
from shop.seeding.rows import Row, Rows
from shop.seeding.seed import Seed

#: Rows that are parts of another row's entry, and the column that names it.
PARTS = {
    kinds.DESIGNER: "family_id",
    kinds.RELAUNCH: "family_id",
    kinds.LINK: "from_family_id",
    kinds.SET_ITEM: "hardware_set_id",
    kinds.COMPONENT: "product_id",
    kinds.PRODUCT_IMAGE: "product_id",
    kinds.VARIANT_IMAGE: "variant_id",
    kinds.CREDIT: "campaign_id",
    kinds.CAST: "campaign_id",
    kinds.SHELF: "campaign_id",
    kinds.SIGHTING: "campaign_id",
    kinds.DUTY: "market_code",
}

#: Lists of products, by the kind of row that has them.
NAMES: Mapping[Kind, tuple[str, ...]] = {
    kinds.SHELF: ("products",),
    kinds.PAIRING: ("products", "accessories"),
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

#: Rows that are counted anew where these columns differ; all others are in one order.
_GROUPS: Mapping[Kind, tuple[str, ...]] = {
    kinds.TERM: ("vocabulary",),
    kinds.SHIPPING: ("market_code",),
    kinds.VARIANT: ("product_id",),
    kinds.OBSERVATION: ("kind", "variant_id"),
}

#: What comes before the files' own order: the sections of a whole seed, by kind.
_RANKS: Mapping[Kind, Callable[[Rows, Values], Any]] = {
    kinds.PRODUCT: rank_of,
    kinds.LINK: lambda rows, values: _family_position(rows, values["from_family_id"]),
    kinds.NOTE: lambda _rows, values: values["slug"].startswith(OF_WORDS),
}

#: Tells which rows that the files do not hold are to go, instead of how far the files reach.
Ending = Callable[[Kind, Values], bool]

_DATABASE = Place(Document("the database"), ())


def is_retired(kind: Kind, values: Values) -> bool:
    """Tell whether a row is kept for old orders only."""
    if kind is kinds.PRODUCT:
        return bool(values["position"] >= kinds.RETIRED_PLACES)
    return bool(values.get("is_retired"))


def without_retired(kind: Kind, values: Values, products: Container[Key]) -> Values:
    """Return a row without the products that it names and that are not in use any more."""
    left: dict[str, Any] = {
        column: [one for one in values[column] if one in products] for column in NAMES.get(kind, ())
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
    for kind in KINDS:
        found = []
        for key, values in current.rows[kind].items():
            if key in rows[kind] or is_retired(kind, values) or kind is kinds.VARIANT_DETAIL:
                continue
            if not _has_owner(rows, kind, values):
                continue
            if kind not in PARTS:
                covered = reach.covers(kind, values)
                if (covered and prune) if isinstance(prune, bool) else prune(kind, values):
                    continue
                if covered:
                    found.append(key)
            rows[kind][key] = Row(
                dict(without_retired(kind, values, rows[kinds.PRODUCT])), _DATABASE, {}, held=True
            )
        kept[kind] = found
    return kept


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


def put_in_order(rows: Rows, current: Current) -> None:
    """Give every row its place: the files' order, and what they do not name behind what it is behind now.

    So a price list, a single family's file and a whole seed all leave the shop's order as it is
    where they say nothing of it, and the same files give the same order again. What follows the order
    of families does so whichever file says it: a whole seed, such as an export, could say no other.
    """
    for kind in KINDS:
        if "position" not in kind.columns or "position" in kind.key:
            continue
        groups: dict[tuple[object, ...], list[Key]] = {}
        for key, row in rows[kind].items():
            groups.setdefault(_group(kind, row.values), []).append(key)
        followed = rows[kinds.FAMILY].values() if kind in (kinds.PRODUCT, kinds.LINK) else ()
        moved = not all(row.held for row in followed)
        for keys in groups.values():
            if moved or not all(rows[kind][key].held for key in keys):
                ranked: dict[Any, list[Key]] = {}
                for key in keys:
                    rank = _RANKS[kind](rows, rows[kind][key].values) if kind in _RANKS else 0
                    ranked.setdefault(rank, []).append(key)
                of_ranks = (_ordered(rows[kind], ranked[rank], current.rows[kind]) for rank in sorted(ranked))
                _number(rows[kind], chain.from_iterable(of_ranks))


def _family_position(rows: Rows, slug: Key) -> int:
    family = rows[kinds.FAMILY].get(slug)
    return family.values["position"] if family else 0


def _group(kind: Kind, values: Values) -> tuple[object, ...]:
    columns = _GROUPS.get(kind, ())
    group = tuple(values[column] for column in columns)
    return (*group[:1], None) if kind is kinds.OBSERVATION and group[1] is None else group


def _ordered(rows: Mapping[Key, Row], keys: list[Key], held: Mapping[Key, Values]) -> list[Key]:
    named = [key for key in keys if not rows[key].held]
    named.sort(key=lambda key: rows[key].values["position"])
    if len(named) == len(keys):
        return named
    today = sorted((key for key in keys if key in held), key=lambda key: (held[key]["position"], str(key)))
    behind: dict[Key | None, list[Key]] = {}
    for before, key in zip([None, *today], today, strict=False):
        if rows[key].held:
            behind.setdefault(before, []).append(key)
    ordered = []
    waiting: list[Key | None] = [*reversed(named), None]
    while waiting:
        key = waiting.pop()
        if key is not None:
            ordered.append(key)
        waiting += reversed(behind.get(key, []))
    return ordered


def _number(rows: dict[Key, Row], ordered: Iterable[Key]) -> None:
    for position, key in enumerate(ordered, 1):
        if rows[key].values["position"] != position:
            rows[key] = replace(rows[key], values={**rows[key].values, "position": position})
