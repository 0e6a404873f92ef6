"""The site map: every address that is shown, and parts of it where one file would hold too many."""

from __future__ import annotations

from xml.etree import ElementTree

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select, update

from shop.catalogue.models import Product, Variant
from shop.feeds.sitemap import LARGEST
from shop.kit.db import db, transaction
from tests.discovery.browsing import every, slugs
from tests.feeds.many_products import FIRST, multiply

SHOP = "https://shop.example"
NAMESPACE = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def addresses(client: FlaskClient, path: str = "/sitemap.xml", *, of: str = "urlset") -> list[str]:
    """Return the addresses of a document, which holds nothing else."""
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.content_type == "application/xml; charset=utf-8"
    root = ElementTree.fromstring(answer.data)
    assert root.tag == NAMESPACE + of
    entry = NAMESPACE + ("url" if of == "urlset" else "sitemap")
    assert all(child.tag == entry and [part.tag for part in child] == [NAMESPACE + "loc"] for child in root)
    return [str(child[0].text) for child in root]


def names(client: FlaskClient, kind: str) -> set[str]:
    """Return the addresses of a list that holds them all."""
    items = client.get(f"/v1/{kind}?limit=100").json["items"]
    return {f"{SHOP}/v1/{kind}/{item['slug']}" for item in items}


def test_it_names_every_product_family_and_campaign_once_and_none_retired_as_a_whole(
    app: Flask, client: FlaskClient
) -> None:
    found = addresses(client)

    products = slugs(every(client)) + slugs(every(client, kind="accessory"))
    expected = {f"{SHOP}/v1/products/{slug}" for slug in products}
    expected |= names(client, "families") | names(client, "campaigns")
    assert set(found) == expected
    assert len(found) == len(expected)
    for address in found[::12]:
        assert client.get(address.removeprefix(SHOP)).status_code == 200

    bag = select(Product.id).where(Product.slug == "le-city-bag-medium").scalar_subquery()
    with app.app_context(), transaction() as session:
        session.execute(update(Variant).where(Variant.product_id == bag).values(is_retired=True))
    assert expected - set(addresses(client)) == {f"{SHOP}/v1/products/le-city-bag-medium"}
    assert client.get("/v1/products/le-city-bag-medium").status_code == 200


def test_above_fifty_thousand_it_is_an_index_of_parts_that_hold_everything_once(
    app: Flask, client: FlaskClient
) -> None:
    whole = set(addresses(client))
    with app.app_context():
        with transaction() as session:
            multiply(session, LARGEST, priced=False)
        engine = db.engine

    parts = [part.removeprefix(SHOP) for part in addresses(client, of="sitemapindex")]
    statements: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    found = [addresses(client, part) for part in parts]

    assert parts == [
        "/sitemaps/products/1.xml",
        "/sitemaps/products/2.xml",
        "/sitemaps/families/1.xml",
        "/sitemaps/campaigns/1.xml",
    ]
    assert all(0 < len(part) <= LARGEST for part in found)
    together = [address for part in found for address in part]
    copies = {f"{SHOP}/v1/products/copy-{number}" for number in range(FIRST, FIRST + LARGEST)}
    assert set(together) == whole | copies
    assert len(together) == len(whole) + LARGEST
    assert len(statements) < 150  # batches, and not one for each


def test_a_part_that_holds_nothing_is_not_found_and_crawlers_are_told_of_the_whole(
    client: FlaskClient,
) -> None:
    for part in ("products/0", "products/2", "products/99999999999999999999", "sources/1", "products/-1"):
        assert client.get(f"/sitemaps/{part}.xml").status_code == 404

    answer = client.get("/robots.txt")
    assert answer.content_type == "text/plain; charset=utf-8"
    assert f"Sitemap: {SHOP}/sitemap.xml" in answer.text.splitlines()
    assert "Disallow: /v1/carts" in answer.text.splitlines()
