"""Reading the markets."""

from __future__ import annotations

from typing import Any

from shop.catalogue.errors import NotInCatalogue
from shop.catalogue.routes import current_revision
from shop.kit import access
from shop.kit.api import Blueprint
from shop.kit.db import db
from shop.kit.pages import BadCursor, Page, PageQuery, page_of
from shop.kit.problems import InvalidRequest
from shop.pricing import queries
from shop.pricing.models import Market
from shop.pricing.schemas import MarketView

markets = Blueprint("markets", __name__, url_prefix="/v1/markets", description="Where the shop sells.")


@markets.route("")
@markets.arguments(PageQuery, location="query")
@markets.response(200, page_of(MarketView))
@markets.refuses(BadCursor, InvalidRequest)
@markets.cacheable(while_unmoved=current_revision)
@access.public
def list_markets(page: dict[str, Any]) -> Page[Market]:
    """List markets: currency, tax and where parcels go."""
    return queries.markets(db.session(), **page)


@markets.route("/<slug>")
@markets.response(200, MarketView)
@markets.refuses(NotInCatalogue)
@markets.cacheable(while_unmoved=current_revision)
@access.public
def get_market(slug: str) -> Market:
    """Read a market."""
    found = queries.market_with_duties(db.session(), slug)
    if found is None:
        raise NotInCatalogue(f"There is no market {slug!r}.", kind="market", slug=slug)
    return found
