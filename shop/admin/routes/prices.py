"""What things cost on a day."""

from __future__ import annotations

from typing import Any

from shop.admin import prices
from shop.admin.routes.door import SHUT, admin
from shop.admin.schemas.prices import PriceListView, PricesQuery
from shop.catalogue.errors import NotInCatalogue
from shop.kit import access
from shop.kit.db import db
from shop.kit.problems import InvalidRequest
from shop.pricing.errors import UnknownMarket
from shop.pricing.queries import market_or_default


@admin.route("/products/<slug>/prices")
@admin.arguments(PricesQuery, location="query")
@admin.response(200, PriceListView)
@admin.refuses(*SHUT, NotInCatalogue, UnknownMarket, InvalidRequest)
@admin.private
@access.key("catalogue:read")
def get_product_prices(query: dict[str, Any], slug: str) -> prices.PriceList:
    """Read what a product cost on a day, published or not."""
    market = market_or_default(db.session(), query["market"])
    return prices.prices_of_product(db.session(), market, slug, query["as_of"])


@admin.route("/variants/<sku>/prices")
@admin.arguments(PricesQuery, location="query")
@admin.response(200, PriceListView)
@admin.refuses(*SHUT, NotInCatalogue, UnknownMarket, InvalidRequest)
@admin.private
@access.key("catalogue:read")
def get_variant_prices(query: dict[str, Any], sku: str) -> prices.PriceList:
    """Read what a variant cost on a day, published or not."""
    market = market_or_default(db.session(), query["market"])
    return prices.prices_of_variant(db.session(), market, sku, query["as_of"])
