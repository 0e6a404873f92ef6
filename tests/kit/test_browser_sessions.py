"""A visitor's cookie and the guards of forms, on a small application of their own."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Blueprint, Flask, render_template_string, session
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from shop.kit.browser_sessions import (
    LIFETIME,
    MOST_KEPT,
    Kept,
    find_kept,
    forget,
    init_browser_sessions,
    keep,
    list_kept,
    protect_pages,
)
from shop.kit.problems import init_problems

HERE = "https://shop.example"
OURS = {"Sec-Fetch-Site": "same-origin"}


def small_app(*, secure: bool = True) -> Flask:
    """An application with private pages, one cached page, and an API."""
    app = Flask(__name__)
    app.config |= {"SECRET_KEY": "a secret of the tests, long enough", "done": []}
    init_problems(app)
    init_browser_sessions(app, paths=(r"/pages(/|$)",), secure=secure, origin=HERE if secure else "")
    pages = Blueprint("pages", __name__, url_prefix="/pages")
    protect_pages(pages, tokenless=("add",))

    @pages.get("/form")
    def form() -> str:
        return render_template_string("<form method=post>{{ csrf_field() }}</form>")

    @pages.post("/form")
    @pages.post("/add", endpoint="add")
    def done() -> str:
        app.config["done"].append("done")
        return "done"

    @pages.post("/keep/<kind>/<key>/<token>")
    def keeping(kind: str, key: str, token: str) -> str:
        keep(kind, key, Kept(key, token))
        return "kept"

    @pages.post("/forget/<kind>/<key>")
    def forgetting(kind: str, key: str) -> str:
        forget(kind, key)
        return "gone"

    @pages.get("/kept/<kind>")
    def listing(kind: str) -> dict[str, Any]:
        return {kept.id: kept.token for kept in list_kept(kind)}

    @pages.get("/kept/<kind>/<key>")
    def finding(kind: str, key: str) -> dict[str, Any]:
        found = find_kept(kind, key)
        return {"token": found.token if found else None}

    @app.get("/pages/cached")
    def cached() -> str:
        return "alike for everybody"

    @app.get("/v1/things")
    def api() -> dict[str, Any]:
        return {"kept": dict(session)}

    app.register_blueprint(pages)
    return app


@pytest.fixture
def app() -> Flask:
    return small_app()


@pytest.fixture
def browser(app: Flask) -> FlaskClient:
    return at(app)


def at(app: Flask, base: str = HERE) -> FlaskClient:
    client = app.test_client()
    client.environ_base = {**client.environ_base, "wsgi.url_scheme": base.partition(":")[0]}
    client.environ_base["HTTP_HOST"] = base.partition("//")[2]
    return client


def token_of(answer: TestResponse) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', answer.text)
    assert found
    return found[1]


def sent(browser: FlaskClient, path: str, **headers: str) -> TestResponse:
    """Send a form as the browser does from a page of the shop, token and all."""
    token = token_of(browser.get("/pages/form"))
    return browser.post(path, data={"csrf_token": token}, headers=headers or OURS)


def refused(answer: TestResponse) -> bool:
    """Whether an answer is the page of a refused form."""
    assert answer.status_code in (200, 403)
    if answer.status_code == 403:
        assert answer.mimetype == "text/html"
        assert "Nothing was changed" in answer.text
    return answer.status_code == 403


def test_the_cookie_is_for_this_host_alone_and_for_no_script(browser: FlaskClient) -> None:
    cookie = browser.get("/pages/form").headers["Set-Cookie"]

    name, *attributes = [part.partition("=")[0] for part in cookie.split("; ")]
    assert name == "__Host-visit"
    assert set(attributes) == {"Secure", "HttpOnly", "SameSite", "Path", "Expires"}
    assert "SameSite=Lax" in cookie
    assert "Path=/;" in cookie + ";"


def test_without_tls_the_cookie_has_a_plain_name() -> None:
    cookie = at(small_app(secure=False), "http://127.0.0.1:8000").get("/pages/form").headers["Set-Cookie"]

    assert cookie.startswith("visit=")
    assert "Secure" not in cookie


def test_a_visitor_is_known_for_fourteen_days_after_the_last_page(browser: FlaskClient) -> None:
    sent(browser, "/pages/keep/cart/US/secret")
    answer = browser.get("/pages/kept/cart")

    assert answer.json == {"US": "secret"}
    assert "Expires" in answer.headers["Set-Cookie"]
    assert LIFETIME.days == 14


def test_an_api_route_and_a_cached_page_never_look_at_the_cookie(browser: FlaskClient) -> None:
    sent(browser, "/pages/keep/cart/US/secret")
    for path in ("/v1/things", "/pages/cached"):
        answer = browser.get(path)

        assert "secret" not in answer.text
        assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in browser.get("/pages/cached").headers.get("Vary", "")


def test_a_page_that_keeps_nothing_sets_no_cookie(browser: FlaskClient) -> None:
    assert "Set-Cookie" not in browser.get("/pages/kept/cart").headers


def test_a_cookie_that_somebody_changed_opens_nothing(browser: FlaskClient) -> None:
    sent(browser, "/pages/keep/cart/US/secret")
    cookie = browser.get_cookie("__Host-visit")
    assert cookie
    payload, _, rest = cookie.value.partition(".")
    browser.set_cookie("__Host-visit", f"{payload}x.{rest}", secure=True)

    assert browser.get("/pages/kept/cart").json == {}


def test_what_is_kept_is_found_and_forgotten(browser: FlaskClient) -> None:
    sent(browser, "/pages/keep/cart/US/first")
    sent(browser, "/pages/keep/cart/US/second")
    sent(browser, "/pages/keep/order/BAL-1/third")
    assert browser.get("/pages/kept/cart/US").json == {"token": "second"}

    sent(browser, "/pages/forget/cart/US")

    assert browser.get("/pages/kept/cart/US").json == {"token": None}
    assert browser.get("/pages/kept/order").json == {"BAL-1": "third"}


def test_the_oldest_orders_are_forgotten_first_and_the_cookie_stays_small(browser: FlaskClient) -> None:
    for number in range(MOST_KEPT + 2):
        sent(browser, f"/pages/keep/order/BAL-{number}/{'t' * 43}")

    answer = browser.get("/pages/kept/order")
    assert list(answer.json or {}) == [f"BAL-{number}" for number in range(2, MOST_KEPT + 2)]
    assert len(answer.headers["Set-Cookie"]) < 2000


@pytest.mark.parametrize("token", [None, "", "made up", "other"])
def test_a_form_without_this_visitors_token_changes_nothing(
    app: Flask, browser: FlaskClient, token: str | None
) -> None:
    browser.get("/pages/form")
    if token == "other":
        token = token_of(at(app).get("/pages/form"))

    answer = browser.post(
        "/pages/form", data={"csrf_token": token} if token is not None else {}, headers=OURS
    )

    assert refused(answer)
    assert app.config["done"] == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": HERE},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://shop.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "https://shop.example.evil.example"},
    ],
)
def test_a_form_of_another_origin_changes_nothing(
    app: Flask, browser: FlaskClient, headers: dict[str, str]
) -> None:
    token = token_of(browser.get("/pages/form"))

    for path in ("/pages/add", "/pages/form"):
        assert refused(browser.post(path, data={"csrf_token": token}, headers=headers))
    assert refused(browser.post("/pages/add"))
    assert app.config["done"] == []


def test_the_shops_own_forms_are_taken(app: Flask, browser: FlaskClient) -> None:
    assert not refused(sent(browser, "/pages/form"))
    assert not refused(sent(browser, "/pages/form", Origin=HERE))
    for headers in (OURS, {"Origin": HERE}):
        assert not refused(browser.post("/pages/add", headers=headers))
    assert len(app.config["done"]) == 4


def test_behind_a_proxy_the_public_address_is_the_shops_own(app: Flask) -> None:
    inside = at(app, "http://10.0.0.7:8000")

    assert not refused(inside.post("/pages/add", headers={"Origin": HERE}))


def test_private_pages_are_stored_by_nobody_and_tell_only_the_shop_where_a_form_comes_from(
    browser: FlaskClient,
) -> None:
    for answer in (browser.get("/pages/form"), browser.post("/pages/form")):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert "Cookie" in answer.headers.get("Vary", "") or answer.status_code == 403
