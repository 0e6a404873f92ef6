"""Generated products: variations of the real ones, the same for the same number at any size.

A generated bag is of a real family, size and silhouette, with the parts of a real bag; its eight
variants are made of what bags of its family are made of, in any of the house's colours. Name, date,
prices in every market's currency and stock are its own.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from shop.catalogue.models import slug_of_set
from shop.kit.text import fuzzy_date_start
from shop.seeding import kinds
from shop.seeding.kinds import Values
from tests.bench.vocabulary import Model, Vocabulary, vocabulary

SEED_NUMBER = 1
VARIANTS = 8

#: Amounts are whole multiples of it: tens of dollars, thousands of yen.
STEP_MINOR = 1000
ALWAYS = datetime(2024, 1, 1, tzinfo=UTC)

_DIGITS = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"


@dataclass
class Product:
    """A generated product with all that hangs on it, in the seed's own terms.

    Attributes:
        values: Its row.
        components: Its parts.
        variants: Its variants' rows.
        prices: Of all variants.
        stock: SKU, place in the order of locations, and pieces.
    """

    values: Values
    components: list[Values] = field(default_factory=list)
    variants: list[Values] = field(default_factory=list)
    prices: list[Values] = field(default_factory=list)
    stock: list[tuple[str, int, int]] = field(default_factory=list)


def products(count: int, *, seed: int = SEED_NUMBER) -> Iterator[Product]:
    """Yield so many products, one at a time."""
    words = vocabulary()
    for number in range(1, count + 1):
        yield _Making(words, number, random.Random(f"{seed}/{number}")).product()


@dataclass
class _Making:
    words: Vocabulary
    number: int
    chance: random.Random

    def product(self) -> Product:
        """Make the product of this number."""
        model = self.chance.choice(self.words.models)
        made = Product(self._bag(model))
        slug = made.values["slug"]
        made.components = [{**part, "product_id": slug} for part in model.components]
        usual = model.usd_minor * self.chance.uniform(0.6, 1.8)
        for position, (make, colour) in enumerate(self._looks(model), 1):
            variant = self._variant(made.values, position, *make, colour)
            variant["detail_set_id"] = slug_of_set(model.details[make]) if model.details[make] else None
            sku = variant["sku"]
            made.variants.append(variant)
            made.prices += self._prices(sku, usual * self.chance.uniform(0.9, 1.1))
            made.stock += self._stock(sku)
        name = self.words.name
        first = made.variants[0]
        made.values["name"] = (
            f"{self._title(made.values)}, {name(kinds.MATERIAL, first['material_id'])},"
            f" {name(kinds.COLOUR, first['colour_id'])}"
        )
        return made

    def _bag(self, model: Model) -> Values:
        year, month = self.chance.randint(2001, 2026), self.chance.randint(1, 12)
        launched = f"{year}-{month:02}"
        return {
            **model.product,
            "slug": f"{model.product['slug']}-{self.number:06}",
            "position": self.number,
            "aliases": [],
            "former_names": [],
            "model_codes": [self._model_code()],
            "launched": launched,
            "launched_sorts_on": fuzzy_date_start(launched),
            "edition": None,
            "co_brand": None,
            "sellable": self.chance.random() < 0.97,
            "weight_g": max(100, round((model.product["weight_g"] or 700) * self.chance.uniform(0.8, 1.2))),
        }

    def _title(self, bag: Values) -> str:
        label = self.words.labels
        parts = [self.words.name(kinds.FAMILY, bag["family_id"])]
        parts += [label[kind, bag[kind]] for kind in ("silhouette", "size") if bag[kind]]
        return " ".join(part[0].upper() + part[1:] for part in parts)

    def _looks(self, model: Model) -> list[tuple[tuple[str, str], str]]:
        """Draw what the variants are made of, and in which colour; no material twice in one colour."""
        found: dict[tuple[str, str], tuple[tuple[str, str], str]] = {}
        while len(found) < VARIANTS:
            make, colour = self.chance.choice(model.makes), self.chance.choice(self.words.colours)
            found.setdefault((make[0], colour), (make, colour))
        return list(found.values())

    def _model_code(self) -> str:
        rest, digits = self.number, ""
        for _ in range(5):
            rest, digit = divmod(rest, len(_DIGITS))
            digits = _DIGITS[digit] + digits
        return "Z" + digits

    def _variant(self, bag: Values, position: int, material: str, hardware: str, colour: str) -> Values:
        code = f"{self._model_code()} Z{position:04} Z{self.words.colours.index(colour):03}"
        retired = self.chance.random() < 0.02
        return {
            "sku": code.replace(" ", ""),
            "slug": f"{bag['slug']}--{position}--{colour}",
            "position": position,
            "product_id": bag["slug"],
            "material_id": material,
            "colour_id": colour,
            "hardware_set_id": hardware,
            "style_code": code,
            "code_is_assigned": True,
            "sellable": bag["sellable"] and not retired,
            "is_retired": retired,
            "evidence": "illustrative",
            "hs": "4202.21",
            "sources": [],
            "flags": ["code_is_assigned", "combination_is_illustrative"],
        }

    def _prices(self, sku: str, usd_minor: float) -> Iterator[Values]:
        on_sale = self.chance.random() < 0.08
        for currency, rate in self.words.currencies.items():
            amount = max(STEP_MINOR, round(usd_minor * rate / STEP_MINOR) * STEP_MINOR)
            yield {
                "variant_id": sku,
                "currency": currency,
                "amount_minor": amount,
                "sale_amount_minor": amount * 7 // 10 if on_sale else None,
                "valid_from": ALWAYS,
                "is_illustrative": True,
            }

    def _stock(self, sku: str) -> Iterator[tuple[str, int, int]]:
        yield sku, 0, 0 if self.chance.random() < 0.15 else self.chance.randint(1, 12)
        if self.chance.random() < 0.25:
            yield sku, 1, self.chance.randint(0, 3)


def ids_for(values: Values, ids: Mapping[str, Mapping[Any, int]]) -> Values:
    """Return a row as the database keeps it: ids instead of slugs.

    Args:
        values: In the seed's own terms.
        ids: By column, ids of what it may name.
    """
    return {
        name: ids[name][value] if name in ids and value is not None else value
        for name, value in values.items()
    }
