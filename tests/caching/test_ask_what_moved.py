"""An old answer is sent again where nothing moved that it stands on; the catalogue is not read for that.

What may move it is tried out one by one: after each change every address is asked of a shop that
remembers, and of one that does not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from shop.app import create_app
from shop.catalogue.models import Campaign, Material, Product, Variant
from shop.catalogue.service import publish
from shop.discovery import routes, standing
from shop.inventory import deliveries, service, watching
from shop.kit.clock import clock, now
from shop.kit.db import transaction
from shop.pricing.models import Price
from shop.search.service import index_again
from tests.caching.conftest import counted
from tests.conftest import dispose, settings_for
from tests.databases import PostgresDatabases
from tests.races import MEETING_SECONDS
from tests.shopper import BAG, OTHER, PIECES, Shopper

BAG_PATH, OTHER_PATH = f"/v1/variants/{BAG}", f"/v1/variants/{OTHER}"
FAMILIES, SUGGESTED = "/v1/families?limit=3", "/v1/suggest?q=city"
#: Nothing: a bag comes into it that the page could not name.
SOLD_OUT = "/v1/products?available=false&material=arena-lambskin-le-city&colour=black&size=medium"
PATHS = [
    BAG_PATH, OTHER_PATH, SOLD_OUT, FAMILIES, SUGGESTED,
    "/v1/materials/arena-lambskin", "/v1/markets/US",
    "/v1/families/le-city", "/v1/families/le-city/lineage", "/v1/campaigns",
    "/v1/campaigns/le-city-april-2024", "/v1/products/le-city-bag-medium",
    "/v1/products?limit=3&family=le-city", "/v1/products?limit=3&available=true&q=medium",
    "/v1/products?limit=3&facets=available,price&q=citty",
]  # fmt: skip
#: Something done, and what moves then.
Change = tuple[Callable[[Flask], Any], Callable[[Flask, Any], object]]
SLUGS = {Product: "le-city-bag-medium", Campaign: "le-city-april-2024"}

#: What tells whether anything moved.
SIGNALS = {"catalogue_revision", "search_state", "movement", "hold"}
HOUR = timedelta(hours=1)


def tables(statements: list[str]) -> set[str]:
    """Return the tables that statements name."""
    return {name for each in statements for name in re.findall(r"(?:FROM|JOIN) (\w+)", each)}


def warm(app: Flask) -> None:
    for path in PATHS:
        assert app.test_client().get(path).status_code == 200, path


def later(seconds: float = 1) -> None:
    clock.advance(timedelta(seconds=seconds))


def held(app: Flask, *, pieces: int = 1, sku: str = BAG) -> UUID:
    owner = uuid4()
    with app.app_context(), transaction() as session:
        service.hold(session, {sku: pieces}, owner=owner, until=now() + HOUR)
    return owner


def test_to_ask_again_reads_no_table_of_the_catalogue(app: Flask) -> None:
    warm(app)
    client = app.test_client()
    tags = {path: client.get(path).headers["ETag"] for path in PATHS}

    for _ in range(3):
        later(60)
        with counted(app) as statements:
            answers = [client.get(path, headers={"If-None-Match": tags[path]}) for path in PATHS]

        assert {answer.status_code for answer in answers} == {304}
        assert tables(statements) <= SIGNALS
        assert len(statements) <= 4, statements  # for all addresses together


def test_a_sale_has_only_the_pages_read_again_that_show_the_bag(app: Flask) -> None:
    warm(app)
    held(app)
    later()
    client = app.test_client()

    with counted(app) as statements:
        for path in (FAMILIES, SUGGESTED, "/v1/campaigns", OTHER_PATH):
            client.get(path)
        assert tables(statements) <= SIGNALS
        statements.clear()
        for path in (BAG_PATH, "/v1/products/le-city-bag-medium", "/v1/families/le-city"):
            client.get(path)
            assert "variant" in tables(statements), path
            statements.clear()


def run(app: Flask, statement: Any, *, publishes: bool = False) -> None:
    with app.app_context(), transaction() as session:
        session.execute(statement.execution_options(synchronize_session=False))
        if publishes:
            publish(session)


def of_bag() -> Any:
    return Price.variant_id == select(Variant.id).where(Variant.sku == BAG).scalar_subquery()


def a_delivery(app: Flask, _: object) -> None:
    with app.app_context():
        deliveries.receive(BAG, 3, location="milan-01", reason="a delivery")


def another_name(app: Flask, _: object) -> None:
    run(app, update(Material).where(Material.slug == "arena-lambskin").values(name="Arena"), publishes=True)


def another_index(app: Flask, _: object) -> None:
    run(app, update(Product).where(Product.slug == "le-city-bag-medium").values(name="Zyzzyva"))
    with app.app_context():
        index_again()


def nothing(_app: Flask) -> None:
    """Only time passes."""


def an_ended_hold(app: Flask) -> UUID:
    owner = held(app)
    clock.advance(HOUR)
    return owner


def a_hold_kept(app: Flask, owner: UUID) -> None:
    """Its payment is on its way: no piece moves, and there is one less to be bought."""
    with app.app_context(), transaction() as session:
        service.keep(session, {BAG: 1}, owner=owner, until=now() + HOUR)


def a_hold_released(app: Flask, owner: UUID) -> None:
    with app.app_context(), transaction() as session:
        service.release(session, owner)


SOON = timedelta(minutes=10)
#: Whatever was planned before.
SHOWN = {"publish_at": None, "unpublish_at": None}
ALWAYS: dict[type[Any], dict[str, object]] = {
    Product: SHOWN,
    Campaign: SHOWN,
    Price: {"valid_from": datetime(2020, 1, 1, tzinfo=UTC), "valid_to": None},
}


def planned(name: str, what: type[Any]) -> Change:
    """Plan something ten minutes from now; then let them pass."""

    def plan(app: Flask) -> None:
        which = of_bag() if what is Price else what.slug == SLUGS[what]
        run(app, update(what).where(which).values({**ALWAYS[what], name: now() + SOON}), publishes=True)

    return plan, lambda _app, _: clock.advance(SOON)


#: What is done first, and what then moves: it is given what the first returned.
CHANGES: dict[str, Change] = {
    "a hold": (nothing, lambda app, _: held(app)),
    "a hold is released": (held, a_hold_released),
    "a hold ends": (held, lambda _app, _: clock.advance(HOUR)),
    "an ended hold is kept": (an_ended_hold, a_hold_kept),
    "the last piece is held": (nothing, lambda app, _: held(app, sku=OTHER, pieces=3)),
    "a delivery": (nothing, a_delivery),
    "the catalogue": (nothing, another_name),
    "the index": (nothing, another_index),
    "a campaign goes": planned("unpublish_at", Campaign),
    "a campaign comes out": planned("publish_at", Campaign),
    "a product goes": planned("unpublish_at", Product),
    "a product comes out": planned("publish_at", Product),
    "a price ends": planned("valid_to", Price),
    "a price begins": planned("valid_from", Price),
}


@pytest.fixture
def forgetful(seeded_url: str) -> Iterator[Flask]:
    """The same shop without a memory."""
    app = create_app(settings_for(seeded_url))
    yield app
    dispose(app)


def test_whatever_moves_every_page_says_so_a_second_later(app: Flask, forgetful: Flask) -> None:
    client, plain = app.test_client(), forgetful.test_client()
    for change, (before, happens) in CHANGES.items():
        was = before(app)
        for _ in range(2):
            later()
            told = {path: client.get(path).data for path in PATHS}

        happens(app, was)
        later()

        answers = {path: client.get(path) for path in PATHS}
        assert any(answer.data != told[path] for path, answer in answers.items()), f"{change} changes nothing"
        for path, answer in answers.items():
            other = plain.get(path)
            assert answer.status_code == other.status_code, (change, path)
            if answer.status_code == 200:
                assert answer.json == other.json, (change, path)


@pytest.mark.parametrize(
    ("module", "bound"),
    [(watching, "MOST_ENTRIES"), (standing, "MOST_VARIANTS")],
    ids=["entries", "variants"],
)
def test_where_too_much_moved_to_be_counted_everything_is_read_again(
    app: Flask, module: Any, bound: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, bound, 1)
    client = app.test_client()
    for path in (BAG_PATH, OTHER_PATH):
        client.get(path)
        later()

    for pieces in (2, 3, 4):
        held(app)
        if pieces < 4:  # there are three
            held(app, sku=OTHER)
        later()
        assert client.get(BAG_PATH).json["available"] == PIECES - pieces + 1


def test_an_entry_that_is_committed_after_a_later_one_is_not_missed(
    app: Flask, postgresql_databases: PostgresDatabases, request: pytest.FixtureRequest
) -> None:
    """SQLite's writers come one after the other."""
    if request.node.callspec.params["databases"] == "sqlite":
        pytest.skip("SQLite has one writer at a time, and this takes two")
    client = app.test_client()
    stock = {path: client.get(path).json["available"] for path in (BAG_PATH, OTHER_PATH)}
    has_taken, may_end = Event(), Event()

    def slow() -> None:
        with app.app_context(), transaction() as session:
            service.hold(session, {BAG: 1}, owner=uuid4(), until=now() + HOUR)
            has_taken.set()
            assert may_end.wait(MEETING_SECONDS)

    buyer = Thread(target=slow)
    buyer.start()
    try:
        assert has_taken.wait(MEETING_SECONDS)
        held(app, sku=OTHER)
        for _ in range(3):  # everything above his entry is seen, again and again
            later()
            assert client.get(BAG_PATH).json["available"] == stock[BAG_PATH]
            assert client.get(OTHER_PATH).json["available"] == stock[OTHER_PATH] - 1
    finally:
        may_end.set()
        buyer.join(MEETING_SECONDS)
    later()

    assert client.get(BAG_PATH).json["available"] == stock[BAG_PATH] - 1


