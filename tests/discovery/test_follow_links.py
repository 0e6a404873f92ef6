"""Every list names its next page in a header, too."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

LISTS = (
    "families",
    "products",
    "campaigns",
    "materials",
    "colours",
    "hardware",
    "details",
    "sources",
    "markets",
)


def test_every_list_documents_its_link(client: FlaskClient) -> None:
    spec = client.get("/openapi.json").json
    found = set()
    for path, item in spec["paths"].items():
        answer = item.get("get", {}).get("responses", {}).get("200", {})
        schema = answer.get("content", {}).get("application/json", {}).get("schema", {}).get("$ref", "")
        name = schema.rsplit("/", 1)[-1]
        if "next" in spec["components"]["schemas"].get(name, {}).get("properties", {}):
            assert "Link" in answer["headers"], path
            found.add(path)

    assert {path for path in found if not path.startswith("/v1/admin/")} == {f"/v1/{name}" for name in LISTS}
    assert {"/v1/admin/audit", "/v1/admin/orders", "/v1/admin/products"} < found


@pytest.mark.parametrize("name", LISTS)
def test_following_links_reads_the_whole_list(client: FlaskClient, name: str) -> None:
    whole = client.get(f"/v1/{name}?limit=100")
    assert "Link" not in whole.headers or len(whole.json["items"]) == 100

    items, address = [], f"/v1/{name}?limit=24"
    while address:
        page = client.get(address)
        items += page.json["items"]
        link = re.fullmatch(r'<(/v1/[^>]+)>; rel="next"', page.headers.get("Link", ""))
        assert (link is None) == (page.json["next"] is None)
        address = link[1] if link else ""

    assert items[:100] == whole.json["items"]


def test_a_link_keeps_what_was_asked_for(client: FlaskClient) -> None:
    asked = {"family": ["le-city", "hourglass"], "q": "bag", "sort": "name", "limit": 2, "facets": "size"}
    first = client.get("/v1/products", query_string=asked)

    address = first.headers["Link"].removeprefix("<").partition(">")[0]
    second = client.get(address)

    assert (
        second.json == client.get("/v1/products", query_string={**asked, "cursor": first.json["next"]}).json
    )
    assert address.count("cursor=") == client.get(address).headers["Link"].count("cursor=") == 1


def test_a_browsers_program_may_read_the_link(client: FlaskClient) -> None:
    answer = client.get("/v1/products?limit=1", headers={"Origin": "https://boutique.example"})

    assert "Link" in answer.headers["Access-Control-Expose-Headers"]
