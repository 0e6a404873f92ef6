"""Giving the shop pictures, and showing them at products and variants."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from shop.app import create_app
from shop.kit.db import db
from shop.media.intake import MOST_BYTES
from shop.media.models import Image
from shop.media.store import current_store
from tests.conftest import dispose, settings_for
from tests.media.pictures import opened, picture
from tests.owner import Owner
from tests.shopper import BAG

PRODUCT = "/products/le-city-bag-medium"


@pytest.fixture
def owner(app: Flask) -> Owner:
    return Owner.of(app)


def uploads(owner: Owner, data: bytes | None = None, *, key: str | None = None) -> dict[str, object]:
    answer = owner.writes("POST", "/media", data=data or picture(), content_type="image/jpeg", key=key)
    assert answer.status_code == 201, answer.text
    return dict(answer.json)


def shows(owner: Owner, address: str, *pictures: tuple[object, str]) -> dict[str, object]:
    images = [{"hash": name, "alt": alt} for name, alt in pictures]
    answer = owner.writes("PUT", f"{address}/images", json={"images": images})
    assert answer.status_code == 200, answer.text
    return dict(answer.json)


def test_a_picture_that_is_given_is_served_for_good(app: Flask, owner: Owner, client: FlaskClient) -> None:
    given = uploads(owner, picture("PNG", (1000, 800)))

    assert (given["width"], given["height"]) == (1000, 800)
    for rendition in given["renditions"]:  # type: ignore[attr-defined]
        served = client.get(rendition["url"])
        assert (served.status_code, served.mimetype) == (200, "image/webp")
        assert served.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert opened(served.data).width == rendition["width"]


def test_the_same_picture_twice_is_one(app: Flask, owner: Owner) -> None:
    first, second = uploads(owner, key="one"), uploads(owner, key="two")
    repeat = owner.writes("POST", "/media", data=picture(), content_type="image/jpeg", key="one")
    other = owner.writes("POST", "/media", data=picture(colour="blue"), content_type="image/jpeg", key="one")

    assert first == second == repeat.json
    assert repeat.headers["Idempotent-Replayed"] == "true"
    assert (other.status_code, other.json["code"]) == (422, "idempotency_key_reused")
    with app.app_context():
        assert db.session.query(Image).count() == 1


def test_what_is_no_picture_is_refused_and_nothing_kept(app: Flask, owner: Owner) -> None:
    for data, reason in ((b"<svg/>", "not_an_image"), (picture() + b"PK\x03\x04zip", "trailing_data")):
        answer = owner.writes("POST", "/media", data=data, content_type="image/jpeg")
        assert (answer.status_code, answer.json["code"], answer.json["reason"]) == (
            422,
            "unusable_image",
            reason,
        )
    large = owner.writes(
        "POST", "/media", data=b"\xff\xd8\xff" + b"0" * MOST_BYTES, content_type="image/jpeg"
    )
    assert (large.status_code, large.json["code"]) == (413, "body_too_large")
    with app.app_context():
        assert list(current_store().keys("images")) == []


def test_other_routes_take_no_larger_bodies(owner: Owner) -> None:
    answer = owner.writes("PUT", f"{PRODUCT}/images", data=b"0" * 70_000, content_type="application/json")

    assert answer.status_code == 413


def test_pictures_are_shown_in_the_order_they_are_put_in(owner: Owner, client: FlaskClient) -> None:
    red, blue = uploads(owner)["hash"], uploads(owner, picture(colour="blue"))["hash"]

    shown = shows(owner, PRODUCT, (blue, "A blue bag"), (red, "A red bag"))
    page = client.get("/v1/products/le-city-bag-medium").json
    listed = {each["slug"]: each for each in client.get("/v1/products?family=le-city").json["items"]}

    assert [each["hash"] for each in shown["images"]] == [blue, red]  # type: ignore[attr-defined]
    assert [each["alt"] for each in page["images"]] == ["A blue bag", "A red bag"]
    assert [each["is_drawing"] for each in page["images"]] == [False, False]
    assert listed["le-city-bag-medium"]["images"] == page["images"]
    assert page["variants"][0]["images"][0]["is_drawing"]

    shows(owner, PRODUCT, (red, "The red one"))
    assert [each["alt"] for each in client.get("/v1/products/le-city-bag-medium").json["images"]] == [
        "The red one"
    ]
    assert owner.gets(f"{PRODUCT}/images").json["images"][0]["hash"] == red

    shows(owner, PRODUCT)
    page = client.get("/v1/products/le-city-bag-medium").json
    assert [each["is_drawing"] for each in page["images"]] == [True]


def test_a_variant_has_pictures_of_its_own(owner: Owner, client: FlaskClient) -> None:
    shows(owner, f"/variants/{BAG}", (uploads(owner)["hash"], "It, in black | with \\ signs; é"))

    variant = client.get(f"/v1/variants/{BAG}").json
    linked = client.get("/v1/products/le-city-bag-medium", headers={"Accept": "application/ld+json"}).json
    feed = client.get("/feeds/google.tsv").text

    assert [each["alt"] for each in variant["images"]] == ["It, in black | with \\ signs; é"]
    address = "https://shop.example" + variant["images"][0]["renditions"][-1]["url"]
    assert [each["image"] for each in linked["hasVariant"] if "image" in each] == [[address]]
    assert feed.count(address) == 1


def test_words_for_each_picture_are_needed_and_the_picture_must_be_there(owner: Owner) -> None:
    name = uploads(owner)["hash"]
    bodies = (
        {"images": [{"hash": name}]},
        {"images": [{"hash": name, "alt": " "}]},
        {"images": [{"hash": name, "alt": "x" * 301}]},
        {"images": [{"hash": "0" * 64, "alt": "x"}]},
        {"images": [{"hash": name, "alt": "x"}, {"hash": name, "alt": "y"}]},
        {"images": [{"hash": name, "alt": "x", "position": 1}]},
        {},
    )

    for body in bodies:
        assert owner.writes("PUT", f"{PRODUCT}/images", json=body).status_code == 422, body
    unknown = owner.writes("PUT", "/products/unheard-of/images", json={"images": []})
    assert (unknown.status_code, unknown.json["code"]) == (404, "not_in_catalogue")


def test_pictures_survive_the_process_where_they_are_kept_in_a_folder(
    seeded_url: str, tmp_path: object
) -> None:
    settings = settings_for(seeded_url, media=f"file://{tmp_path}/media")
    before = create_app(settings)
    given = uploads(Owner.of(before))
    dispose(before)

    later = create_app(settings)
    answer = later.test_client().get(given["renditions"][0]["url"])  # type: ignore[index]
    dispose(later)

    assert answer.status_code == 200
