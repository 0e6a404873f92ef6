"""Reads of a product as its merchandiser sees it: published or not, with prices and stock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from shop.admin.prices import PricedVariant, dated_prices, prices_of_product
from shop.catalogue.errors import NotInCatalogue
from shop.catalogue.models import Product, Variant
from shop.catalogue.publishing import published
from shop.inventory.queries import pieces_of
from shop.pricing.models import Market, Price


@dataclass(frozen=True, slots=True)
class WholeProduct:
    """A product with its variants, in the editor's order, and what they cost in one market.

    Attributes:
        prices: What each costs now, by variant id.
        dated: Every price of each, by variant id.
        available: Pieces that can be bought now, by variant id.
    """

    product: Product
    is_published: bool
    variants: Sequence[Variant]
    prices: Mapping[int, PricedVariant]
    dated: Mapping[int, Sequence[Price]]
    available: Mapping[int, int]

    @property
    def is_retired(self) -> bool:
        """Whether all of its variants are retired."""
        return bool(self.variants) and all(each.is_retired for each in self.variants)


def whole_product(session: Session, slug: str, market: Market) -> WholeProduct:
    """Read a product with all of its variants and what they cost in a market now.

    Raises:
        NotInCatalogue: There is no such product.
    """
    row = session.execute(
        select(Product, published(Product)).where(Product.slug == slug).options(joinedload(Product.family))
    ).one_or_none()
    if row is None:
        raise NotInCatalogue(f"There is no product {slug!r}.", kind="product", slug=slug)
    variants = session.execute(
        select(Variant, pieces_of(Variant.id))
        .where(Variant.product_id == row[0].id)
        .options(joinedload(Variant.material), joinedload(Variant.colour), joinedload(Variant.hardware))
        .order_by(Variant.position, Variant.id)
    ).all()
    priced = prices_of_product(session, market, slug, None).variants if variants else []
    return WholeProduct(
        row[0],
        row[1],
        [variant for variant, _ in variants],
        {each.variant.id: each for each in priced},
        dated_prices(session, row[0].id),
        {variant.id: int(pieces) for variant, pieces in variants},
    )
