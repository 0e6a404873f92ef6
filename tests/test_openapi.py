"""The OpenAPI document: complete, of version 3.1, and true."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

from flask import Flask
from flask.testing import FlaskClient

PATHS = {
    "/v1/families", "/v1/families/{slug}", "/v1/families/{slug}/lineage",
    "/v1/products", "/v1/products/{slug}", "/v1/variants/{sku}", "/v1/suggest", "/v1/catalogue",
    "/v1/materials", "/v1/materials/{slug}", "/v1/colours", "/v1/colours/{slug}",
    "/v1/hardware", "/v1/hardware/{slug}", "/v1/details", "/v1/details/{slug}",
    "/v1/sources", "/v1/sources/{source_id}",
    "/v1/markets", "/v1/markets/{slug}", "/v1/campaigns", "/v1/campaigns/{slug}",
    "/v1/carts", "/v1/carts/{cart_id}", "/v1/carts/{cart_id}/lines/{sku}",
    "/v1/checkouts", "/v1/checkouts/{checkout_id}", "/v1/checkouts/{checkout_id}/complete",
    "/v1/checkouts/{checkout_id}/cancel", "/v1/orders/{number}", "/webhooks/stripe",
    "/v1/admin/audit", "/v1/admin/invariants",
    "/v1/admin/orders/{number}", "/v1/admin/orders/{number}/refunds",
    "/v1/admin/orders/{number}/capture", "/v1/admin/orders/{number}/void",
    "/v1/admin/bulk", "/v1/admin/seed/plans", "/v1/admin/seed/applications", "/v1/admin/jobs",
    "/v1/admin/jobs/{job_id}", "/v1/admin/orders", "/v1/admin/orders/{number}/cancel",
    "/v1/admin/orders/{number}/shipments",
    "/v1/admin/products", "/v1/admin/products/{slug}", "/v1/admin/products/{slug}/prices",
    "/v1/admin/products/{slug}/variants", "/v1/admin/campaigns", "/v1/admin/campaigns/{slug}",
    "/v1/admin/variants", "/v1/admin/variants/{sku}", "/v1/admin/variants/{sku}/prices",
    "/v1/admin/variants/{sku}/stock", "/v1/admin/variants/{sku}/stock/movements",
    "/v1/admin/variants/{sku}/stock/adjustments",
    "/v1/admin/media", "/v1/admin/products/{slug}/images", "/v1/admin/variants/{sku}/images",
    "/feeds/google.tsv", "/sitemap.xml", "/sitemaps/{kind}/{part}.xml", "/robots.txt",
}  # fmt: skip


def document(client: FlaskClient) -> dict[str, Any]:
    answer = client.get("/openapi.json")
    assert answer.status_code == 200
    return dict(answer.json or {})


def operations(spec: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    methods = {"get", "post", "put", "patch", "delete"}
    return [
        (path, method, operation)
        for path, item in spec["paths"].items()
        for method, operation in item.items()
        if method in methods
    ]


def test_it_is_openapi_3_1_and_names_every_route(app: Flask, client: FlaskClient) -> None:
    spec = document(client)

    assert spec["openapi"].startswith("3.1")
    assert set(spec["paths"]) == PATHS
    routes = {
        re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(("/v1", "/webhooks", "/feeds", "/sitemap", "/robots"))
    }
    assert routes == PATHS


def test_every_operation_has_an_id_of_its_own_and_a_summary(client: FlaskClient) -> None:
    found = operations(document(client))

    ids = [operation["operationId"] for _, _, operation in found]
    assert len(ids) == len(set(ids))
    assert all(operation["summary"] for _, _, operation in found)


def test_every_refusal_is_documented_as_a_problem(client: FlaskClient) -> None:
    for path, method, operation in operations(document(client)):
        for status, answer in operation["responses"].items():
            if status.startswith(("4", "5")) and "content" in answer:
                assert list(answer["content"]) == ["application/problem+json"], (method, path, status)


def test_a_header_hides_no_parameter_of_the_query(client: FlaskClient) -> None:
    spec = document(client)

    for path, named in {"/v1/products": {"q", "facets", "price_min", "cursor"}, "/v1/suggest": {"q"}}.items():
        found = {(each["in"], each["name"]) for each in spec["paths"][path]["get"]["parameters"]}
        assert found >= {("header", "If-None-Match"), *(("query", name) for name in named)}


def test_a_parameter_of_a_query_is_never_null(client: FlaskClient) -> None:
    for path, _, operation in operations(document(client)):
        for parameter in operation.get("parameters", []):
            if parameter["in"] == "query":
                schema = parameter["schema"]
                assert "null" not in schema["type"], (path, parameter["name"])
                assert None not in (*schema.get("enum", ()), schema.get("default", "")), (
                    path,
                    parameter["name"],
                )


def test_a_choice_that_may_be_null_is_one_of_two_things(client: FlaskClient) -> None:
    """Null among the choices becomes three types in a generated client."""

    def enumerations(document: Any) -> Iterator[list[Any]]:
        parts = (
            document.values()
            if isinstance(document, dict)
            else document
            if isinstance(document, list)
            else ()
        )
        if isinstance(document, dict) and isinstance(document.get("enum"), list):
            yield document["enum"]
        for part in parts:
            yield from enumerations(part)

    found = list(enumerations(document(client)))

    assert found
    assert not [choices for choices in found if None in choices]


def test_what_any_route_may_answer_is_documented_at_each(client: FlaskClient) -> None:
    for path, method, operation in operations(document(client)):
        answers = operation["responses"]
        assert answers.keys() >= {"422", "429", "503"}, (method, path)
        assert "`invalid_request`" in answers["422"]["description"], (method, path)
        assert "Retry-After" in answers["429"]["headers"], (method, path)
        if "{" in path:
            assert "404" in answers, (method, path)


def test_what_needs_a_token_says_so(client: FlaskClient) -> None:
    secured = {path for path, _, operation in operations(document(client)) if operation.get("security")}

    assert secured == {
        path for path in PATHS if path.startswith(("/v1/carts/", "/v1/checkouts", "/v1/orders", "/v1/admin"))
    }


def test_keys_are_documented_where_they_are_taken(client: FlaskClient) -> None:
    spec = document(client)

    (key,) = [
        p
        for p in spec["paths"]["/v1/checkouts/{checkout_id}/complete"]["post"]["parameters"]
        if p["in"] == "header"
    ]
    assert (key["name"], key["required"]) == ("Idempotency-Key", True)


def test_every_answer_fits_its_schema(client: FlaskClient) -> None:
    """Each documented list and page is checked, field by field, against the document."""
    spec = document(client)
    for path in ("/v1/products", "/v1/families", "/v1/materials", "/v1/markets", "/v1/campaigns"):
        schema = spec["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        _fits(spec, schema, client.get(path).json, path)
    for path, template in {
        "/v1/products/le-city-bag-medium": "/v1/products/{slug}",
        "/v1/families/le-city": "/v1/families/{slug}",
        "/v1/campaigns/closet-2024": "/v1/campaigns/{slug}",
    }.items():
        schema = spec["paths"][template]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        _fits(spec, schema, client.get(path).json, path)


def _fits(spec: dict[str, Any], schema: dict[str, Any], value: Any, where: str) -> None:
    """Check that a value has exactly the documented fields."""
    for option in schema.get("anyOf", ()):
        if "$ref" in option and value is not None:
            _fits(spec, option, value, where)
    if "$ref" in schema:
        schema = spec["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    if isinstance(value, dict) and "properties" in schema:
        assert set(value) == set(schema["properties"]), where
        for name, inner in schema["properties"].items():
            _fits(spec, inner, value[name], f"{where}.{name}")
    if isinstance(value, list):
        for item in value:
            _fits(spec, schema["items"], item, f"{where}[]")


def test_the_docs_page_loads_nothing_from_elsewhere(client: FlaskClient) -> None:
    page = client.get("/docs/")

    assert page.status_code == 200
    assert '"validatorUrl": null' in page.text
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert addresses
    assert not [address for address in addresses if address.startswith(("http", "//"))]
    for address in addresses:
        if not address.startswith(("data:", "#")):
            file = client.get(urljoin("/docs/", address))
            assert file.status_code == 200, address
            file.close()


def test_every_write_of_an_owner_documents_its_key(client: FlaskClient) -> None:
    spec = client.get("/openapi.json").json
    silent = [
        f"{method} {path}"
        for path, item in spec["paths"].items()
        for method in ("post", "put", "patch", "delete")
        if path.startswith("/v1/admin/") and method in item
        if "Idempotency-Key" not in {each.get("name") for each in item[method].get("parameters", [])}
    ]

    assert silent == ["post /v1/admin/seed/plans"]  # it plans, and changes nothing
