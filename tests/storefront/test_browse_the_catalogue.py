"""From the home page to a bag."""

from __future__ import annotations

import re
from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select, text, update

from shop.catalogue.models import Product, Variant
from shop.catalogue.service import publish
from shop.inventory.models import Stock
from shop.kit.clock import clock
from shop.kit.db import transaction
from shop.pricing.models import Price
from tests.shopper import BAG
from tests.storefront.reading import read, slugs_of

HEART = "le-cagole-heart-mini-bag"


def test_the_home_page_leads_to_the_hero_its_bags_its_lineage_and_the_closet(client: FlaskClient) -> None:
    page = read(client, "/en-us/")

    assert "First shown in 2000 or 2001, drawn by Nicolas Ghesquière" in page.text
    assert "Photographed by Inez & Vinoodh, with Kim Kardashian" in page.text
    assert {"/en-us/families/le-city", "/en-us/closet", "/en-us/bags?family=le-city"} <= set(page.links())
    assert slugs_of(page)[0] == "le-city-bag-medium"
    assert len(page.all("svg", role="img")) == 1
    assert "trademarks of their owner" in page.text


def test_a_shop_without_a_catalogue_has_a_home_page_too(empty_app: Flask) -> None:
    client = empty_app.test_client()

    assert client.get("/").location == "/docs/"
    assert client.get("/en-us/").status_code == 404


def test_a_family_tells_its_story_with_what_is_disputed(client: FlaskClient) -> None:
    page = read(client, "/en-us/families/le-city")

    assert "2000 or 2001 disputed" in page.text
    assert "store 2000 with alternative 2001" in page.text
    assert "January 23, 2024 Closet campaign; Le City announced with Arena leather" in page.text
    assert len(slugs_of(page)) == 8
    # The lineage is told in words beside the picture, however far it goes.
    relations = re.findall(r"(\S+ \S+), (a [\w -]+ of|shares details with) (\S+ \S+)", page.text)
    assert ("Neo Cagole", "shares details with", "Le Cagole") in relations
    assert ("Neo Classic", "a reinterpretation of", "Motorcycle line") in relations


def test_a_family_without_relations_has_no_lineage(client: FlaskClient) -> None:
    page = read(client, "/en-us/families/hourglass")

    assert "The lineage" not in page.text
    assert "Basque coats" in page.text


def test_the_closet_shows_its_shelves_in_order_and_sells_from_them(client: FlaskClient) -> None:
    page = read(client, "/en-us/closet")
    shelves = page.links("/en-us/families/")[:3]
    skus = {each["value"] for each in page.all("option")} | {
        each["value"] for each in page.all("input", name="sku")
    }

    assert shelves == [f"/en-us/families/{slug}" for slug in ("le-city", "le-cagole", "hourglass")]
    assert BAG in skus
    assert {(form["method"], form["action"]) for form in page.all("form") if "method" in form} == {
        ("post", "/en-us/bag/lines")
    }
    assert "Patricia Field costume designer" in page.text
    assert read(client, "/en-us/campaigns/closet-2024").text == page.text


def test_a_bag_is_shown_in_the_variant_that_was_chosen(client: FlaskClient) -> None:
    other = "8230582AB7D2533"
    page = read(client, f"/en-us/bags/le-city-bag-medium?variant={other}")

    assert page.all("input", name="sku") == [{"type": "hidden", "name": "sku", "value": other}]
    assert "Camel, Arena leather (Le City 2024)" in page.text
    assert "$3,290" in page.text
    assert "14.3 cm" in page.text
    assert "900 g illustrative" in page.text
    assert "Laced zipper pulls" in page.text
    read(client, "/en-us/bags/le-city-bag-medium?variant=NONSENSE", status=404)
    read(client, f"/en-us/bags/{HEART}?variant={BAG}", status=404)


def test_every_variant_of_a_bag_can_be_reached_by_links(client: FlaskClient) -> None:
    offered = {each["sku"] for each in client.get("/v1/products/le-city-bag-medium").json["variants"]}
    seen: set[str] = set()
    waiting = ["/en-us/bags/le-city-bag-medium"]
    while waiting:
        page = read(client, waiting.pop())
        new = set(page.links("/en-us/bags/le-city-bag-medium?")) - seen
        seen |= new
        waiting += new

    assert {link.partition("variant=")[2] for link in seen} == offered


def test_what_cannot_be_bought_says_why_and_has_no_form(app: Flask, client: FlaskClient) -> None:
    def said(path: str) -> str:
        page = read(client, path)
        assert not page.all("input", name="sku"), path
        return page.text

    bag = select(Variant.id).where(Variant.sku == BAG).scalar_subquery()
    with app.app_context(), transaction() as session:
        session.execute(update(Stock).where(Stock.variant_id == bag).values(on_hand=0))
    assert "Sold out" in said(f"/en-us/bags/le-city-bag-medium?variant={BAG}")
    # What is shown first is what can be bought.
    assert read(client, "/en-us/bags/le-city-bag-medium").all("input", name="sku")[0]["value"] != BAG
    assert "From the archive, not for sale" in said("/en-us/bags/classic-city")
    with app.app_context(), transaction() as session:
        session.execute(delete(Price).where(Price.variant_id == bag))
        publish(session)
    assert "Not sold in this market" in said(f"/en-us/bags/le-city-bag-medium?variant={BAG}")


def test_a_bag_that_is_taken_back_is_gone_from_every_page(app: Flask, client: FlaskClient) -> None:
    with app.app_context(), transaction() as session:
        ended = clock.now() - timedelta(minutes=1)
        session.execute(
            update(Product).where(Product.slug == "le-city-bag-medium").values(unpublish_at=ended)
        )

    read(client, "/en-us/bags/le-city-bag-medium", status=404)
    for path in ("/en-us/", "/en-us/bags", "/en-us/closet", "/en-us/families/le-city"):
        assert "le-city-bag-medium" not in slugs_of(read(client, path)), path


def test_the_last_pieces_are_counted(app: Flask, client: FlaskClient) -> None:
    bag = select(Variant.id).where(Variant.sku == BAG).scalar_subquery()
    for pieces, words in ((1, "Only one left"), (2, "Only 2 left"), (4, "In stock")):
        with app.app_context(), transaction() as session:
            session.execute(update(Stock).where(Stock.variant_id == bag).values(on_hand=pieces))

        assert words in read(client, f"/en-us/bags/le-city-bag-medium?variant={BAG}").text


def test_a_mistake_of_the_shop_is_told_as_a_page_that_needs_no_database(
    app: Flask, client: FlaskClient
) -> None:
    with app.app_context(), transaction() as session:
        session.execute(text("DROP TABLE house_note"))

    answer = client.get("/fr-fr/closet")

    assert (answer.status_code, answer.mimetype) == (500, "text/html")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Une erreur s’est produite" in answer.text  # noqa: RUF001 - as French has it
    assert answer.headers["X-Request-Id"] in answer.text
    assert "house_note" not in answer.text
