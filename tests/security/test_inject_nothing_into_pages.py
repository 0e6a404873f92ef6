"""Pages show what they were asked for as text: by their address, their query and their forms.

Pages are not in the OpenAPI document; routes are those of the live application.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from shop.app import create_app
from shop.payments.double import InProcessHTTPClient, StripeDouble
from tests.conftest import dispose, settings_for
from tests.security.asked import operations, template
from tests.security.callers import World, routes
from tests.security.fuzzing import UNLIMITED
from tests.security.payloads import PAYLOADS, WORKED_OUT
from tests.shopper import ADDRESSES
from tests.storefront.visitor import HERE, Visitor

#: Those that a page or a header could take for something else than text, or that stop a database.
OF_PAGES = {
    name: text
    for name, text in PAYLOADS.items()
    if name.startswith(("html", "header", "template", "path", "zero", "lone", "xml", "huge", "sql: end"))
}

#: Of those, what is told apart in a query.
OF_QUERIES = {
    name: text for name, text in OF_PAGES.items() if name.startswith(("html", "header", "zero", "lone"))
}

#: What pages read from their query beside the filters of the API.
READ_BY_PAGES = ("session_id", "payment", "order", "variant", "back", "next")

#: Fields of the forms that pages send.
SENT_BY_PAGES = ("sku", "quantity", "checkout", "csrf_token", "email", "shipping_option", *ADDRESSES["US"])

#: The one page that reads the API's filters; each is tried there by itself, with these.
LIST = "storefront.bags"
ALONE = ("html: attribute", "zero byte")


@pytest.fixture
def world(seeded_url: str, double: StripeDouble) -> Iterator[World]:
    app = create_app(settings_for(seeded_url, **UNLIMITED), stripe_client=InProcessHTTPClient(double))
    yield World.of(app, double)
    dispose(app)


def pages(world: World, method: str) -> list[Rule]:
    """Return the routes that the document does not tell of."""
    documented = {operation.rule.rule for operation in operations(world.app)}
    return [rule for verb, rule in routes(world.app) if verb == method and rule.rule not in documented]


def query_names(world: World) -> list[str]:
    """Return every name that anything reads from a query."""
    found = {
        parameter["name"]
        for operation in operations(world.app)
        for parameter in operation.parameters()
        if parameter["in"] == "query"
    }
    return sorted(found.union(READ_BY_PAGES))


def raw(text: str) -> str:
    """Return a text as the bytes of an address that are no UTF-8 where it holds lone surrogates."""
    return text.encode("utf-8", "surrogatepass").decode("latin-1")


def asked(names: Any, text: str) -> str:
    """Return a query or a form with a text under each of some names."""
    return "&".join(f"{name}={quote(raw(text), safe='', encoding='latin-1')}" for name in names)


def faults(where: str, name: str, text: str, answer: TestResponse) -> list[str]:
    """Tell what is wrong with a page."""
    found = []
    if answer.status_code >= 500:
        found.append(f"{answer.status_code}")
    if "html" in answer.headers.get("Content-Type", ""):
        said = answer.text
        if "<" in text and text in said:
            found.append("it stands in the page as it came")
        if re.search(r"""(?:href|src|action)\s*=\s*["']\s*javascript:""", said):
            found.append("a link runs it")
        if WORKED_OUT in said:
            found.append("it was worked out")
    elif answer.headers.get("X-Content-Type-Options") != "nosniff":
        found.append("a browser may take the answer for a page")
    if "X-Injected" in str(answer.headers):
        found.append("it became a header")
    if answer.location and not answer.location.startswith((HERE, "/", "http://localhost/")):
        found.append(f"it leads to {answer.location}")
    if (answer.location or "").startswith("//"):
        found.append(f"it leads to another host: {answer.location}")
    return [f"{where}, {name}: {fault}" for fault in found]


def test_an_address_of_a_page_is_text(world: World) -> None:
    wrong, client = [], world.app.test_client()
    for rule in pages(world, "GET"):
        address = world.address(rule).partition("?")[0]
        for argument in rule.arguments:
            for name, text in OF_PAGES.items():
                known = {**dict.fromkeys(rule.arguments, "le-city"), "locale": "en-us", "width": "320"}
                path = template(rule).format(**{**known, argument: raw(text)})
                answer = client.get(address, environ_overrides={"PATH_INFO": path}, buffered=True)
                wrong += faults(f"{rule.rule} {argument}", name, text, answer)

    assert not wrong, "\n".join(wrong)


def test_a_query_of_a_page_is_text(world: World) -> None:
    wrong, client, names = [], world.app.test_client(), query_names(world)
    for rule in pages(world, "GET"):
        address = world.address(rule).partition("?")[0]
        for name, text in OF_QUERIES.items():
            alone = [[each] for each in names] if rule.endpoint == LIST and name in ALONE else []
            for sent in (names, *alone):
                answer = client.get(address, query_string=asked(sent, text[:2_000]), buffered=True)
                wrong += faults(f"{rule.rule} {','.join(sent)}", name, text, answer)

    assert not wrong, "\n".join(wrong)


def test_what_is_typed_into_a_form_is_shown_as_text(world: World) -> None:
    wrong = []
    visitor = Visitor.of(world.app, world.guest.double).puts()
    visitor.goes("/bag").presses("/checkout/opening")
    form = visitor.form("/checkout")
    for name, text in OF_PAGES.items():
        typed = {
            each: text.encode("utf-8", "replace").decode() for each in form.fields if each != "csrf_token"
        }
        visitor.posts(form.action, {**form.fields, **typed})
        assert visitor.page is not None
        wrong += faults(form.action, name, text, visitor.page)
    for each in form.fields:
        visitor.goes("/checkout").presses("/checkout", **{**ADDRESSES["US"], each: PAYLOADS["html: script"]})
        assert visitor.page is not None
        wrong += faults(f"{form.action} {each}", "html: script", PAYLOADS["html: script"], visitor.page)

    assert not wrong, "\n".join(wrong)


def test_no_form_breaks_a_page(world: World) -> None:
    """Each write of the pages is sent each payload in all its fields, from the shop's own page."""
    wrong = []
    client = world.app.test_client()
    for rule in pages(world, "POST"):
        with world.app.test_request_context():
            built = rule.build({"locale": "en-us", **dict.fromkeys(rule.arguments - {"locale"}, "x")})
        assert built is not None
        for name, text in OF_PAGES.items():
            answer = client.post(
                built[1],
                data=asked(SENT_BY_PAGES, text[:2_000]),
                content_type="application/x-www-form-urlencoded",
                base_url=HERE,
                headers={"Sec-Fetch-Site": "same-origin"},
            )
            wrong += faults(rule.rule, name, text, answer)

    assert not wrong, "\n".join(wrong)
