"""The pages that bags are found and chosen on: the list with its filters, and a bag."""

from __future__ import annotations

from typing import Any

from flask import render_template, request

from shop.catalogue.errors import NotInCatalogue
from shop.catalogue.models import Colour
from shop.catalogue.queries import labels, page_of_parts, sources_by_id
from shop.discovery import queries
from shop.discovery.listing import SORTS, list_products, products_of_families
from shop.discovery.offers import Offer
from shop.discovery.queries import ProductPage
from shop.kit.db import db
from shop.kit.hot.standing import rests_on
from shop.kit.pages import DEFAULT_LIMIT, MAX_LIMIT
from shop.media.queries import Picture, pictures_of_products, pictures_of_variants
from shop.storefront import listing
from shop.storefront.blueprint import page, pages, where
from shop.storefront.choosing import choices, first_shown
from shop.storefront.locale import current_locale

#: With every page of the storefront that everybody may read on it.
__all__ = ["pages"]

#: Other bags of the family that a bag's page shows.
SIBLINGS = 4


@pages.get("/bags")
@page
def bags() -> Any:
    """Show the list of bags with its filters and counts."""
    state = listing.state_of(request.args)
    found = list_products(
        db.session(),
        where(),
        state.filters,
        sort=state.sort,
        limit=DEFAULT_LIMIT,
        cursor=state.cursor,
        facets=(*state.groups, "price", "available"),
    )
    # Counts tell what else is available: the page stands on everybody's stock, and says nothing narrower.
    return render_template(
        "storefront/bags.html",
        state=state,
        found=found,
        pictures=pictures_of_products(db.session(), (each.product.id for each in found.items)),
        total=listing.total(found, state.filters),
        names=listing.names_of(found),
        sorts=[name for name in SORTS if name != "relevance" or state.filters.q],
        french=_french_colours(),
        asked_q=state.filters.q,
    )


@pages.get("/bags/<slug>")
@page
def bag(slug: str) -> Any:
    """Show a bag in one of its variants, with links to the others."""
    session = db.session()
    found = queries.product(session, where(), slug)
    shown = _asked_for(found, request.args.get("variant"))
    family = found.product.family
    others = products_of_families(session, where(), [family]).get(family.id, [])
    siblings = [each for each in others if each.product.id != found.product.id][:SIBLINGS]
    rests_on(
        {offer.variant.id for offer in found.offers}
        | {variant_id for each in siblings for variant_id in each.variant_ids}
    )
    disputes = queries.disputes_about(session, family.slug)
    return render_template(
        "storefront/bag.html",
        page=found,
        product=found.product,
        offer=shown,
        choices=choices(found.offers, shown) if shown else [],
        gallery=_gallery(found, shown),
        siblings=siblings,
        pictures=pictures_of_products(session, (each.product.id for each in siblings)),
        labels=labels(session),
        disputes=disputes,
        cited=sources_by_id(session, _cited(found, shown)),
    )


def _asked_for(found: ProductPage, sku: str | None) -> Offer | None:
    if not sku:
        return first_shown(found.offers)
    for offer in found.offers:
        if offer.variant.sku == sku:
            return offer
    raise NotInCatalogue(f"There is no variant {sku!r}.", kind="variant", slug=sku)


def _gallery(found: ProductPage, shown: Offer | None) -> list[Picture]:
    """Return the pictures of a variant, then those that were given for its product."""
    session, product = db.session(), found.product
    of_product = pictures_of_products(session, [product.id]).get(product.id, [])
    if shown is None:
        return of_product
    of_variant = pictures_of_variants(session, [shown.variant.id]).get(shown.variant.id, [])
    given = [each for each in of_product if not each.is_drawing]
    # Whoever gave pictures of the product wants them seen, and no drawing.
    return given if given and all(each.is_drawing for each in of_variant) else [*of_variant, *given]


def _cited(found: ProductPage, shown: Offer | None) -> list[str]:
    product = found.product
    ids = [*product.sources, *product.dimensions_sources, *(shown.variant.sources if shown else ())]
    return [*ids, *(source for part in product.components for source in part.sources)]


def _french_colours() -> dict[str, str]:
    """Return French names of colours by slug, for pages in French."""
    locale = current_locale()
    if locale is None or locale.language != "fr":
        return {}
    colours = page_of_parts(db.session(), Colour, limit=MAX_LIMIT, cursor=None).items
    return {each.slug: each.french_name for each in colours if each.french_name}
