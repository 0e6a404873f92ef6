"""Single products, variants, families, lineage, campaigns and vocabularies."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from shop.kit.db import db
from tests.shopper import BAG


def get(client: FlaskClient, path: str) -> dict[str, Any]:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return dict(answer.json or {})


def items(client: FlaskClient, path: str) -> list[dict[str, Any]]:
    return list(get(client, f"{path}?limit=100")["items"])


@pytest.mark.parametrize(
    ("path", "count"),
    [
        ("/v1/families", 7),
        ("/v1/materials", 24),
        ("/v1/colours", 54),
        ("/v1/hardware", 27),
        ("/v1/markets", 11),
        ("/v1/campaigns", 5),
    ],
)
def test_every_list_is_whole_and_each_of_its_items_can_be_read(
    client: FlaskClient, path: str, count: int
) -> None:
    listed = items(client, path)

    assert len(listed) == count
    for item in listed:
        assert get(client, f"{path}/{item['slug']}")["slug"] == item["slug"]


@pytest.mark.parametrize(
    "path", ["/v1/families", "/v1/materials", "/v1/colours", "/v1/hardware", "/v1/markets", "/v1/campaigns",
             "/v1/details", "/v1/sources"]
)  # fmt: skip
def test_every_list_comes_in_pages(client: FlaskClient, path: str) -> None:
    seen: list[Any] = []
    page = get(client, f"{path}?limit=2")
    while True:
        assert set(page) == {"items", "next"}
        seen += page["items"]
        if page["next"] is None:
            break
        assert len(page["items"]) == 2
        page = get(client, f"{path}?limit=2&cursor={page['next']}")

    assert seen[:100] == items(client, path)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/v1/families/nope", "family"),
        ("/v1/families/nope/lineage", "family"),
        ("/v1/products/nope", "product"),
        ("/v1/variants/nope", "variant"),
        ("/v1/campaigns/nope", "campaign"),
        ("/v1/materials/nope", "material"),
        ("/v1/colours/nope", "colour"),
        ("/v1/hardware/nope", "hardware"),
        ("/v1/markets/nope", "market"),
    ],
)
def test_what_is_not_there_is_named(client: FlaskClient, path: str, kind: str) -> None:
    answer = client.get(path)

    assert answer.status_code == 404
    assert (answer.json["code"], answer.json["kind"], answer.json["slug"]) == (
        "not_in_catalogue",
        kind,
        "nope",
    )


def test_roles_of_families(client: FlaskClient) -> None:
    roles = [family["role"] for family in items(client, "/v1/families")]

    assert sorted(roles) == ["core"] * 4 + ["heritage"] + ["related"] * 2


def test_a_family_tells_its_launch_with_the_dispute(client: FlaskClient) -> None:
    family = get(client, "/v1/families/le-city")

    assert family["launch"]["year"] == 2000
    assert family["launch"]["year_alternatives"] == [2001]
    assert family["launch"]["is_disputed"] is True
    assert "K01" in [dispute["id"] for dispute in family["disputes"]]
    assert {
        "role": "designer",
        "person": {"slug": "nicolas-ghesquiere", "name": "Nicolas Ghesquière"},
    } in family["designers"]
    assert [relaunch["date"] for relaunch in family["relaunches"]] == [
        "2024-01-23",
        "2024-04-11",
        "2024-07-04",
    ]
    assert [event["date"] for event in family["timeline"]] == [
        "2016", "2024-01-23", "2024-04-11", "2024-07-04", "2025-11",
    ]  # fmt: skip
    assert len(family["products"]) == 8
    cited = {source["id"] for source in family["cited"]}
    assert set(family["sources"]) | set(family["launch"]["sources"]) <= cited


def test_lineage_is_a_graph_read_both_ways(client: FlaskClient) -> None:
    city = get(client, "/v1/families/le-city/lineage")
    neo = get(client, "/v1/families/neo-cagole/lineage")

    assert [(e["relation"], e["origin"]["slug"]) for e in city["ancestors"]] == [("model_of", "motorcycle")]
    assert {(e["relation"], e["derived"]["slug"]) for e in city["descendants"]} == {
        ("spin_off", "le-cagole"),
        ("spin_off", "neo-cagole"),
    }
    assert {(e["relation"], e["origin"]["slug"]) for e in neo["ancestors"]} == {
        ("spin_off", "le-city"),
        ("shares_details", "le-cagole"),
    }
    for edge in [*city["ancestors"], *city["descendants"], *neo["ancestors"]]:
        assert edge["since"]
        assert edge["sources"]


def test_a_family_that_stands_alone_has_no_lineage(client: FlaskClient) -> None:
    lineage = get(client, "/v1/families/hourglass/lineage")

    assert lineage["ancestors"] == lineage["descendants"] == []


def test_a_product_shows_everything_of_its_variants(client: FlaskClient) -> None:
    product = get(client, "/v1/products/le-city-bag-medium")

    assert (product["dimensions"]["width_mm"], product["dimensions"]["depth_mm"]) == (380, 143)
    assert product["lining"]["slug"] == "cotton-canvas"
    assert product["country_of_origin"] == "IT"
    assert "weight_is_illustrative" in product["flags"]
    assert "lacquered leather" in {part["finish"] for part in product["components"]}
    (bag,) = [variant for variant in product["variants"] if variant["sku"] == BAG]
    assert bag["style_code"] == "823058 2AA9S 1000"
    assert bag["price"] == {"amount": 285_000, "currency": "USD"}
    assert bag["hardware"]["zip_pull"]["slug"] == "zip-pull-laced"
    assert {(i["slug"], i["finish"]) for i in bag["hardware"]["items"]} == {
        ("stud-thimble", "palladium-vibrato"),
        ("buckle-small", "palladium-vibrato"),
        ("rivet", "palladium-vibrato"),
    }
    assert {"large-studs", "laced-zipper-pulls", "lacquered-handles"} <= {d["slug"] for d in bag["details"]}


def test_care_is_told_where_it_is_known(client: FlaskClient) -> None:
    assert get(client, "/v1/products/le-cagole-heart-mini-bag")["care"]


def test_a_variant_is_the_same_alone_and_in_its_product(client: FlaskClient) -> None:
    for market in ("US", "HK", "KR"):
        product = get(client, f"/v1/products/le-cagole-shoulder-bag-xs?market={market}")
        for variant in product["variants"]:
            assert get(client, f"/v1/variants/{variant['sku']}?market={market}") == variant


@pytest.mark.parametrize(
    ("sku", "market", "because"),
    [
        (BAG, "US", None),
        (BAG, "KR", "not_priced_in_market"),
        ("archive", "US", "not_for_sale"),
        ("8230582AB7D2533", "US", None),
    ],
)
def test_a_variant_says_why_it_cannot_be_bought(
    client: FlaskClient, sku: str, market: str, because: str | None
) -> None:
    if sku == "archive":
        sku = get(client, "/v1/products/velo")["variants"][0]["sku"]

    variant = get(client, f"/v1/variants/{sku}?market={market}")

    assert variant["unavailable_because"] == because
    assert variant["buyable"] is (because is None)
    assert (variant["available"] > 0) is (because is None)


def test_the_closet_is_shown_shelf_by_shelf(client: FlaskClient) -> None:
    closet = get(client, "/v1/campaigns/closet-2024")

    assert [c["person"]["name"] for c in closet["credits"] if c["role"] == "photographer"] == [
        "Inez & Vinoodh"
    ]
    assert closet["cast"][0]["person"]["slug"] == "kim-kardashian"
    assert len(closet["cast"]) == 6
    assert [(s["order"], s["family"]["slug"]) for s in closet["shelves"]] == [
        (1, "le-city"),
        (2, "le-cagole"),
        (3, "hourglass"),
    ]
    assert "le-city-bag-medium" in [p["slug"] for p in closet["shelves"][0]["products"]]
    assert all(p["price"] for shelf in closet["shelves"] for p in shelf["products"])
    assert "shelves_order_is_illustrative" in closet["flags"]
    assert {(s["family"]["slug"], s["is_disputed"]) for s in closet["also_reported"]} == {
        ("rodeo", False),
        ("neo-cagole", True),
    }


def test_a_shelf_shows_the_prices_of_the_market(client: FlaskClient) -> None:
    closet = get(client, "/v1/campaigns/closet-2024?market=JP")

    currencies = {
        p["price"]["min"]["currency"] for shelf in closet["shelves"] for p in shelf["products"] if p["price"]
    }
    assert currencies == {"JPY"}


def test_a_campaign_nobody_dated_has_no_date(client: FlaskClient) -> None:
    assert get(client, "/v1/campaigns/piccioli-debut-2025-moon")["revealed_on"] is None


def test_a_market_tells_currency_decimals_and_tax(client: FlaskClient) -> None:
    japan, america = get(client, "/v1/markets/JP"), get(client, "/v1/markets/US")

    assert (japan["currency"], japan["exponent"], japan["prices_include_tax"]) == ("JPY", 0, True)
    assert japan["tax_rate_ppm"] == 100_000
    assert (america["prices_include_tax"], america["tax_rate_ppm"]) == (False, None)
    assert america["duties"][0]["rate_ppm"] == 90_000


def test_the_default_market_is_the_operators(client: FlaskClient) -> None:
    assert get(client, f"/v1/variants/{BAG}")["market"] == "US"


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/v1/products/le-city-bag-medium", 5),
        ("/v1/products/hourglass-handbag-xs", 5),
        (f"/v1/variants/{BAG}", 4),
        ("/v1/families/le-city", 9),
        ("/v1/campaigns/closet-2024", 9),
    ],
)
def test_a_page_takes_few_statements_and_loads_nothing_lazily(
    app: Flask, client: FlaskClient, path: str, most: int
) -> None:
    statements: list[str] = []
    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2]))

    get(client, path)

    assert len(statements) <= most, statements
