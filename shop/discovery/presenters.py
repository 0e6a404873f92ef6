"""From rows to what the schemas name: where one document is put together from several."""

from __future__ import annotations

from typing import Any

from shop.catalogue.models import Family
from shop.discovery.queries import CampaignPage, FamilyPage, ProductPage
from shop.pricing.models import Market


def _columns(row: Any) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in row.__table__.columns}


def family_summary(row: Family) -> dict[str, Any]:
    """Return a family as lists show it."""
    return {**_columns(row), "launch": row, "designers": row.designers}


def family(page: FamilyPage) -> dict[str, Any]:
    """Return a family with its story and its products."""
    return {
        **family_summary(page.family),
        "relaunches": page.family.relaunches,
        "timeline": page.timeline,
        "disputes": page.disputes,
        "products": page.products,
        "cited": page.cited,
    }


def product(page: ProductPage) -> dict[str, Any]:
    """Return a product with its variants as they are offered in the market."""
    row = page.product
    return {
        **_columns(row),
        "family": row.family,
        "lining": row.lining,
        "dimensions": row if row.width_mm else None,
        "components": row.components,
        "market": page.market.code,
        "variants": page.offers,
        "images": page.images,
    }


def campaign(page: CampaignPage, market: Market) -> dict[str, Any]:
    """Return a campaign with its people and its shelves."""
    row = page.campaign
    return {
        **_columns(row),
        "hero_family": row.hero_family,
        "credits": row.credits,
        "cast": row.cast,
        "shelves": page.shelves,
        "also_reported": row.sightings,
        "market": market.code,
        "cited": page.cited,
    }
