"""What is asked of a catalogue, at every size alike; nothing in the shop knows these."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote_plus

from sqlalchemy import select

from shop.catalogue.models import Product, Variant
from shop.kit.db import db
from shop.pricing.models import Market
from tests.crowd import owner_of

GROUPS = "family,material,colour,finish,detail,size,silhouette,price,available"

#: Filters that shoppers combine; each finds some products at every size.
_FILTERS = (
    "family=le-city&material=arena",
    "family=le-cagole&colour_family=black",
    "detail=large-studs&finish=gold",
    "available=true&price_max=250000",
    "size=mini,small&colour_family=blue,green",
)
_SEARCHES = (
    "city",
    "black lambskin",
    "hourglass crocodile",
    "cagole mini",
    "rodeo calfskin",
    "denim",
    "metallic silver",
    "shoulder bag small",
)
_BEGINNINGS = ("ci", "cag", "hour", "bla", "mot", "lamb", "arena b", "small s")


@dataclass(frozen=True)
class Question:
    """One kind of read, in some variety.

    Attributes:
        name: As the table says it.
        paths: What is asked.
    """

    name: str
    paths: Sequence[str]


@dataclass(frozen=True)
class Catalogue:
    """What one has to know of a database to ask for what is in it.

    Attributes:
        slugs: Some of its products.
        markets: All.
    """

    slugs: Sequence[str]
    markets: Sequence[str]

    def questions(self) -> list[Question]:
        """Return what is measured."""
        lists = [f"/v1/products?limit=24&market={market}" for market in self.markets]
        return [
            Question("list", lists),
            Question("filtered list", [f"/v1/products?limit=24&{each}" for each in _FILTERS]),
            Question(
                "facets",
                [f"/v1/products?limit=24&facets={GROUPS}"]
                + [f"/v1/products?limit=24&facets={GROUPS}&{each}" for each in _FILTERS],
            ),
            Question("search", [f"/v1/products?limit=24&q={quote_plus(each)}" for each in _SEARCHES]),
            Question("suggest", [f"/v1/suggest?q={quote_plus(each)}" for each in _BEGINNINGS]),
            Question("detail", [f"/v1/products/{slug}" for slug in self.slugs]),
            Question("campaign", [f"/v1/campaigns/closet-2024?market={market}" for market in self.markets]),
        ]


def catalogue_of(url: str, *, count: int = 200) -> Catalogue:
    """Look at a database."""
    with owner_of(url) as app, app.app_context():
        slugs = sorted(db.session.scalars(select(Product.slug).where(Product.kind == "bag")))
        markets = list(db.session.scalars(select(Market.code).order_by(Market.position)))
    return Catalogue(random.Random(1).sample(slugs, min(count, len(slugs))), markets)


def skus_to_sell(url: str, count: int) -> list[str]:
    """Return variants that can be sold, one after the other by their ids, retired ones left out."""
    with owner_of(url) as app, app.app_context():
        return list(
            db.session.scalars(
                select(Variant.sku)
                .join(Product, Product.id == Variant.product_id)
                .where(
                    Variant.sellable,
                    Variant.is_retired.is_(False),
                    Product.sellable,
                    Variant.style_code.like("Z0%"),
                )
                .order_by(Variant.id)
                .limit(count)
            )
        )
