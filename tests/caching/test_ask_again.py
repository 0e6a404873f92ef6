"""Conditional requests, compressed bodies, HEAD and CORS of what everybody may read."""

from __future__ import annotations

import gzip

import brotli
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.caching.conftest import ORIGIN, counted
from tests.databases import SqliteDatabases
from tests.shopper import BAG, Shopper

LIST = "/v1/products?family=le-city"
CACHEABLE = [
    "/v1/products", "/v1/products/le-city-bag-medium", f"/v1/variants/{BAG}", "/v1/families",
    "/v1/families/le-city", "/v1/families/le-city/lineage", "/v1/campaigns", "/v1/campaigns/closet-2024",
    "/v1/materials", "/v1/materials/arena-lambskin", "/v1/colours", "/v1/colours/black", "/v1/hardware",
    "/v1/details", "/v1/details/large-studs", "/v1/sources", "/v1/sources/S01", "/v1/markets",
    "/v1/markets/US", "/v1/catalogue",
]  # fmt: skip


@pytest.fixture
def databases(sqlite_databases: SqliteDatabases) -> SqliteDatabases:
    """One engine: what is told here does not depend on it."""
    return sqlite_databases


def get(client: FlaskClient, path: str = LIST, **headers: str) -> TestResponse:
    return client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})


def test_everything_public_has_an_etag_and_is_not_sent_twice(client: FlaskClient) -> None:
    for path in CACHEABLE:
        first = get(client, path)
        assert first.status_code == 200, path

        again = get(client, path, If_None_Match=first.headers["ETag"])

        assert first.headers["Cache-Control"] == "public, max-age=1, stale-while-revalidate=8"
        assert again.status_code == 304
        assert again.data == b""
        for name in ("ETag", "Cache-Control", "Vary"):
            assert again.headers[name] == first.headers[name]
        assert not [name for name in dict(again.headers) if name.startswith("Content-")]


def test_a_304_takes_no_statement(app: Flask, client: FlaskClient) -> None:
    etag = get(client).headers["ETag"]

    with counted(app) as statements:
        answers = [get(client, If_None_Match=etag).status_code for _ in range(3)]

    assert answers == [304, 304, 304]
    assert statements == []


def test_if_none_match_is_read_as_the_standard_has_it(client: FlaskClient) -> None:
    etag = get(client).headers["ETag"]

    for if_none_match, status in {
        etag: 304,
        f"W/{etag}": 304,
        f'"another", {etag}': 304,
        "*": 304,
        '"another"': 200,
        "nonsense": 200,
        "": 200,
    }.items():
        for _ in range(2):  # prepared, then ready
            assert get(client, If_None_Match=if_none_match).status_code == status, if_none_match


def test_each_coding_has_an_etag_of_its_own_and_says_the_same(client: FlaskClient) -> None:
    plain = get(client)
    gzipped, brotlied = get(client, Accept_Encoding="gzip"), get(client, Accept_Encoding="br")

    assert gzip.decompress(gzipped.data) == brotli.decompress(brotlied.data) == plain.data
    assert len(brotlied.data) < len(gzipped.data) < len(plain.data) / 3
    assert gzipped.data[4:8] == bytes(4)  # no time: a strong ETag promises the same bytes in every worker
    assert "Content-Encoding" not in plain.headers
    assert gzipped.headers["Content-Encoding"] == "gzip"
    assert brotlied.headers["Content-Encoding"] == "br"
    assert len({answer.headers["ETag"] for answer in (plain, gzipped, brotlied)}) == 3
    assert not any(answer.headers["ETag"].startswith("W/") for answer in (plain, gzipped, brotlied))


def test_whoever_has_it_gzipped_and_asks_for_it_plain_is_sent_it(client: FlaskClient) -> None:
    etag = get(client, Accept_Encoding="gzip").headers["ETag"]

    assert get(client, Accept_Encoding="gzip", If_None_Match=etag).status_code == 304
    assert get(client, If_None_Match=etag).status_code == 200


