"""The shop's own pictures: drawn from facts, the same each time, and each unlike the others."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select, update

from shop.catalogue.models import Product, Variant
from shop.kit.db import db, transaction
from shop.media import drawings
from shop.media.artwork import Facts, draw
from shop.media.artwork.scene import _SHAPES
from shop.media.drawings import render
from shop.media.queries import artwork_facts, pictures_of_products, pictures_of_variants
from shop.media.store import current_store
from tests.media.pictures import opened
from tests.shopper import BAG

CITY = Facts("city", "le-city", 380, 240, "#101010", "creased", "palladium-vibrato", "original", "laced")


@pytest.mark.parametrize("shape", _SHAPES)
def test_every_shape_is_a_drawing_four_by_five_that_loads_nothing(shape: str) -> None:
    drawing = draw(replace(CITY, shape=shape, mirror="heart", laced=True))

    root = ElementTree.fromstring(drawing)
    assert root.attrib["viewBox"] == "0 0 1200 1500"
    assert not re.findall(r"href|<image|<text|<script|nan", drawing)
    defined = set(re.findall(r'id="([^"]+)"', drawing))
    assert set(re.findall(r"url\(#([^)]+)\)", drawing)) <= defined


def test_the_same_facts_give_the_same_drawing_and_others_another() -> None:
    changed = [
        replace(CITY, shape="hourglass"),
        replace(CITY, colour="#c03050"),
        replace(CITY, surface="scales"),
        replace(CITY, metal="gold"),
        replace(CITY, studs="none"),
        replace(CITY, pull="tassel"),
        replace(CITY, mirror="framed"),
        replace(CITY, laced=True),
        replace(CITY, crystals=True),
        replace(CITY, width_mm=200),
        replace(CITY, ground="rodeo"),
    ]

    assert draw(CITY) == draw(replace(CITY))
    assert len({draw(facts) for facts in (CITY, *changed)}) == 12
    assert len({facts.digest for facts in (CITY, *changed)}) == 12


def test_a_drawing_shows_the_colour_of_the_bag() -> None:
    red = opened(render(replace(CITY, colour="#c02020", surface="smooth"), 320))

    r, g, b = red.convert("RGB").getpixel((160, 300))
    assert (red.format, red.size) == ("WEBP", (320, 400))
    assert r > 2 * g
    assert r > 2 * b


def test_every_product_and_variant_has_a_picture_with_words(app: Flask) -> None:
    with app.app_context():
        session = db.session()
        products = session.scalars(select(Product.id).where(Product.variants.any())).all()
        variants = session.scalars(select(Variant.id)).all()
        by_product = pictures_of_products(session, products)
        by_variant = pictures_of_variants(session, variants)

        facts = [artwork_facts(session, sku) for sku in session.scalars(select(Variant.sku))]
        assert None not in facts
        assert {facts.shape for facts in facts if facts} >= {
            "city",
            "cagole",
            "neo-cagole",
            "hourglass",
            "rodeo",
        }

    assert set(by_product) == set(products)
    assert set(by_variant) == set(variants)
    for pictures in (*by_product.values(), *by_variant.values()):
        (picture,) = pictures
        assert picture.alt.startswith("Drawing of ")
        assert [each.width for each in picture.renditions] == [320, 640, 960, 1280]
        assert (picture.width, picture.height) == (1280, 1600)


def test_pictures_of_many_products_take_one_statement(app: Flask) -> None:
    said: list[object] = []
    with app.app_context():
        ids = db.session.scalars(select(Product.id)).all()
        event.listen(db.engine, "before_cursor_execute", lambda *args: said.append(args[2]))
        pictures_of_products(db.session(), ids)

    assert len(said) == 1


def address(app: Flask) -> str:
    with app.app_context():
        variant = db.session.scalars(select(Variant.id).where(Variant.sku == BAG)).one()
        return pictures_of_variants(db.session(), [variant])[variant][0].renditions[0].url


def test_a_drawing_is_made_when_it_is_asked_for_and_kept_for_good(app: Flask, client: FlaskClient) -> None:
    url = address(app)
    with app.app_context():
        assert list(current_store().keys("artwork")) == []

    first, again = client.get(url), client.get(url)

    assert (first.status_code, first.mimetype, first.data) == (200, "image/webp", again.data)
    assert first.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert first.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert opened(first.data).size == (320, 400)
    with app.app_context():
        assert len(list(current_store().keys("artwork"))) == 1
    assert client.get(url, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304


def test_nobody_waits_for_a_drawing_that_is_there_while_another_is_made(
    app: Flask, client: FlaskClient
) -> None:
    url = address(app)
    client.get(url)

    with ThreadPoolExecutor(1) as others, drawings._one_at_a_time:
        answer = others.submit(client.get, url)
        assert answer.result(10).status_code == 200


def test_nothing_is_drawn_that_no_variant_looks_like(app: Flask, client: FlaskClient) -> None:
    url = address(app)
    asked = (
        url.replace("-320", "-321"),
        url.replace(BAG, "unheard-of"),
        re.sub(r"/[0-9a-f]{32}-", f"/{'0' * 32}-", url),
        f"/media/{'0' * 64}.webp",
        "/media/..%2f..%2fsecret_key.webp",
    )

    for each in asked:
        answer = client.get(each)
        assert (answer.status_code, answer.headers["Cache-Control"]) == (404, "no-store"), each
    with app.app_context():
        assert list(current_store().keys("artwork")) == []


def test_a_bag_that_is_not_out_yet_is_not_drawn(app: Flask, client: FlaskClient) -> None:
    url = address(app)
    with app.app_context(), transaction() as session:
        session.execute(update(Product).values(publish_at=datetime(2999, 1, 1, tzinfo=UTC)))

    assert client.get(url).status_code == 404
