"""The words that generated catalogues are made of: those of the real one, and which go together."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from shop.seeding import kinds
from shop.seeding.current import nothing
from shop.seeding.details import add_detail_sets
from shop.seeding.kinds import Values
from shop.seeding.prepare import prepare
from shop.seeding.rows import Rows
from shop.seeding.seed import Item
from tests.conftest import SEED

#: A material and a hardware set, by their slugs.
Make = tuple[str, str]


@dataclass(frozen=True)
class Model:
    """A real bag that generated ones vary.

    Attributes:
        product: Its row, in the seed's own terms.
        components: Its parts.
        makes: What bags of its family are made of.
        details: What a shopper can filter such a bag by, by what it is made of.
        usd_minor: What it costs in the United States, or bags like it.
    """

    product: Values
    components: Sequence[Values]
    makes: Sequence[Make]
    details: Mapping[Make, Sequence[str]]
    usd_minor: int


@dataclass(frozen=True)
class Vocabulary:
    """All that a generated product takes from the real catalogue.

    Attributes:
        rows: The real catalogue.
        models: Bags to vary.
        colours: Slugs.
        labels: How sizes and silhouettes are written, by vocabulary and code.
        currencies: Every market's, with what a US cent is in it.
    """

    rows: Rows
    models: Sequence[Model]
    colours: Sequence[str]
    labels: Mapping[tuple[str, str], str]
    currencies: Mapping[str, float]

    def name(self, kind: kinds.Kind, slug: str) -> str:
        """Return how a row is called."""
        return str(self.rows[kind][slug].values["name"])


@cache
def vocabulary() -> Vocabulary:
    """Read the real catalogue's files."""
    rows = prepare(SEED).rows
    labels = {key: row.values["label"] for key, row in rows[kinds.TERM].items()}
    return Vocabulary(
        rows=rows,
        models=_models(rows),
        colours=list(rows[kinds.COLOUR]),
        labels=labels,
        currencies=_rates(rows),
    )


def _rates(rows: Rows) -> dict[str, float]:
    """Return what a US cent is in each market's currency, by what bags cost in both."""
    amounts: dict[str, dict[str, int]] = defaultdict(dict)
    for row in rows[kinds.PRICE].values():
        amounts[row.values["variant_id"]][row.values["currency"]] = row.values["amount_minor"]
    found: dict[str, list[float]] = defaultdict(list)
    for prices in amounts.values():
        if dollars := prices.get("USD"):
            for currency, amount in prices.items():
                found[currency].append(amount / dollars)
    markets = [row.values["currency"] for row in rows[kinds.MARKET].values()]
    return {currency: statistics.median(found[currency]) for currency in dict.fromkeys(markets)}


def _models(rows: Rows) -> list[Model]:
    bags = {
        slug: row.values
        for slug, row in rows[kinds.PRODUCT].items()
        if row.values["kind"] == "bag" and row.values["sellable"]
    }
    makes: dict[str, dict[Make, None]] = defaultdict(dict)
    dollars: dict[str, list[int]] = defaultdict(list)
    for sku, row in rows[kinds.VARIANT].items():
        variant = row.values
        if (bag := bags.get(variant["product_id"])) is None:
            continue
        if variant["material_id"] and variant["hardware_set_id"]:
            makes[bag["family_id"]][variant["material_id"], variant["hardware_set_id"]] = None
        for price in rows.of(kinds.PRICE, "variant_id", sku):
            if price["currency"] == "USD":
                dollars[bag["slug"]].append(price["amount_minor"])
    details = _details(bags, makes)
    usual = int(statistics.median(amount for amounts in dollars.values() for amount in amounts))
    return [
        Model(
            product=bag,
            components=rows.of(kinds.COMPONENT, "product_id", slug),
            makes=list(makes[bag["family_id"]]),
            details=details[slug],
            usd_minor=int(statistics.median(dollars[slug])) if slug in dollars else usual,
        )
        for slug, bag in bags.items()
    ]


def _details(
    bags: Mapping[str, Values], makes: Mapping[str, Mapping[Make, None]]
) -> dict[str, dict[Make, list[str]]]:
    """Ask the seed's own rules which details a bag has, for everything it may be made of."""
    rows = prepare(SEED).rows
    anywhere = next(iter(rows[kinds.VARIANT].values())).place
    rows[kinds.VARIANT].clear()
    made: dict[str, tuple[str, Make]] = {}
    for slug, bag in bags.items():
        for make in makes[bag["family_id"]]:
            sku = f"{slug}/{'/'.join(make)}"
            made[sku] = slug, make
            rows.add(
                kinds.VARIANT,
                Item({}, anywhere),
                sku=sku,
                product_id=slug,
                material_id=make[0],
                hardware_set_id=make[1],
            )
    add_detail_sets(rows, nothing())
    found: dict[str, dict[Make, list[str]]] = {slug: {} for slug in bags}
    for sku, (slug, make) in made.items():
        its_set = rows[kinds.VARIANT][sku].values["detail_set_id"]
        items = rows.of(kinds.DETAIL_SET_ITEM, "detail_set_id", its_set)
        found[slug][make] = [item["detail_id"] for item in items]
    return found
