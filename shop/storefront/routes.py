"""The pages that everybody may read: home, families, bags, campaigns."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from shop.config import current_settings
from shop.discovery import queries
from shop.kit import access
from shop.kit.db import db
from shop.kit.hot.standing import rests_on
from shop.kit.problems import NotFound
from shop.storefront.blueprint import page, page_blueprint
from shop.storefront.locale import all_markets, preferred

pages = page_blueprint("storefront")
root = Blueprint("root", __name__)


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
    """Show the relaunch: the latest campaign's hero, its lineage, its shelves."""
    rests_on(())
    return render_template(
        "storefront/home.html", families=queries.families(db.session(), limit=24, cursor=None)
    )


@pages.get("/<path:rest>")
@access.public
def missing(rest: str) -> Any:
    """Say as a page that there is none."""
    raise NotFound(f"There is no page {rest!r}.")
