"""Random bags with texts, prices and counts that a careless export would not bring back."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

#: What a table reads as a formula, as two cells, as two words of a list; and what no table may hold.
TEXTS = [
    "=1+1", "+5", "-5", "@x", "'=1+1", "''@x", "'quoted'", "'", '"', 'say "no"', "a,b", ";", "a|b", "|", "#",
    "null", "true", "NO", "007", "1e3", "2024-01-01", "é", "x\u2028y", "\u202ex", "x\ufeff", "\U0001f45c",
]  # fmt: skip

MADE_OF = {"material": "arena-lambskin-le-city", "colour": "black", "hardware": "le-city-palladium"}


def write_unusual(folder: Path, random: Random) -> None:
    """Write a seed of unusual bags into a folder."""
    products = [_product(random, number) for number in range(4)]
    tree = {"schema": "closet-seed/1", "family": "le-city", "products": products}
    (folder / "products").mkdir(parents=True)
    (folder / "products/le-city.json").write_text(json.dumps(tree))
    counts = [
        f"{variant['style_code'].replace(' ', '')},milan-01,{random.randrange(9)}"
        for product in products
        for variant in product["variants"]
        if random.random() < 0.5
    ]
    (folder / "stock.csv").write_text("\n".join(["sku,location,pieces", *counts]) + "\n")


def _product(random: Random, number: int) -> dict[str, Any]:
    variants = [_variant(random, number, each) for each in range(random.randrange(1, 5))]
    return {
        "slug": f"unusual-{number}",
        "name": random.choice(TEXTS),
        "silhouette": "handbag",
        "sellable": True,
        "variants": variants,
    }


def _variant(random: Random, product: int, number: int) -> dict[str, Any]:
    variant: dict[str, Any] = {
        "style_code": f"ZUNUS{product} 0000{number} {random.randrange(10_000):04}",
        "code_is_assigned": True,
        "evidence": random.choice(["exact", "line", "illustrative"]),
        "slug": f"unusual-{product}-{number}",
        **MADE_OF,
        "prices": _prices(random),
    }
    texts = ("label", "edition", "note", "seen_on", "code_parts_believed")
    variant |= {key: random.choice(TEXTS) for key in texts if random.random() < 0.3}
    others: dict[str, Any] = {
        "sources": ["S01", "S02"],
        "combination_is_illustrative": True,
        "hs": "4202.21",
        "external_ids": [{"scheme": "x", "value": random.choice(TEXTS)}],
    }
    return variant | {key: value for key, value in others.items() if random.random() < 0.2}


def _prices(random: Random) -> list[dict[str, Any]]:
    prices: list[dict[str, Any]] = [{"currency": "USD", "amount_minor": random.randrange(2, 500_000)}]
    if random.random() < 0.5:
        prices += [{"currency": "EUR", "market": "IT", "amount_minor": 900, "sale_amount_minor": 899}]
    if random.random() < 0.5:
        start, end = "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"
        prices += [{"currency": "USD", "amount_minor": 77, "valid_from": start, "valid_to": end}]
    return [price | _said_by(random) for price in prices]


def _said_by(random: Random) -> dict[str, Any]:
    said = random.choice([{"is_illustrative": True}, {"source": "S01", "as_of": random.choice(TEXTS)}])
    return said | ({"confidence": random.choice(TEXTS)} if random.random() < 0.3 else {})
