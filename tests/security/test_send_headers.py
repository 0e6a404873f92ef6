"""What every answer tells a browser: a table over all routes, refusals and answers from memory."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from shop.app import create_app
from shop.config import Settings, SettingsError
from shop.kit.security_headers import DATA_POLICY
from shop.payments.double import InProcessHTTPClient, StripeDouble
from tests.conftest import dispose, settings_for
from tests.databases import SqliteDatabases
from tests.security.callers import World, routes
from tests.shopper import Shopper

#: Header and value of every answer, where no view says otherwise.
EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
}

#: Routes whose answers other origins show: rule and ``Cross-Origin-Resource-Policy``.
SHOWN_ELSEWHERE: dict[str, str] = {}

#: Beginnings of rules whose pages have forms: a browser that tells nobody where it comes from sends
#: ``Origin: null`` with them, and they could not be told from a stranger's.
WITH_FORMS = ("/admin", "/<locale:locale>/")

BOUTIQUE, STRANGER = "https://boutique.example", "https://evil.example"


@pytest.fixture
def databases(sqlite_databases: SqliteDatabases) -> SqliteDatabases:
    """One engine: headers do not depend on it."""
    return sqlite_databases


@pytest.fixture
def app(seeded_url: str, double: StripeDouble) -> Iterator[Flask]:
    """The shop behind TLS, with answers from memory."""
    settings = settings_for(seeded_url, hsts_seconds=31536000, hot_bytes=8 * 1024 * 1024)
    app = create_app(settings, stripe_client=InProcessHTTPClient(double))
    yield app
    dispose(app)


def judge(answer: TestResponse, where: str, rule: str = "") -> None:
    """Hold an answer to the table."""
    for name, value in EVERYWHERE.items():
        wanted = SHOWN_ELSEWHERE.get(rule, value) if name == "Cross-Origin-Resource-Policy" else value
        if name == "Referrer-Policy" and rule.startswith(WITH_FORMS):
            wanted = "same-origin"
        assert answer.headers.getlist(name) == [wanted], (where, name)
    assert "camera=()" in answer.headers["Permissions-Policy"], where
    (policy,) = answer.headers.getlist("Content-Security-Policy")
    if answer.mimetype == "text/html":
        directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
        assert directives["default-src"] == "'none'", where
        assert directives["frame-ancestors"] == directives["base-uri"] == "'none'", where
        assert "unsafe" not in policy, where
        assert "*" not in policy, where
        _judge_page(answer, directives, where)
    else:
        assert policy == DATA_POLICY, where
    assert "Server" not in answer.headers, where


def _judge_page(answer: TestResponse, directives: dict[str, str], where: str) -> None:
    """Hold what a page contains to its own policy."""
    for kind in ("style", "script"):
        nonces = set(re.findall(r"'nonce-([\w-]{20,})'", directives[f"{kind}-src"]))
        for attributes, inside in re.findall(rf"<{kind}([^>]*)>(.*?)</{kind}>", answer.text, re.DOTALL):
            if inside.strip():
                assert re.findall(r'nonce="([^"]+)"', attributes) == list(nonces), where
    assert not re.search(r"<[^>]*\s(style|on\w+)=", answer.text), where


def test_every_route_sends_them_whoever_asks(app: Flask, double: StripeDouble) -> None:
    world = World.of(app, double)
    kinds = set()
    for method, rule in routes(app):
        for caller in ("anonymous", "guest A", "admin read"):
            for again in (1, 2):  # made by Flask, then from memory where it may
                answer = world.call(caller, method, rule)
                judge(answer, f"{method} {rule.rule} {caller} {again}", rule.rule)
                kinds.add(answer.mimetype)
    assert {"text/html", "application/json", "application/problem+json", "text/css"} <= kinds


def test_refusals_and_what_is_not_there_send_them(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mistake(slug: str) -> None:
        raise RuntimeError("a mistake")

    monkeypatch.setitem(app.view_functions, "families.get_lineage", mistake)

    for method, path, status in (
        ("GET", "/nowhere", 404),
        ("DELETE", "/v1/products", 405),
        ("GET", "/v1/products?unknown=1", 422),
        ("POST", "/v1/carts", 415),
        ("GET", "/v1/families/le-city/lineage", 500),
        ("OPTIONS", "/v1/carts", 200),
        ("HEAD", "/v1/markets", 200),
        ("GET", "/v1/products/%00", 404),
    ):
        answer = client.open(path, method=method)
        assert answer.status_code == status, path
        judge(answer, f"{method} {path}")
    etag = client.get("/v1/markets").headers["ETag"]
    unchanged = client.get("/v1/markets", headers={"If-None-Match": etag})
    assert unchanged.status_code == 304
    # Its policy is that of the answer which the caller has (RFC 9111, 4.3.4); the others are sent anew.
    assert unchanged.headers["X-Content-Type-Options"] == "nosniff"


def test_a_nonce_serves_one_page(client: FlaskClient) -> None:
    pages = [client.get("/checkout/left").headers["Content-Security-Policy"] for _ in range(5)]

    assert len(set(pages)) == 5


def test_the_problem_page_has_its_policy_too(client: FlaskClient) -> None:
    page = client.get("/problems/out-of-stock", headers={"Accept": "text/html"})

    assert page.mimetype == "text/html"
    judge(page, "problem")


def test_tls_is_promised_only_where_it_is(seeded_url: str) -> None:
    app = create_app(settings_for(seeded_url))
    assert "Strict-Transport-Security" not in app.test_client().get("/healthz").headers
    dispose(app)

    with pytest.raises(SettingsError, match="SHOP_HSTS_SECONDS"):
        Settings(seeded_url, "s" * 32, hsts_seconds=60)


def test_only_listed_origins_may_read_an_answer(
    app: Flask, client: FlaskClient, double: StripeDouble
) -> None:
    world = World.of(app, double)
    for method, rule in routes(app):
        for origin in (BOUTIQUE, STRANGER):
            headers = {**world.headers("guest A"), "Origin": origin}
            answer = world.call("guest A", method, rule, headers=headers)
            allowed = answer.headers.get("Access-Control-Allow-Origin")
            assert allowed == (BOUTIQUE if origin == BOUTIQUE else None), (method, rule.rule)
            assert "Access-Control-Allow-Credentials" not in answer.headers
            assert "Origin" in answer.headers.get("Vary", ""), (method, rule.rule)
    asked = {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "authorization"}
    for origin in (BOUTIQUE, STRANGER):
        answer = client.options("/v1/carts", headers={**asked, "Origin": origin})
        assert ("Access-Control-Allow-Methods" in answer.headers) is (origin == BOUTIQUE)
    exposed = client.get("/v1/markets", headers={"Origin": BOUTIQUE}).headers["Access-Control-Expose-Headers"]
    assert {"RateLimit", "RateLimit-Policy", "Retry-After"} <= {name.strip() for name in exposed.split(",")}


def test_the_stand_ins_pages_have_a_policy(shopper: Shopper) -> None:
    shopper.places_order()
    for path in (f"/pay/{shopper.session_id}", "/", "/nowhere", f"/pay/{shopper.session_id}/authenticate"):
        page = shopper.at_stripe().get(path)
        policy = page.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert not re.search(r"<[^>]*\s(style|on\w+)=", page.text)
        (style,) = re.findall(r"<style>(.*?)</style>", page.text, re.DOTALL)
        assert _digest(style) in policy
        assert page.headers["X-Content-Type-Options"] == "nosniff"


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
