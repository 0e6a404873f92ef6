"""Site map and feeds over HTTP, sent while they are read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from flask import Response, stream_with_context
from sqlalchemy import Row

from shop.catalogue.errors import NotInCatalogue
from shop.config import current_settings
from shop.discovery.schemas import MarketQuery
from shop.feeds import google, queries, sitemap
from shop.kit import access
from shop.kit.api import Blueprint
from shop.kit.db import db, leave_database
from shop.kit.problems import InvalidRequest
from shop.pricing.errors import UnknownMarket
from shop.pricing.models import Market
from shop.pricing.queries import market_or_default, shipping_methods

feeds = Blueprint("feeds", __name__, description="For programs that read the catalogue whole.")

_TEXT = {"type": "string"}


@feeds.route("/feeds/google.tsv")
@feeds.arguments(MarketQuery, location="query")
@feeds.response(200, _TEXT, content_type=google.CONTENT_TYPE)
@feeds.refuses(UnknownMarket, InvalidRequest)
@access.public
def get_google_feed(query: dict[str, Any]) -> Response:
    """Read every variant that is published, for sale and priced in a market, as Google's product feed.

    One line a variant, values parted by tabs, sent while it is read, in the order of their
    becoming known. Columns that the catalogue knows nothing for are left out: there are no
    GTINs. Of pictures, photographs are named and the shop's own drawings are not.
    """
    market = market_or_default(db.session(), query["market"])
    shipped = google.shipping(market, shipping_methods(db.session(), market.code))
    return _sent(_google_lines(market, current_settings().public_url, shipped), google.CONTENT_TYPE)


@feeds.route("/sitemap.xml")
@feeds.response(200, _TEXT, content_type=sitemap.CONTENT_TYPE)
@access.public
def get_sitemap() -> Response:
    """Read the addresses of all products, families and campaigns, or of the parts that hold them.

    Above 50,000 addresses it is an index of `/sitemaps/{kind}/{part}.xml`.
    """
    public_url = current_settings().public_url
    if queries.count_addresses(db.session()) > sitemap.LARGEST:
        parts = [
            f"{public_url}/sitemaps/{kind}/{part}.xml"
            for kind in queries.ADDRESSED
            for part in queries.parts_of(db.session(), kind, sitemap.LARGEST)
        ]
        return _sent(iter([sitemap.index(parts)]), sitemap.CONTENT_TYPE)
    entries = (text for kind in queries.ADDRESSED for text in _entries(kind, public_url))
    return _sent(_document(entries), sitemap.CONTENT_TYPE)


@feeds.route("/sitemaps/<kind>/<int:part>.xml")
@feeds.response(200, _TEXT, content_type=sitemap.CONTENT_TYPE)
@feeds.refuses(NotInCatalogue)
@access.public
def get_sitemap_part(kind: str, part: int) -> Response:
    """Read one part of a large site map."""
    after, until = (part - 1) * sitemap.LARGEST, part * sitemap.LARGEST
    first: Sequence[Row[int, str]] = ()
    # No id is larger, and a larger number is none to the database.
    if kind in queries.ADDRESSED and 0 < until < 2**31:
        first = queries.slugs_after(db.session(), kind, after, until=until)
    if not first:
        name = f"{kind}/{part}"
        raise NotInCatalogue(f"There is no part {name!r} of the site map.", kind="sitemap", slug=name)
    entries = _entries(kind, current_settings().public_url, first, until=until)
    return _sent(_document(entries), sitemap.CONTENT_TYPE)


@feeds.route("/robots.txt")
@feeds.response(200, _TEXT, content_type="text/plain")
@access.public
def get_robots() -> Response:
    """Read what crawlers may visit, and where the site map is."""
    return _sent(iter([sitemap.robots(current_settings().public_url)]), "text/plain")


def _sent(parts: Iterator[str], content_type: str) -> Response:
    response = Response(stream_with_context(parts), mimetype=content_type)
    # Prices and what is published change: a copy is asked for again before it is used.
    response.headers["Cache-Control"] = "no-cache"
    return response


def _google_lines(market: Market, public_url: str, shipped: str) -> Iterator[str]:
    yield google.header()
    last: int | None = 0
    while last is not None:
        offers, last = queries.offers_after(db.session(), market, last)
        lines = google.lines(offers, public_url, shipped)
        leave_database()
        if lines:
            yield lines


def _document(entries: Iterator[str]) -> Iterator[str]:
    yield sitemap.BEGIN
    yield from entries
    yield sitemap.END


def _entries(
    kind: str, public_url: str, rows: Sequence[Row[int, str]] = (), *, until: int | None = None
) -> Iterator[str]:
    """Yield the entries of a kind, from the rows that were read already on."""
    found = rows or queries.slugs_after(db.session(), kind, 0, until=until)
    while found:
        leave_database()
        yield sitemap.urls(f"{public_url}/v1/{kind}/{slug}" for _, slug in found)
        found = queries.slugs_after(db.session(), kind, found[-1][0], until=until)
    leave_database()
