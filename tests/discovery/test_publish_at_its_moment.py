"""Before its moment nothing tells of a product, a family or a campaign; at it, everything does.

The crawl asks every GET route of the OpenAPI document that anybody may read, with every id there is. A
route it does not know how to ask fails it: whoever adds one says here which ids it takes.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from shop.catalogue.models import (
    Campaign,
    Colour,
    Detail,
    Family,
    HardwareSet,
    Material,
    Product,
    Source,
    Variant,
)
from shop.kit.clock import clock
from shop.kit.db import transaction
from shop.payments.double import StripeDouble
from shop.pricing.models import Market
from tests.conftest import Databases
from tests.discovery import embargo
from tests.discovery.browsing import every, slugs
from tests.discovery.embargo import CAMPAIGN, COMES_OUT, FAMILY, PRODUCTS, SECRET, SKUS, wait_until

#: Which column names what each route's address takes.
NAMED_BY = {
    "/v1/families/{slug}": Family.slug,
    "/v1/families/{slug}/lineage": Family.slug,
    "/v1/products/{slug}": Product.slug,
    "/v1/variants/{sku}": Variant.sku,
    "/v1/campaigns/{slug}": Campaign.slug,
    "/v1/materials/{slug}": Material.slug,
    "/v1/colours/{slug}": Colour.slug,
    "/v1/hardware/{slug}": HardwareSet.slug,
    "/v1/details/{slug}": Detail.slug,
    "/v1/sources/{source_id}": Source.id,
    "/v1/markets/{slug}": Market.code,
}
#: How many ids that are no secret are asked for.
MOST_IDS = 3

#: Other ways of asking a route that may tell more; none holds a secret name whole. One that a route
#: does not know is refused and tells nothing.
ASKED = {
    "/v1/products": [
        "kind=accessory",
        "family=le-city",
        "family=wibbl-family",
        "colour=navy",
        "q=wibble",
        "q=wibb",
        "q=wible",
        "q=wiblewobble",
        "q=bag+wible",
        "q=wible+black&kind=accessory",
        "q=wible&facets=family,material,colour",
        "q=" + SKUS[0],
        "q=city bag",
        "facets=family,material,colour,finish,detail,size,silhouette,price,available",
    ],
    "/v1/suggest": ["q=wibble", "q=wibb", "q=wi", "q=wible", "q=wiblewobb", "q=" + SKUS[0], "q=city"],
}
PAGES = {
    "/sitemaps/{kind}/{part}.xml": [
        f"/sitemaps/{kind}/1.xml" for kind in ("products", "families", "campaigns")
    ]
}

#: Pages of the storefront, which OpenAPI does not tell of, and which column names what theirs take.
SHOWN = [
    *("/en-us/", "/en-us/closet", "/en-us/bags", "/en-us/bags?kind=accessory", "/en-us/bags?family=le-city"),
    *("/en-us/bags?colour=navy", "/en-us/bags?family=wibbl-family", "/fr-fr/bags?sort=newest"),
]
SHOWN_BY = {
    "/en-us/families/": Family.slug,
    "/en-us/bags/": Product.slug,
    "/en-us/campaigns/": Campaign.slug,
}


@pytest.fixture
def app(databases: Databases, tmp_path: Path, double: StripeDouble) -> Iterator[Flask]:
    """The shop on the real catalogue with something that is not out yet."""
    yield from embargo.running(databases, tmp_path, double)


def addresses(client: FlaskClient, session: Session) -> Iterator[str]:
    """Yield what anybody may ask for, with every id there is."""
    paths = client.get("/openapi.json").json["paths"]
    for path, operations in paths.items():
        if "get" not in operations or operations["get"].get("security"):
            continue
        yield from (f"{path}?{query}" for query in ASKED.get(path, ()))
        if "{" not in path:
            yield path
        elif path in PAGES:
            yield from PAGES[path]
        else:
            prefix, _, rest = path.partition("{")
            for each in _ids(session, NAMED_BY[path]):
                yield f"{prefix}{each}{rest.partition('}')[2]}"

    yield from SHOWN
    for prefix, column in SHOWN_BY.items():
        yield from (f"{prefix}{each}" for each in _ids(session, column))


def _ids(session: Session, column: Any) -> list[str]:
    """Return every secret id, and the first others: there are hundreds of them, all read alike."""
    names = session.scalars(select(column).order_by(column.class_.position)).all()
    secret = [name for name in names if SECRET in name.lower()]
    return [*secret, *[name for name in names if name not in secret][:MOST_IDS]]


def told(client: FlaskClient, address: str) -> Iterator[str]:
    """Yield all that is answered: every page of a list, and every format of a product."""
    kinds = ["application/json"]
    kinds += ["application/ld+json"] if address.startswith("/v1/products/") else []
    for kind in kinds:
        answer = client.get(address, headers={"Accept": kind})
        yield f"{answer.status_code} {answer.text}"
        while answer.is_json and answer.json.get("next"):
            mark = "&" if "?" in address else "?"
            answer = client.get(f"{address}{mark}cursor={answer.json['next']}")
            yield f"{answer.status_code} {answer.text}"


def crawl(client: FlaskClient, session: Session) -> set[str]:
    """Return the addresses whose answers name something secret, besides repeating what was asked."""
    found = set()
    for address in addresses(client, session):
        for text in told(client, address):
            assert not text.startswith("5"), (address, text)
            asked = address.split("/")[3] if text.startswith("404") else ""
            if SECRET in text.replace(asked, "").lower():
                found.add(address)
    return found


def test_no_route_tells_of_what_is_not_published_and_every_one_does_at_its_moment(
    client: FlaskClient, session: Session
) -> None:
    wait_until(COMES_OUT, but=timedelta(seconds=30))
    before = crawl(client, session)
    wait_until(COMES_OUT)
    after = crawl(client, session)

    assert before == set()
    assert {
        "/v1/products",
        "/v1/products?kind=accessory",
        "/v1/products?family=le-city",
        "/v1/products?colour=navy",
        "/v1/products?q=wibble",
        "/v1/products?q=wibb",
        "/v1/products?q=wible",
        "/v1/products?q=wiblewobble",  # only their alias is alike
        f"/v1/products?q={SKUS[0]}",
        *(f"/v1/suggest?q={typed}" for typed in ("wibble", "wibb", "wi", "wible", "wiblewobb")),
        "/v1/products?family=wibbl-family",  # the family is guessed now
        "/v1/products/le-city-bag-medium",  # its strap can be ordered alone
        *(f"/v1/products/{slug}" for slug in PRODUCTS),
        *(f"/v1/variants/{sku}" for sku in SKUS),
        "/v1/families",
        f"/v1/families/{FAMILY}",
        f"/v1/families/{FAMILY}/lineage",
        "/v1/families/le-city",
        "/v1/families/le-city/lineage",
        "/v1/campaigns",
        f"/v1/campaigns/{CAMPAIGN}",
        "/v1/campaigns/closet-2024",
        "/sitemap.xml",
        "/sitemaps/products/1.xml",
        "/sitemaps/families/1.xml",
        "/sitemaps/campaigns/1.xml",
        "/feeds/google.tsv",
        *("/en-us/", "/en-us/closet", "/en-us/bags", "/en-us/bags?family=le-city", "/en-us/bags?colour=navy"),
        *("/fr-fr/bags?sort=newest", f"/en-us/families/{FAMILY}", f"/en-us/campaigns/{CAMPAIGN}"),
        *(f"/en-us/bags/{slug}" for slug in PRODUCTS),
    } <= after


#: Address, an unknown id and a secret one.
IDS = [
    ("/v1/products/{}", "nonsense", PRODUCTS[0]),
    ("/v1/variants/{}", "NONSENSE", SKUS[0]),
    ("/v1/families/{}", "nonsense", FAMILY),
    ("/v1/families/{}/lineage", "nonsense", FAMILY),
    ("/v1/campaigns/{}", "nonsense", CAMPAIGN),
]


def test_a_secret_id_is_answered_as_an_unknown_one(client: FlaskClient) -> None:
    for path, unknown, secret in IDS:
        answers = [client.get(path.format(name)) for name in (unknown, secret)]

        assert [answer.status_code for answer in answers] == [404, 404]
        first, second = (_anonymous(answer.text, answer.json["request_id"]) for answer in answers)
        assert second == first.replace(unknown, secret)


def _anonymous(text: str, request_id: str) -> str:
    return text.replace(request_id, "")


def test_counts_and_shelves_leave_out_what_is_not_published(app: Flask, client: FlaskClient) -> None:
    def seen() -> tuple[int, int, set[str], int]:
        campaign = client.get("/v1/campaigns/closet-2024").json
        shelves = [len(shelf["products"]) for shelf in campaign["shelves"]]
        families = {shelf["family"]["slug"] for shelf in campaign["shelves"]}
        return len(every(client)), sum(shelves), families, len(campaign["also_reported"])

    bags, on_shelves, families, sightings = seen()
    assert bags == 50
    assert FAMILY not in families

    wait_until(COMES_OUT)
    assert seen() == (52, on_shelves + 3, families | {FAMILY}, sightings + 1)


def test_what_is_taken_back_is_absent_from_its_moment_on(app: Flask, client: FlaskClient) -> None:
    with app.app_context(), transaction() as session:
        ends = (clock.now() + timedelta(hours=1)).replace(microsecond=0)
        session.execute(update(Product).where(Product.slug == "le-city-bag-medium").values(unpublish_at=ends))
        session.execute(update(Campaign).where(Campaign.slug == "closet-2024").values(unpublish_at=ends))
    paths = ["/v1/products/le-city-bag-medium", "/v1/variants/8230582AA9S1000", "/v1/campaigns/closet-2024"]

    wait_until(ends, but=timedelta(seconds=30))
    assert [client.get(path).status_code for path in paths] == [200, 200, 200]
    assert "le-city-bag-medium" in slugs(every(client))

    wait_until(ends)
    assert [client.get(path).status_code for path in paths] == [404, 404, 404]
    assert "le-city-bag-medium" not in slugs(every(client))


def test_a_campaign_is_absent_with_its_hero(app: Flask, client: FlaskClient, session: Session) -> None:
    with app.app_context(), transaction() as writing:
        family_id = writing.scalars(select(Family.id).where(Family.slug == FAMILY)).one()
        changed = {"hero_family_id": family_id, "publish_at": None}
        writing.execute(update(Campaign).where(Campaign.slug == CAMPAIGN).values(**changed))

    assert client.get(f"/v1/campaigns/{CAMPAIGN}").status_code == 404
    assert CAMPAIGN not in client.get("/v1/campaigns").text

    wait_until(COMES_OUT)
    assert client.get(f"/v1/campaigns/{CAMPAIGN}").status_code == 200


def test_a_page_goes_on_rightly_when_something_is_published_meanwhile(client: FlaskClient) -> None:
    first = client.get("/v1/products?sort=name&limit=20").json
    before = slugs(every(client, sort="name"))

    wait_until(COMES_OUT)
    rest = client.get(f"/v1/products?sort=name&limit=100&cursor={first['next']}").json

    assert [slug for slug in slugs(rest["items"]) if SECRET not in slug] == before[20:]


def test_the_database_refuses_an_end_before_the_beginning(app: Flask) -> None:
    moments = {"publish_at": COMES_OUT, "unpublish_at": COMES_OUT}

    for model in (Product, Campaign):
        with app.app_context(), pytest.raises(IntegrityError), transaction() as session:
            session.execute(update(model).values(**moments))


def test_the_archive_is_read_and_not_sold_and_a_day_is_no_public_question(client: FlaskClient) -> None:
    archive = client.get("/v1/products/classic-city").json

    assert archive["sellable"] is False
    assert archive["variants"]
    for variant in archive["variants"]:
        alone = client.get(f"/v1/variants/{variant['sku']}").json
        assert (alone["buyable"], alone["unavailable_because"]) == (False, "not_for_sale")
    for path in ("/v1/products/le-city-bag-medium", "/v1/variants/8230582AA9S1000"):
        refused = client.get(f"{path}?as_of=2026-01-15")
        assert refused.status_code == 422
        assert refused.json["errors"][0]["parameter"] == "as_of"
