"""What a shopper may mean while typing: names of the catalogue, then products, in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from shop.catalogue.models import Product, Variant
from shop.catalogue.publishing import published
from shop.kit.clock import database_now
from shop.pricing.models import Market, Price
from shop.search.queries import Correction, Search, names_like, search
from shop.search.words import words_of

#: Products looked at for each that is asked for, so that those with a price can come first.
CANDIDATES = 4


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Something that can be suggested, and the alias it was found by."""

    kind: str
    slug: str
    name: str
    alias: str | None = None


@dataclass(frozen=True, slots=True)
class Suggestions:
    """The best first; ``corrected`` is None where the words were taken as they stand."""

    items: Sequence[Suggestion]
    corrected: Correction | None


def suggest(session: Session, market: Market, q: str, *, limit: int) -> Suggestions:
    """Suggest what the words may be the beginning of.

    At most half are products where there are names enough, and the other way round.
    """
    found = search(session, q, unfinished=True)
    names = [
        Suggestion(each.kind, each.slug, each.name, alias)
        for each, alias in names_like(session, found.words)[:limit]
    ]
    products = _products(session, market, found, limit) if found.words else []
    shown = names[: max(limit - len(products), limit - limit // 2)]
    return Suggestions([*shown, *products[: limit - len(shown)]], found.correction)


def _products(session: Session, market: Market, found: Search, limit: int) -> list[Suggestion]:
    hits = found.hits
    best = (
        select(Product.id, Product.slug, Product.name, Product.position, hits.c.relevance)
        .join(hits, hits.c.product_id == Product.id)
        .where(published(Product))
        .order_by(hits.c.relevance.desc(), Product.position)
        .limit(CANDIDATES * limit)
        .subquery("best")
    )
    is_priced = exists().where(
        Variant.product_id == best.c.id, Variant.sellable, Price.variant_id == Variant.id, *_holds_in(market)
    )
    rows = session.execute(
        select(best.c.slug, best.c.name, is_priced.label("is_priced"))
        .order_by(best.c.relevance.desc(), best.c.position)
    ).all()  # fmt: skip
    # What only its material or its story has in common with the words is for the product list.
    named = [row for row in rows if _is_named(row.name, found.words)]
    return [
        Suggestion("product", row.slug, row.name)
        for row in sorted(named, key=lambda row: not row.is_priced)[:limit]
    ]


def _holds_in(market: Market) -> tuple[ColumnElement[bool], ...]:
    moment = database_now()
    return (
        Price.currency == market.currency,
        or_(Price.market_code.is_(None), Price.market_code == market.code),
        Price.valid_from <= moment,
        or_(Price.valid_to.is_(None), Price.valid_to > moment),
    )


def _is_named(name: str, words: Sequence[str]) -> bool:
    named = words_of(name)
    return any(each == word or each.startswith(words[-1]) for each in named for word in words)
