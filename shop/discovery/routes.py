"""Reading what a shopper finds: families, products, variants, campaigns."""

from __future__ import annotations

from typing import Any

from shop.catalogue.errors import NotInCatalogue
from shop.catalogue.models import Campaign, Family
from shop.config import current_settings
from shop.discovery import presenters, queries
from shop.discovery.errors import UnknownFilterValue
from shop.discovery.filters import Filters
from shop.discovery.listing import ProductSummary
from shop.discovery.listing import list_products as read_products
from shop.discovery.offers import Offer
from shop.discovery.schemas import MarketQuery, OfferView, ProductQuery, ProductSummaryView, ProductView
from shop.discovery.story_schemas import (
    CampaignSummaryView,
    CampaignView,
    FamilySummaryView,
    FamilyView,
    LineageView,
)
from shop.kit.api import Blueprint
from shop.kit.db import db
from shop.kit.pages import BadCursor, Page, PageQuery, page_of
from shop.kit.problems import InvalidRequest
from shop.pricing.errors import UnknownMarket
from shop.pricing.models import Market
from shop.pricing.queries import market as read_market

families = Blueprint(
    "families", __name__, url_prefix="/v1/families", description="Bag families and their lineage."
)
products = Blueprint(
    "products", __name__, url_prefix="/v1/products", description="Bags, with prices in a market."
)
variants = Blueprint("variants", __name__, url_prefix="/v1/variants", description="One buyable bag.")
campaigns = Blueprint(
    "campaigns", __name__, url_prefix="/v1/campaigns", description="Campaigns and their shelves."
)


def _market(code: str | None) -> Market:
    settings = current_settings()
    return read_market(db.session(), code or settings.default_market)


@families.route("")
@families.arguments(PageQuery, location="query")
@families.response(200, page_of(FamilySummaryView))
@families.refuses(BadCursor, InvalidRequest)
def list_families(page: dict[str, Any]) -> dict[str, Any]:
    """List families."""
    found: Page[Family] = queries.families(db.session(), **page)
    return {"items": [presenters.family_summary(each) for each in found.items], "next": found.next}


@families.route("/<slug>")
@families.arguments(MarketQuery, location="query")
@families.response(200, FamilyView)
@families.refuses(NotInCatalogue, UnknownMarket, InvalidRequest)
def get_family(query: dict[str, Any], slug: str) -> dict[str, Any]:
    """Read a family: launch with its dispute, people, relaunches, timeline, products."""
    return presenters.family(queries.family(db.session(), _market(query["market"]), slug))


@families.route("/<slug>/lineage")
@families.response(200, LineageView)
@families.refuses(NotInCatalogue)
def get_lineage(slug: str) -> queries.Lineage:
    """Read what a family comes from and what came from it."""
    return queries.lineage(db.session(), slug)


@products.route("")
@products.arguments(ProductQuery, location="query")
@products.response(200, page_of(ProductSummaryView))
@products.refuses(BadCursor, InvalidRequest, UnknownMarket, UnknownFilterValue)
def list_products(query: dict[str, Any]) -> Page[ProductSummary]:
    """List products.

    Several values of one filter (repeated, or with commas) are alternatives; different
    filters combine, all of them on one and the same variant. *Le City in Arena leather with
    large studs and laced zipper pulls* is one call:
    `?family=le-city&material=arena&detail=large-studs&hardware=zip-pull-laced`.
    """
    market = _market(query.pop("market"))
    page = {name: query.pop(name) for name in ("sort", "limit", "cursor")}
    return read_products(db.session(), market, Filters(**query), **page)


@products.route("/<slug>")
@products.arguments(MarketQuery, location="query")
@products.response(200, ProductView)
@products.refuses(NotInCatalogue, UnknownMarket, InvalidRequest)
def get_product(query: dict[str, Any], slug: str) -> dict[str, Any]:
    """Read a product with all its variants."""
    return presenters.product(queries.product(db.session(), _market(query["market"]), slug))


@variants.route("/<sku>")
@variants.arguments(MarketQuery, location="query")
@variants.response(200, OfferView)
@variants.refuses(NotInCatalogue, UnknownMarket, InvalidRequest)
def get_variant(query: dict[str, Any], sku: str) -> Offer:
    """Read a variant by its SKU, the style code without spaces."""
    return queries.variant(db.session(), _market(query["market"]), sku)


@campaigns.route("")
@campaigns.arguments(PageQuery, location="query")
@campaigns.response(200, page_of(CampaignSummaryView))
@campaigns.refuses(BadCursor, InvalidRequest)
def list_campaigns(page: dict[str, Any]) -> Page[Campaign]:
    """List campaigns."""
    return queries.campaigns(db.session(), **page)


@campaigns.route("/<slug>")
@campaigns.arguments(MarketQuery, location="query")
@campaigns.response(200, CampaignView)
@campaigns.refuses(NotInCatalogue, UnknownMarket, InvalidRequest)
def get_campaign(query: dict[str, Any], slug: str) -> dict[str, Any]:
    """Read a campaign: photographers, cast, shelves in order with live prices."""
    market = _market(query["market"])
    return presenters.campaign(queries.campaign(db.session(), market, slug), market)