def test_an_answer_that_takes_long_to_make_is_hot_too(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was old when it was sent, and told so; that nothing moved meanwhile makes it good again."""
    slow_down(monkeypatch)
    client = app.test_client()
    first = client.get("/v1/products")

    with counted(app) as statements:
        second = client.get("/v1/products")
        assert tables(statements) <= SIGNALS
        statements.clear()
        later(0.9)
        third = client.get("/v1/products")

    assert statements == []
    assert first.data == second.data == third.data
    assert first.headers["Age"] == "3"
    assert "Age" not in second.headers


def test_one_that_something_moved_under_is_not(
    app: Flask, shopper: Shopper, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = "/v1/products?family=le-city&material=arena&size=medium"
    slow_down(monkeypatch, lambda: held(app, pieces=PIECES))
    client = app.test_client()
    before = client.get(path).json["items"][0]["available"]

    assert client.get(path).json["items"][0]["available"] == before - PIECES


def slow_down(monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[], object] = lambda: None) -> None:
    """Let the list take three seconds, and something happen in them the first time."""
    read, happens = routes.read_products, [meanwhile]

    def slow(session: Session, *args: Any, **kwargs: Any) -> Any:
        found = read(session, *args, **kwargs)
        if happens:
            happens.pop()()
        later(3)
        return found

    monkeypatch.setattr(routes, "read_products", slow)