def test_the_coding_is_the_callers_choice(client: FlaskClient) -> None:
    for accepted, coding in {
        "gzip, deflate, br, zstd": "br",
        "gzip": "gzip",
        "br;q=0.5, gzip;q=0.8": "gzip",
        "br;q=0, gzip": "gzip",
        "gzip;q=0, br;q=0": None,
        "*": "br",
        "*, br;q=0": "gzip",
        "identity": None,
        "identity;q=0.5, gzip;q=0.2": None,
        "identity;q=0, gzip;q=0": None,
        "deflate": None,
        "GZIP": "gzip",
        ";;;": None,
    }.items():
        for _ in range(2):
            assert get(client, Accept_Encoding=accepted).headers.get("Content-Encoding") == coding, accepted


def test_what_fits_a_packet_is_sent_plain(client: FlaskClient) -> None:
    answer = get(client, "/v1/catalogue", Accept_Encoding="gzip")

    assert "Content-Encoding" not in answer.headers


def test_head_says_what_get_would_whoever_comes_first(client: FlaskClient) -> None:
    for path, first in ((LIST, "GET"), ("/v1/markets", "HEAD")):
        client.open(path, method=first)

        whole, head = client.get(path), client.head(path)

        assert head.data == b""
        assert len(whole.data) == int(head.headers["Content-Length"])
        for headers in (whole.headers, head.headers):
            del headers["X-Request-Id"]
        assert whole.headers == head.headers
        assert client.head(path, headers={"If-None-Match": head.headers["ETag"]}).status_code == 304


def test_head_of_what_nobody_may_keep_has_no_body_either(client: FlaskClient) -> None:
    for path, status in (("/healthz", 200), ("/v1/products/nothing", 404), ("/nowhere", 404)):
        answer = client.head(path)
        assert (answer.status_code, answer.data) == (status, b"")


def test_an_origin_is_told_what_it_may_read_and_others_are_not(client: FlaskClient) -> None:
    """From memory too, whoever came first."""
    for _ in range(2):
        nobody, boutique = get(client), get(client, Origin=ORIGIN)
        stranger = get(client, Origin="https://stranger.example")

        assert boutique.headers["Access-Control-Allow-Origin"] == ORIGIN
        assert "ETag" in boutique.headers["Access-Control-Expose-Headers"]
        for answer in (nobody, stranger):
            assert not [name for name in dict(answer.headers) if name.startswith("Access-Control-")]
        for answer in (nobody, boutique, stranger):
            assert {"Accept-Encoding", "Origin"} <= set(answer.headers["Vary"].split(", "))
        etag = nobody.headers["ETag"]
        assert get(client, Origin=ORIGIN, If_None_Match=etag).headers["Access-Control-Allow-Origin"] == ORIGIN

    get(client, "/v1/markets", Origin=ORIGIN)
    assert "Access-Control-Allow-Origin" not in get(client, "/v1/markets").headers


def test_every_answer_has_a_name_of_its_own_and_no_sniffing(client: FlaskClient) -> None:
    answers = [get(client) for _ in range(3)]
    named = [get(client, X_Request_Id="my-own-name-7") for _ in range(2)]
    strange = get(client, X_Request_Id="two words")

    assert len({answer.headers["X-Request-Id"] for answer in answers}) == 3
    assert [answer.headers.getlist("X-Request-Id") for answer in named] == [["my-own-name-7"]] * 2
    assert strange.headers["X-Request-Id"] != "two words"
    assert {answer.headers["X-Content-Type-Options"] for answer in [*answers, *named]} == {"nosniff"}


def test_what_came_with_a_credential_is_neither_kept_nor_answered_from_memory(
    app: Flask, client: FlaskClient
) -> None:
    memory = app.extensions["shop.hot"].memory
    mine = get(client, Authorization="Bearer something")
    assert memory.size == 0
    get(client)

    with counted(app) as statements:
        again = get(client, Authorization="Bearer something")

    assert statements
    assert mine.headers["Cache-Control"] == again.headers["Cache-Control"] == "no-store"
    assert "ETag" not in again.headers


def test_refusals_and_what_is_private_are_never_kept(app: Flask, shopper: Shopper) -> None:
    memory = app.extensions["shop.hot"].memory

    for path in ("/v1/products/nothing", "/v1/products?sort=nonsense", "/v1/markets/US?x=1", "/nowhere"):
        answer = get(shopper.client, path)
        assert answer.headers["Cache-Control"] == "no-store"
        assert "ETag" not in answer.headers
    shopper.opens_cart().looks_at_cart()
    shopper.client.get(f"/v1/carts/{shopper.cart['id']}")

    assert memory.size == 0
    assert memory.ready == {}
