"""What is answered from memory is at most a second old, and nothing is ever charged by it."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from shop.catalogue import queries
from shop.catalogue.models import Material, Variant
from shop.catalogue.service import publish
from shop.kit.clock import clock
from shop.kit.db import db, transaction
from shop.pricing.models import Price
from shop.seeding import service as seeding
from tests.caching.conftest import counted
from tests.conftest import SEED
from tests.seeding.conftest import SeedCopy, seed
from tests.shopper import BAG, PIECES, PRICE, Shopper, total

__all__ = ["seed"]

NEW_PRICE = 290_000
PATH = f"/v1/variants/{BAG}"
LIST = "/v1/products?family=le-city&material=arena&size=medium"
MATERIALS = "/v1/materials"


def revision(app: Flask) -> int:
    with app.app_context():
        return queries.revision(db.session()).number


def set_price(app: Flask) -> None:
    """Publish another price of the bag."""
    bag = select(Variant.id).where(Variant.sku == BAG).scalar_subquery()
    with app.app_context(), transaction() as session:
        session.execute(
            update(Price)
            .where(Price.variant_id == bag, Price.currency == "USD")
            .values(amount_minor=NEW_PRICE, sale_amount_minor=None)
            .execution_options(synchronize_session=False)
        )
        publish(session)


def price(client: FlaskClient) -> int:
    return int((client.get(PATH).json or {})["price"]["amount"])


def test_for_a_second_nobody_asks_the_database(app: Flask, client: FlaskClient) -> None:
    first = client.get(LIST)

    with counted(app) as statements:
        clock.advance(timedelta(seconds=0.9))
        second = client.get(LIST)
        clock.advance(timedelta(seconds=0.2))
        assert statements == []
        third = client.get(LIST)

    assert first.data == second.data == third.data
    assert statements


def test_a_sale_is_seen_after_a_second(shopper: Shopper) -> None:
    assert shopper.sees_available() == PIECES

    shopper.places_order()
    clock.advance(timedelta(seconds=1))

    assert shopper.sees_available() == PIECES - 1


def test_a_price_of_the_seed_is_seen_after_a_second(app: Flask, client: FlaskClient, seed: SeedCopy) -> None:
    assert price(client) == PRICE
    seed.edit("products/le-city.yaml", "USD, amount_minor: 285000,", f"USD, amount_minor: {NEW_PRICE},")

    with app.app_context():
        seeding.apply(seed.folder)
    clock.advance(timedelta(seconds=1))

    assert price(client) == NEW_PRICE


def test_a_price_that_is_still_shown_is_not_charged(app: Flask, shopper: Shopper) -> None:
    """The list is a second behind; cart, checkout, order and payment are not."""
    assert price(shopper.client) == PRICE
    set_price(app)

    shopper.places_order()
    assert price(shopper.client) == PRICE  # from memory, and wrong by now
    assert total(shopper.looks_at_cart(), "subtotal") == NEW_PRICE
    shopper.pays()
    shopper.comes_back()

    assert shopper.order()["status"] == "paid"  # what Stripe took was compared with it
    assert total(shopper.order()) == NEW_PRICE


def test_a_piece_that_is_still_shown_is_not_sold_twice(shopper: Shopper) -> None:
    assert shopper.sees_available() == PIECES
    Shopper(shopper.client, shopper.double).places_order(BAG, PIECES)

    assert shopper.sees_available() == PIECES
    answer = shopper.opens_cart().puts(BAG, 1)

    assert answer.status_code == 409
    assert answer.headers["Cache-Control"] == "no-store"


def test_what_has_no_price_is_kept_for_as_long_as_the_catalogue_stands(
    app: Flask, client: FlaskClient
) -> None:
    first = client.get(MATERIALS)

    with counted(app) as statements:
        for _ in range(3):
            clock.advance(timedelta(minutes=1))
            assert client.get(MATERIALS).data == first.data
            assert client.get(MATERIALS, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304

    assert len(statements) == 3
    assert all("FROM catalogue_revision" in statement for statement in statements)


def test_one_look_at_the_revision_serves_every_vocabulary(app: Flask, client: FlaskClient) -> None:
    paths = [MATERIALS, "/v1/colours", "/v1/details", "/v1/hardware", "/v1/sources", "/v1/catalogue"]
    for path in paths:
        client.get(path)
    clock.advance(timedelta(minutes=1))

    with counted(app) as statements:
        for path in paths:
            client.get(path)

    assert len(statements) == 1


def test_a_change_of_the_catalogue_is_seen_within_a_second(
    app: Flask, client: FlaskClient, seed: SeedCopy
) -> None:
    before = client.get("/v1/materials/arena-lambskin")
    seed.edit("materials.yaml", 'name: "Arena lambskin"', 'name: "Arena"')
    with app.app_context():
        seeding.apply(seed.folder)

    clock.advance(timedelta(seconds=1))
    after = client.get("/v1/materials/arena-lambskin")

    assert (after.json or {})["name"] == "Arena"
    assert after.headers["ETag"] != before.headers["ETag"]
    assert int(after.headers["Catalogue-Revision"]) == int(before.headers["Catalogue-Revision"]) + 1


def test_a_change_in_the_middle_of_a_reading_is_not_missed(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was read is old by the time it is sent, and must not be taken for what is published then."""
    read = queries.part

    def overtaken(*args: Any) -> Any:
        found = read(*args)
        with transaction() as session:
            session.execute(update(Material).where(Material.slug == "arena-lambskin").values(name="Arena"))
            publish(session)
        return found

    with monkeypatch.context() as patch:
        patch.setattr(queries, "part", overtaken)
        assert (client.get("/v1/materials/arena-lambskin").json or {})["name"] == "Arena lambskin"
    clock.advance(timedelta(seconds=1))

    assert (client.get("/v1/materials/arena-lambskin").json or {})["name"] == "Arena"


def test_the_revision_moves_once_for_a_seed_and_not_for_the_same_again(app: Flask, seed: SeedCopy) -> None:
    before = revision(app)
    seed.edit("products/le-city.yaml", "USD, amount_minor: 285000,", f"USD, amount_minor: {NEW_PRICE},")

    with app.app_context():
        seeding.apply(seed.folder)
        seeding.apply(seed.folder)

    assert revision(app) == before + 1


def test_the_first_seed_is_the_first_revision(empty_app: Flask) -> None:
    assert revision(empty_app) == 0

    with empty_app.app_context():
        seeding.apply(SEED)

    assert revision(empty_app) == 1


def test_a_change_that_is_rolled_back_moves_nothing(app: Flask) -> None:
    before = revision(app)

    with app.app_context(), suppress(RuntimeError), transaction() as session:
        publish(session)
        raise RuntimeError("the change fails")

    assert revision(app) == before


def test_the_revision_can_be_asked_for(app: Flask, client: FlaskClient) -> None:
    set_price(app)

    answer = client.get("/v1/catalogue")

    assert (answer.json or {})["revision"] == int(answer.headers["Catalogue-Revision"]) == revision(app)


def test_without_its_database_it_shows_nothing_older_than_a_second(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_session: object) -> None:
        raise TimeoutError("no database")

    client.get(MATERIALS)
    monkeypatch.setattr(queries, "revision", away)

    assert client.get(MATERIALS).status_code == 200
    clock.advance(timedelta(seconds=1))

    assert client.get(MATERIALS).status_code == 500
