"""What every GET route tells caches and browsers: a table, and a crawl that holds each to its line.

A new route is not in the table, and the test fails until somebody decides what caches may do.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from shop.storefront.files import digest_of
from tests.caching.conftest import ORIGIN
from tests.databases import SqliteDatabases
from tests.shopper import BAG


@dataclass(frozen=True)
class Told:
    """What an answer says to caches.

    Attributes:
        vary: What it depends on besides its address; all of it, and nothing else.
        has_etag: Whether it can be asked for again.
    """

    cache_control: str | None
    vary: frozenset[str]
    has_etag: bool


_SECOND = "public, max-age=1, stale-while-revalidate=8"
#: What everybody may read, for a second; one product in two formats.
HOT = Told(_SECOND, frozenset({"Accept-Encoding", "Origin"}), has_etag=True)
FORMATS = Told(_SECOND, frozenset({"Accept", "Accept-Encoding", "Origin"}), has_etag=True)
#: Read whole by programs: asked for anew each time.
WHOLE = Told("no-cache", frozenset({"Origin"}), has_etag=False)
#: A file under an address of its content: kept for good.
FILE = Told("public, max-age=31536000, immutable", frozenset({"Accept-Encoding", "Origin"}), has_etag=True)
#: Pages of a release; without a time or an ETag nobody may keep them by a guess.
PAGE = Told(None, frozenset({"Origin"}), has_etag=False)
#: A file whose address names its version.
PLAIN_FILE = Told("public, max-age=31536000, immutable", frozenset({"Origin"}), has_etag=True)
#: Somebody's, a refusal, or the state of the server: nobody keeps it.
NOBODYS = Told("no-store", frozenset({"Origin"}), has_etag=False)

#: Somebody's by the cookie.
VISITORS = Told("no-store", frozenset({"Cookie", "Origin"}), has_etag=False)

ROUTES = {
    **dict.fromkeys(
        (
            *("/v1/families", "/v1/families/le-city", "/v1/families/le-city/lineage", "/v1/products"),
            *("/v1/suggest?q=city", f"/v1/variants/{BAG}", "/v1/campaigns", "/v1/campaigns/closet-2024"),
            *("/v1/catalogue", "/v1/materials", "/v1/materials/arena-lambskin", "/v1/colours"),
            *("/v1/colours/black", "/v1/hardware", "/v1/hardware/le-city-brass", "/v1/details"),
            *("/v1/details/large-studs", "/v1/sources", "/v1/sources/S01", "/v1/markets", "/v1/markets/US"),
        ),
        HOT,
    ),
    "/v1/products/le-city-bag-medium": FORMATS,
    **dict.fromkeys(
        (
            *("/en-us/", "/en-us/families/le-city", "/en-us/bags", "/en-us/bags/le-city-bag-medium"),
            *("/en-us/closet", "/en-us/campaigns/closet-2024"),
        ),
        HOT,
    ),
    **dict.fromkeys(
        (
            *("/en-us/bag", "/en-us/checkout", "/en-us/checkout/review"),
            *("/en-us/orders", "/en-us/orders/BAL-1", "/en-us/orders/BAL-1/state"),
        ),
        VISITORS,
    ),
    f"/static/{digest_of('shop.css')}/shop.css": FILE,
    **dict.fromkeys(("/feeds/google.tsv", "/sitemap.xml", "/sitemaps/products/1.xml", "/robots.txt"), WHOLE),
    **dict.fromkeys(("/openapi.json", "/docs/", "/problems", "/problems/out-of-stock"), PAGE),
    "/admin/admin.css": PLAIN_FILE,
    # Whoever is not signed in is led to the sign-in; signed in, the same is told (tests/admin/pages).
    **dict.fromkeys(
        (
            *("/admin/sign-in", "/admin/", "/admin/books", "/admin/orders", "/admin/orders/BAL-1"),
            *("/admin/products", "/admin/products/le-city-bag-medium", "/admin/stock"),
            *(f"/admin/stock/{BAG}", "/admin/seed", "/admin/seed/plan", "/admin/audit"),
            "/admin/seed/jobs/00000000-0000-0000-0000-000000000000",
        ),
        NOBODYS,
    ),
    **dict.fromkeys(
        (
            *("/v1/carts/00000000-0000-0000-0000-000000000000", "/v1/orders/BAL-1", "/v1/admin/invariants"),
            *(
                "/v1/checkouts/00000000-0000-0000-0000-000000000000",
                "/v1/admin/orders/BAL-1",
                "/v1/admin/audit",
            ),
            *("/v1/admin/products/le-city-bag-medium/prices", f"/v1/admin/variants/{BAG}/prices"),
            *("/v1/admin/products/le-city-bag-medium/images", f"/v1/admin/variants/{BAG}/images"),
            *("/v1/admin/products", "/v1/admin/products/le-city-bag-medium", "/v1/admin/variants"),
            *(f"/v1/admin/variants/{BAG}", f"/v1/admin/variants/{BAG}/stock"),
            *(f"/v1/admin/variants/{BAG}/stock/movements", "/v1/admin/campaigns"),
            *("/v1/admin/jobs", "/v1/admin/jobs/00000000-0000-0000-0000-000000000000"),
            *("/v1/admin/campaigns/closet-2024", "/v1/admin/orders", "/checkout/return"),
            *("/media/0.webp", f"/media/artwork/{BAG}/0-320.webp", "/checkout/left", "/", "/en-us/nothing"),
            *("/healthz", "/readyz", "/metrics", "/docs/nothing", "/nowhere"),
        ),
        NOBODYS,
    ),
}


@pytest.fixture
def databases(sqlite_databases: SqliteDatabases) -> SqliteDatabases:
    """One engine: what is told here does not depend on it."""
    return sqlite_databases


def get(client: FlaskClient, path: str, **headers: str) -> TestResponse:
    return client.get(path, buffered=True, headers=headers)


def told(answer: TestResponse) -> Told:
    vary = answer.headers.getlist("Vary")
    assert len(vary) <= 1
    depends = frozenset(vary[0].split(", ")) if vary else frozenset()
    return Told(answer.headers.get("Cache-Control"), depends, "ETag" in answer.headers)


def test_every_get_route_is_in_the_table(app: Flask) -> None:
    adapter = app.url_map.bind("localhost")
    known = {str(adapter.match(path.partition("?")[0])[0]) for path in ROUTES if path != "/nowhere"}

    routes = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    assert routes == known


def test_every_route_tells_caches_what_the_table_says_whoever_asks(client: FlaskClient) -> None:
    for path, expected in ROUTES.items():
        for headers in ({}, {"Origin": ORIGIN}, {"Origin": "https://stranger.example"}):
            for _ in range(2):  # made, then from memory
                assert told(get(client, path, **headers)) == expected, (path, headers)


def test_only_the_boutique_may_read_from_its_pages_and_every_address_lets_it(client: FlaskClient) -> None:
    for path in ROUTES:
        boutique = get(client, path, Origin=ORIGIN)
        assert boutique.headers["Access-Control-Allow-Origin"] == ORIGIN, path
        assert {"ETag", "Link"} <= set(re.split(", *", boutique.headers["Access-Control-Expose-Headers"]))
        for other in (get(client, path), get(client, path, Origin="https://stranger.example")):
            assert not [name for name in dict(other.headers) if name.startswith("Access-Control-")], path


def test_a_list_links_to_its_next_page_while_there_is_one(client: FlaskClient) -> None:
    lists = set()
    for path, expected in ROUTES.items():
        first = get(client, path)
        if not first.is_json or "next" not in first.json:
            assert "Link" not in first.headers, path
            continue
        lists.add(path)
        page = get(client, f"{path}?limit=1")
        for _ in range(3):
            cursor = page.json["next"]
            linked = re.fullmatch('<([^>]+)>; rel="next"', page.headers.get("Link", ""))
            assert bool(linked) == (cursor is not None), path
            if linked is None:
                break
            assert f"cursor={cursor}" in linked[1]
            page = get(client, linked[1])
            assert (page.status_code, len(page.json["items"]), told(page)) == (200, 1, expected)
    named = ("families", "products", "campaigns", "materials", "colours", "hardware", "details", "sources")
    assert lists == {"/problems", "/v1/markets", *(f"/v1/{each}" for each in named)}
