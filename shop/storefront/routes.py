"""The pages that tell a story: home, families, campaigns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from shop.catalogue.errors import NotInCatalogue
from shop.catalogue.models import Campaign
from shop.config import current_settings
from shop.discovery import queries
from shop.discovery.listing import ProductSummary
from shop.discovery.offers import Offer, offers_by_id
from shop.kit import access
from shop.kit.db import db
from shop.kit.hot.standing import rests_on
from shop.kit.problems import NotFound
from shop.media.queries import Picture, pictures_of_products
from shop.storefront import lineage
from shop.storefront.blueprint import page, pages, where
from shop.storefront.locale import all_markets, preferred

root = Blueprint("root", __name__)

#: More families and campaigns than a page shows would need pages of their own.
MOST = 100


@root.get("/")
@access.public
def enter() -> AnyResponse:
    """Lead to the home page in the language and the market that a browser asks for."""
    wishes = request.accept_languages
    tag = preferred(wishes, all_markets(db.session()), current_settings().default_market)
    answer = redirect(url_for("storefront.home", locale=tag) if tag else "/docs/", 303)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@pages.get("/")
@page
def home() -> Any:
    """Show the relaunch: the first campaign's hero and its bags, the lineage, the campaign's shelves."""
    session = db.session()
    families = queries.families(session, limit=MOST, cursor=None).items
    campaign = _first_campaign()
    told: dict[str, Any] = {"families": families, "campaign": None}
    products: list[ProductSummary] = []
    if campaign is not None:
        story = queries.campaign(session, where(), campaign.slug)
        hero = queries.family(session, where(), story.campaign.hero_family.slug)
        products = [*hero.products, *(each for shelf in story.shelves for each in shelf.products)]
        told |= {"campaign": story.campaign, "shelves": story.shelves, "hero": hero}
    told |= {"pictures": _shows(products), "lineage": lineage.drawn(queries.whole_lineage(session))}
    return render_template("storefront/home.html", **told)


@pages.get("/families/<slug>")
@page
def family(slug: str) -> Any:
    """Show a family: where it comes from, what happened to it, its bags, and what is not certain."""
    found = queries.family(db.session(), where(), slug)
    pictures = _shows(found.products)
    links = lineage.related(queries.whole_lineage(db.session()), found.family.id)
    drawing = lineage.drawn(links)
    return render_template("storefront/family.html", page=found, lineage=drawing, pictures=pictures)


@pages.get("/closet")
@page
def closet() -> Any:
    """Show the campaign that stands first."""
    first = _first_campaign()
    if first is None:
        raise NotInCatalogue("There is no campaign.", kind="campaign")
    return _campaign(first.slug)


@pages.get("/campaigns/<slug>")
@page
def campaign(slug: str) -> Any:
    """Show a campaign: who made it, who is in it, and its shelves to buy from."""
    return _campaign(slug)


@pages.get("/<path:rest>")
@access.public
def missing(rest: str) -> Any:
    """Say as a page that there is none."""
    raise NotFound(f"There is no page {rest!r}.")


def _first_campaign() -> Campaign | None:
    return next(iter(queries.campaigns(db.session(), limit=1, cursor=None).items), None)


def _campaign(slug: str) -> str:
    session = db.session()
    found = queries.campaign(session, where(), slug)
    products = [each for shelf in found.shelves for each in shelf.products]
    pictures = _shows(products)
    offers = offers_by_id(session, where(), (id_ for each in products for id_ in each.variant_ids))
    others = queries.campaigns(session, limit=MOST, cursor=None).items
    return render_template(
        "storefront/closet.html",
        page=found,
        pictures=pictures,
        others=[each for each in others if each.slug != slug],
        offers={each.product.id: _buyable(each, offers) for each in products},
    )


def _buyable(product: ProductSummary, offers: dict[int, Offer]) -> list[Offer]:
    """Return what can be bought of a product now, in the editor's order."""
    found = (offers.get(variant_id) for variant_id in product.variant_ids)
    return [offer for offer in found if offer is not None and offer.available]


def _shows(products: Iterable[ProductSummary]) -> dict[int, list[Picture]]:
    """Say that the page stands on the stock of some products; return their pictures."""
    shown = list(products)
    rests_on({variant_id for product in shown for variant_id in product.variant_ids})
    return pictures_of_products(db.session(), (each.product.id for each in shown))
