"""Products and their variants."""

from __future__ import annotations

from http import HTTPStatus

from flask import Response

from shop.admin import edits, listing, product_pictures
from shop.admin.pages.door import page, pages, signed_in
from shop.admin.pages.forms import asked, filled_in, read
from shop.admin.products import whole_product
from shop.kit import access
from shop.kit.clock import now
from shop.kit.db import db
from shop.kit.fields import Str, StrictSchema
from shop.kit.pages import MAX_LIMIT, PageQuery
from shop.kit.problems import Problem
from shop.media.queries import pictures_of_products, pictures_of_variants
from shop.pricing.queries import market_or_default, markets


class ProductsQuery(PageQuery):
    """Which products are listed."""

    q = Str(maximum=120, load_default=None)
    family = Str(maximum=64, load_default=None)


class MarketChoice(StrictSchema):
    """Where prices are shown of."""

    market = Str(maximum=8, load_default=None)


@pages.get("/products")
@access.session("catalogue:read")
def products() -> Response:
    """List products, those that nobody sees too."""
    session, query = db.session(), read(ProductsQuery(), asked())
    found = listing.page_of_products(session, as_shown=True, **query)
    shown = pictures_of_products(session, [each["id"] for each in found.items])
    return page("products.html", found=found, query=query, pictures=shown, families=listing.families(session))


@pages.get("/products/<slug>")
@access.session("catalogue:read")
def product(slug: str) -> Response:
    """Show a product with its variants, their prices by market and day, and when it is shown."""
    return show_product(slug)


def show_product(slug: str, refused: Problem | None = None, *, form: str | None = None) -> Response:
    """Show a product, with what was refused where something was.

    Args:
        slug: Of the product.
        refused: Why nothing was changed.
        form: Which of the page's forms was refused: ``pictures``, ``publication`` or ``prices``.
    """
    faults = refused.facts.get("errors", ()) if refused else ()
    session, may_write = db.session(), "catalogue:write" in signed_in().scopes
    market = market_or_default(session, read(MarketChoice(), asked())["market"])
    found = whole_product(session, slug, market)
    return page(
        "product.html",
        status=HTTPStatus.OK if refused is None else refused.status,
        found=found,
        product=found.product,
        market=market,
        markets=markets(session, limit=MAX_LIMIT, cursor=None).items,
        pictures=pictures_of_products(session, [found.product.id]).get(found.product.id, []),
        of_variants=pictures_of_variants(session, [each.id for each in found.variants]),
        given=product_pictures.given(session, slug),
        versions=edits.versions(session, slug) if may_write else None,
        now=now(),
        refused=refused,
        form=form,
        filled=filled_in() if refused else {},
        faults={each.get("parameter"): each["detail"] for each in faults},
    )
