"""What every page of the storefront has: its locale, its failures as pages, and whether it may be kept."""

from __future__ import annotations

import functools
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, ParamSpec

from flask import Blueprint, Response, current_app, g, make_response, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from shop.discovery.standing import Shown
from shop.kit import access, problems
from shop.kit.db import db
from shop.kit.hot import layer
from shop.kit.hot.views import kept
from shop.pricing.models import Market
from shop.storefront.locale import locale_of
from shop.storefront.texts import later

P = ParamSpec("P")

#: What a page says of a failure, by its status; others are told as a mistake of the shop's.
_WORDS = {
    400: (later("This could not be understood"), later("The address or the form was incomplete.")),
    403: (later("This is not allowed"), later("The form did not come from a page of this shop.")),
    404: (later("There is nothing here"), later("The page may have moved, or it was never made.")),
    405: (later("There is nothing here"), later("The page may have moved, or it was never made.")),
    409: (later("This is no longer possible"), later("Something changed in the meantime.")),
    413: (later("This is too much"), later("More was sent than a page of this shop reads.")),
    422: (later("Nothing goes by that name"), later("The address asks for what the shop does not have.")),
    429: (
        later("One moment, please"),
        later("Too many pages were asked for at once. Try again in a minute."),
    ),
    503: (later("One moment, please"), later("The shop is very busy. Try again in a few seconds.")),
}
_MISTAKE = (later("Something went wrong"), later("It is our mistake. Nothing was ordered or charged by it."))


def page_blueprint(name: str) -> Blueprint:
    """Return a blueprint whose pages stand under a locale.

    Views of it take no ``locale``: it is ``g.locale`` when they are called. What they refuse, or fail in,
    is answered as a page with the same status.
    """
    pages = Blueprint(name, __name__, url_prefix="/<locale:locale>", template_folder="templates")
    pages.url_value_preprocessor(_take_locale)
    pages.before_request(_enter_unless_kept)
    pages.after_request(_told_as_page)
    pages.after_request(_told_where_forms_come_from)
    return pages


def page(view: Callable[P, Any]) -> Callable[P, AnyResponse]:
    """Return a view of the catalogue as a page: open to everybody, and kept while it stands.

    It never sets a cookie and shows nothing of who reads it.
    """

    @functools.wraps(view)
    def entered(*args: P.args, **kwargs: P.kwargs) -> Response:
        # Within what is kept: what the market was read as is looked at like the rest of the page.
        _enter()
        return make_response(view(*args, **kwargs))

    return access.public(kept(entered, while_stands=shown))


def where() -> Market:
    """Return the market of the page at work."""
    market: Market = g.locale.where
    return market


def shown() -> Shown:
    """Return what this process knows of how far everything has moved that shoppers are shown."""
    found: Shown = current_app.extensions["shop.shown"]
    return found


def _take_locale(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    g.locale_tag = (values or {}).pop("locale", "")


def _enter_unless_kept() -> None:
    view = current_app.view_functions[request.endpoint or ""]
    if not hasattr(view, layer.IS_CACHEABLE):
        _enter()


def _enter() -> None:
    g.locale = locale_of(db.session(), g.locale_tag)


def _told_where_forms_come_from(response: Response) -> Response:
    # Without it an older browser hides the origin of a form from the shop itself, which then refuses it.
    response.headers["Referrer-Policy"] = "same-origin"
    return response


def _told_as_page(response: Response) -> Response:
    """Return a problem as the page that says so; its status and its headers stay."""
    if response.mimetype != problems.CONTENT_TYPE:
        return response
    status = response.status_code
    title, text = _WORDS.get(status, _MISTAKE)
    facts = response.get_json() or {}
    known = HTTPStatus(status).phrase if status in set(HTTPStatus) else ""
    response.set_data(
        render_template(
            "storefront/failure.html",
            status=status,
            phrase=known,
            title_text=title,
            text=text,
            request_id=facts.get("request_id") if status >= HTTPStatus.INTERNAL_SERVER_ERROR else None,
        )
    )
    response.mimetype = "text/html"
    return response


#: The pages of the catalogue.
pages = page_blueprint("storefront")
