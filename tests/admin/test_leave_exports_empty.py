"""Whatever was written entry by entry, an export of it plans to nothing: files could have said it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from shop.catalogue.models import Component, Pairing, Product, Shelf
from shop.seeding import service
from shop.seeding.diff import entries
from shop.seeding.exporting import export
from shop.seeding.room import ROOM
from tests.owner import Owner


def ended(owner: Owner, path: str) -> None:
    etag = owner.gets(path).headers["ETag"]
    answer = owner.writes("DELETE", path, headers={"If-Match": etag})
    assert answer.status_code == 200, answer.text


def made(owner: Owner, slug: str, family: str = "le-city") -> None:
    new = {"slug": slug, "family": family, "name": slug, "sellable": False, "silhouette": "handbag"}
    answer = owner.writes("POST", "/products", json=new)
    assert answer.status_code == 201, answer.text


def planned(app: Flask, folder: Path) -> list[Any]:
    with app.app_context():
        export.write(folder, "yaml")
        return [each for each in entries(service.plan(folder, prune=True)) if each.action != "kept"]


def order(client: FlaskClient) -> list[str]:
    listed: Any = client.get("/v1/products?limit=100").json
    return [item["slug"] for item in listed["items"]]


def of_family(session: Session, slug: str) -> list[str]:
    found = select(Product.slug).where(Product.family.has(slug=slug), Product.kind == "bag")
    return list(session.scalars(found.order_by(Product.position)))


def test_new_products_stand_behind_those_of_their_family(
    owner: Owner, client: FlaskClient, app: Flask, session: Session, tmp_path: Path
) -> None:
    families = ("le-city", "le-cagole")
    before, shown = [of_family(session, slug) for slug in families], order(client)

    made(owner, "first-of-two")
    made(owner, "second-of-two")
    made(owner, "of-another", "le-cagole")

    assert of_family(session, families[0]) == [*before[0], "first-of-two", "second-of-two"]
    assert of_family(session, families[1]) == [*before[1], "of-another"]
    assert order(client) == shown
    assert planned(app, tmp_path / "out") == []


def test_a_product_that_changes_its_family_goes_behind_those_of_the_new_one(
    owner: Owner, app: Flask, session: Session, tmp_path: Path
) -> None:
    made(owner, "moving")
    etag = owner.gets("/products/moving").headers["ETag"]

    moved = owner.writes(
        "PATCH", "/products/moving", json={"family": "le-cagole"}, headers={"If-Match": etag}
    )

    assert moved.status_code == 200, moved.text
    assert of_family(session, "le-cagole")[-1] == "moving"
    assert planned(app, tmp_path / "out") == []


def test_where_no_place_is_free_others_move_on_once_for_many(owner: Owner, session: Session) -> None:
    last, following = (
        session.scalars(select(Product.position).where(Product.slug == slug)).one()
        for slug in (of_family(session, "le-city")[-1], of_family(session, "le-cagole")[0])
    )
    assert following == last + 1

    for slug in ("one", "another"):
        made(owner, slug)

        places = list(session.scalars(select(Product.position).order_by(Product.position)))
    assert places[last : last + 3] == [last + 1, last + 2, following + ROOM]


def test_what_is_retired_is_named_nowhere_any_more(
    owner: Owner, app: Flask, session: Session, tmp_path: Path
) -> None:
    shelved, charm, belt = "le-city-bag-small", "heart-mirror-charm", "le-cagole-charms-belt"
    campaign = owner.gets("/campaigns/closet-2024")
    shelves = [{"family": "le-city", "products": [shelved, "le-city-bag-medium"]}]
    put = {"json": {"shelves": shelves}, "headers": {"If-Match": campaign.headers["ETag"]}}
    assert owner.writes("PATCH", "/campaigns/closet-2024", **put).status_code == 200
    has_charm = Component.accessory_id == select(Product.id).where(Product.slug == charm).scalar_subquery()
    assert session.scalars(select(Component).where(has_charm)).all()

    for slug in (shelved, charm, belt):
        ended(owner, f"/products/{slug}")

    assert [shelf.products for shelf in session.scalars(select(Shelf)) if shelf.products] == [
        ["le-city-bag-medium"]
    ]
    assert all(belt not in pairing.accessories for pairing in session.scalars(select(Pairing)))
    assert session.scalars(select(Component).where(has_charm)).all() == []
    assert planned(app, tmp_path / "out") == []
