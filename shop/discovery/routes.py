"""Reading what a shopper finds: families, products, variants, campaigns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson
from flask import Response, after_this_request, current_app, request

from shop.catalogue.errors import NotInCatalogue
from shop.catalogue.models import Campaign, Family
from shop.config import current_settings
from shop.discovery import linked_data, presenters, queries
from shop.discovery.errors import UnknownFilterValue
from shop.discovery.filters import Filters
from shop.discovery.listing import ProductList, ProductSummary
from shop.discovery.listing import list_products as read_products
from shop.discovery.offers import Offer
from shop.discovery.schemas import (
    MarketQuery,
    OfferView,
    ProductListView,
    ProductQuery,
    ProductView,
    SuggestionQuery,
    SuggestionsView,
)
from shop.discovery.standing import Shown
from shop.discovery.story_schemas import (
    CampaignSummaryView,
    CampaignView,
    FamilySummaryView,
    FamilyView,
    LineageView,
)
from shop.discovery.suggestions import Suggestions
from shop.discovery.suggestions import suggest as read_suggestions
from shop.kit import access
from shop.kit.api import Blueprint
from shop.kit.db import db
from shop.kit.hot.standing import rests_on
from shop.kit.negotiation import prefers
from shop.kit.pages import BadCursor, Page, PageQuery, page_of
from shop.kit.problems import InvalidRequest
from shop.pricing.errors import UnknownMarket
from shop.pricing.queries import market_or_default

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
suggestions = Blueprint(
    "suggestions", __name__, url_prefix="/v1/suggest", description="What a shopper may mean, while typing."
)

BLUEPRINTS = (families, products, suggestions, variants, campaigns)


def shown() -> Shown:
    """Return what this process knows of how far everything has moved that shoppers are shown."""
    found: Shown = current_app.extensions["shop.shown"]
    return found


def _shows_stock_of(products: Iterable[ProductSummary]) -> None:
    rests_on(variant_id for product in products for variant_id in product.variant_ids)


@families.route("")
@families.arguments(PageQuery, location="query")
@families.response(200, page_of(FamilySummaryView))
@families.refuses(BadCursor, InvalidRequest)
@families.cacheable(while_stands=shown)
@access.public
def list_families(page: dict[str, Any]) -> dict[str, Any]:
    """List families."""
    rests_on(())
    found: Page[Family] = queries.families(db.session(), **page)
    return {"items": [presenters.family_summary(each) for each in found.items], "next": found.next}


@families.route("/<slug>")
@families.arguments(MarketQuery, location="query")
@families.response(200, FamilyView)
@families.refuses(NotInCatalogue, UnknownMarket, InvalidRequest)
@families.cacheable(while_stands=shown)
@access.public
def get_family(query: dict[str, Any], slug: str) -> dict[str, Any]:
    """Read a family: launch with its dispute, people, relaunches, timeline, products."""
    page = queries.family(db.session(), market_or_default(db.session(), query["market"]), slug)
    _shows_stock_of(page.products)
    return presenters.family(page)


@families.route("/<slug>/lineage")
@families.response(200, LineageView)
@families.refuses(NotInCatalogue)
@families.cacheable(while_stands=shown)
@access.public
def get_lineage(slug: str) -> queries.Lineage:
    """Read what a family comes from and what came from it."""
    rests_on(())
    return queries.lineage(db.session(), slug)


@products.route("")
@products.arguments(ProductQuery, location="query")
@products.response(200, ProductListView)
@products.refuses(BadCursor, InvalidRequest, UnknownMarket, UnknownFilterValue)
@products.cacheable(while_stands=shown)
@access.public
def list_products(query: dict[str, Any]) -> ProductList:
    """List products.

    Several values of one filter (repeated, or with commas) are alternatives; different
    filters combine, all of them on one and the same variant. *Le City in Arena leather with
    large studs and laced zipper pulls* is one call:
    `?family=le-city&material=arena&detail=large-studs&hardware=zip-pull-laced`.

    `facets=material,colour` counts the whole list by these groups in the same call. A group
    ignores its own filter and keeps the others, so each count is what choosing that value
    instead would find.
    """
    market = market_or_default(db.session(), query.pop("market"))
    page = {name: query.pop(name) for name in ("sort", "limit", "cursor", "facets", "facet_zeros")}
    filters = Filters(**query)
    found = read_products(db.session(), market, filters, **page)
    if filters.available is None and "available" not in page["facets"]:
        _shows_stock_of(found.items)
    return found


@suggestions.route("")
@suggestions.arguments(SuggestionQuery, location="query")
@suggestions.response(200, SuggestionsView)
@suggestions.refuses(InvalidRequest, UnknownMarket)
@suggestions.cacheable(while_stands=shown)
@access.public
def suggest(query: dict[str, Any]) -> Suggestions:
    """Suggest families, materials, colours, details, hardware, people and products.

    Accents do not matter, and a misspelt word is read as the catalogue's nearest. Products that
    have no price in the market come last; they are suggested from the third letter on.
    """
    rests_on(())
    market = market_or_default(db.session(), query["market"])
    return read_suggestions(db.session(), market, query["q"], limit=query["limit"])


@products.route("/<slug>")
@products.arguments(MarketQuery, location="query")
@products.response(200, ProductView)
@products.alt_response(
    200,
    schema=linked_data.SCHEMA,
    content_type=linked_data.CONTENT_TYPE,
    description="schema.org `ProductGroup`, for who likes `application/ld+json` better than "
    "`application/json` by its `Accept`; every other wish, and a tie, is answered in JSON.",
    success=True,
)
@products.refuses(NotInCatalogue, UnknownMarket, InvalidRequest)
@products.cacheable(while_stands=shown)
@access.public
def get_product(query: dict[str, Any], slug: str) -> dict[str, Any] | Response:
    """Read a product with all its variants."""
    after_this_request(_varies_by_accept)
    page = queries.product(db.session(), market_or_default(db.session(), query["market"]), slug)
    rests_on(offer.variant.id for offer in page.offers)
    if prefers(request.accept_mimetypes, linked_data.CONTENT_TYPE, over="application/json"):
        document = linked_data.product_group(page, current_settings().public_url)
        return Response(orjson.dumps(document), content_type=linked_data.CONTENT_TYPE)
    return presenters.product(page)


def _varies_by_accept(response: Response) -> Response:
    response.vary.add("Accept")
    return response


@variants.route("/<sku>")
@variants.arguments(MarketQuery, location="query")
@variants.response(200, OfferView)
@variants.refuses(NotInCatalogue, UnknownMarket, InvalidRequest)
@variants.cacheable(while_stands=shown)
@access.public
def get_variant(query: dict[str, Any], sku: str) -> Offer:
    """Read a variant by its SKU, the style code without spaces."""
    offer = queries.variant(db.session(), market_or_default(db.session(), query["market"]), sku)
    rests_on([offer.variant.id])
    return offer


@campaigns.route("")
@campaigns.arguments(PageQuery, location="query")
@campaigns.response(200, page_of(CampaignSummaryView))
@campaigns.refuses(BadCursor, InvalidRequest)
@campaigns.cacheable(while_stands=shown)
@access.public
def list_campaigns(page: dict[str, Any]) -> Page[Campaign]:
    """List campaigns."""
    rests_on(())
    return queries.campaigns(db.session(), **page)


@campaigns.route("/<slug>")
@campaigns.arguments(MarketQuery, location="query")
@campaigns.response(200, CampaignView)
@campaigns.refuses(NotInCatalogue, UnknownMarket, InvalidRequest)
@campaigns.cacheable(while_stands=shown)
@access.public
def get_campaign(query: dict[str, Any], slug: str) -> dict[str, Any]:
    """Read a campaign: photographers, cast, shelves in order with live prices."""
    market = market_or_default(db.session(), query["market"])
    page = queries.campaign(db.session(), market, slug)
    _shows_stock_of(each for shelf in page.shelves for each in shelf.products)
    return presenters.campaign(page, market)
