"""Holds: all or none, first come first served, and never more than there are."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from shop.catalogue.models import Variant
from shop.inventory import queries, service
from shop.inventory.errors import OutOfStock
from shop.inventory.models import Hold, Location, Movement, Stock
from shop.kit.clock import clock, now
from shop.kit.db import db, transaction
from shop.kit.problems import Busy
from tests.shopper import BAG, PIECES

OTHER = "8230582AB6A1000"


@pytest.fixture
def shop(app: Flask) -> Iterator[Flask]:
    with app.app_context():
        yield app


def hold(pieces: dict[str, int], *, minutes: int = 30, owner: UUID | None = None) -> UUID:
    owner = owner or uuid4()
    with transaction() as session:
        service.hold(session, pieces, owner=owner, until=now() + timedelta(minutes=minutes))
    return owner


def release(owner: UUID) -> int:
    with transaction() as session:
        return service.release(session, owner)


def sell(owner: UUID, pieces: dict[str, int]) -> None:
    with transaction() as session:
        service.sell(session, pieces, owner=owner)


def available(sku: str = BAG) -> int:
    session = db.session()
    return queries.available(session, session.scalars(select(Variant.id).where(Variant.sku == sku)).one())


def books_balance() -> bool:
    """Whether stock is the sum of its ledger."""
    session = db.session()
    sums = {
        (row.variant_id, row.location_id): (row.on_hand, row.held)
        for row in session.execute(
            select(
                Movement.variant_id,
                Movement.location_id,
                func.sum(Movement.on_hand_delta).label("on_hand"),
                func.sum(Movement.held_delta).label("held"),
            ).group_by(Movement.variant_id, Movement.location_id)
        )
    }
    rows = session.execute(select(Stock.variant_id, Stock.location_id, Stock.on_hand, Stock.held)).all()
    return all(sums.get((row.variant_id, row.location_id), (0, 0)) == (row.on_hand, row.held) for row in rows)


def test_held_pieces_cannot_be_bought(shop: Flask) -> None:
    hold({BAG: 3})

    assert available() == PIECES - 3
    assert books_balance()


def test_the_last_pieces_cannot_be_held_twice(shop: Flask) -> None:
    hold({BAG: PIECES})

    with pytest.raises(OutOfStock) as refused:
        hold({BAG: 1})

    assert refused.value.facts["available"] == 0
    assert refused.value.facts["sku"] == BAG
    assert datetime.fromisoformat(refused.value.facts["retry_at"]) > now()


def test_all_of_it_or_nothing_is_held(shop: Flask) -> None:
    with pytest.raises(OutOfStock):
        hold({BAG: 1, OTHER: 10_000})

    assert available() == PIECES
    assert books_balance()


def test_released_pieces_can_be_bought_again_and_only_once(shop: Flask) -> None:
    owner = hold({BAG: 2})

    assert release(owner) == 1
    assert release(owner) == 0
    assert available() == PIECES
    assert books_balance()


def test_sold_pieces_are_gone(shop: Flask) -> None:
    owner = hold({BAG: 2})

    sell(owner, {BAG: 2})
    release(owner)

    assert available() == PIECES - 2
    assert books_balance()


def test_an_ended_hold_is_taken_by_whoever_comes(shop: Flask) -> None:
    first = hold({BAG: PIECES}, minutes=30)
    clock.advance(timedelta(minutes=31))

    hold({BAG: PIECES})

    statuses = db.session().execute(select(Hold.status).where(Hold.owner == first)).scalars()
    assert set(statuses) == {"lapsed"}
    assert books_balance()


def test_a_hold_that_has_not_ended_is_not_taken(shop: Flask) -> None:
    hold({BAG: PIECES}, minutes=30)
    clock.advance(timedelta(minutes=29))

    with pytest.raises(OutOfStock):
        hold({BAG: 1})


def test_an_ended_hold_that_nobody_took_is_still_sold_to_its_owner(shop: Flask) -> None:
    owner = hold({BAG: 1}, minutes=30)
    clock.advance(timedelta(hours=5))

    sell(owner, {BAG: 1})

    assert available() == PIECES - 1
    assert books_balance()


def test_a_lapsed_hold_is_sold_again_where_pieces_are_free(shop: Flask) -> None:
    owner = hold({BAG: 1}, minutes=30)
    clock.advance(timedelta(hours=1))
    hold({BAG: 1})  # lapses the first one

    sell(owner, {BAG: 1})

    assert available() == PIECES - 2
    assert books_balance()


def test_a_lapsed_hold_is_not_sold_where_someone_else_has_the_pieces(shop: Flask) -> None:
    owner = hold({BAG: 1}, minutes=30)
    clock.advance(timedelta(hours=1))
    hold({BAG: PIECES})

    with pytest.raises(OutOfStock):
        sell(owner, {BAG: 1})

    assert books_balance()


def test_a_hold_may_be_extended_and_never_shortened(shop: Flask) -> None:
    owner = hold({BAG: PIECES}, minutes=30)

    with transaction() as session:
        service.keep(session, {BAG: PIECES}, owner=owner, until=now() + timedelta(minutes=5))
    clock.advance(timedelta(minutes=20))
    assert available() == 0

    with transaction() as session:
        service.keep(session, {BAG: PIECES}, owner=owner, until=now() + timedelta(days=1))
    clock.advance(timedelta(hours=2))
    assert available() == 0


def test_pieces_at_two_places_make_one_hold(shop: Flask) -> None:
    with transaction() as session:
        variant_id = session.scalars(select(Variant.id).where(Variant.sku == BAG)).one()
        attic = Location(code="attic", position=99, name="Attic", sources=[], flags=[])
        session.add(attic)
        session.flush()
        session.add(Stock(variant_id=variant_id, location_id=attic.id, on_hand=2, held=0))
        session.add(
            Movement(
                variant_id=variant_id,
                location_id=attic.id,
                kind="received",
                on_hand_delta=2,
                held_delta=0,
                happened_at=now(),
            )
        )

    owner = hold({BAG: PIECES + 2})
    assert available() == 0
    sell(owner, {BAG: PIECES + 2})

    assert available() == 0
    assert books_balance()


def test_the_database_itself_refuses_to_hold_more_than_there_is(shop: Flask) -> None:
    with pytest.raises(IntegrityError), transaction() as session:
        session.execute(update(Stock).values(held=Stock.on_hand + 1))


def test_a_hold_of_a_bag_that_does_not_exist_is_a_mistake(shop: Flask) -> None:
    with pytest.raises(ValueError, match="NOPE"):
        hold({BAG: 1, "NOPE": 1})

    assert available() == PIECES


def test_pieces_that_are_just_coming_free_are_no_sold_out(shop: Flask) -> None:
    """Another buyer puts ended holds back at this moment: ask again, do not give up."""
    session = db.session()
    variant_id = session.scalars(select(Variant.id).where(Variant.sku == BAG)).one()

    enough = queries.shortage(session, BAG, variant_id, wanted=PIECES)
    short = queries.shortage(session, BAG, variant_id, wanted=PIECES + 1)

    assert isinstance(enough, Busy)
    assert isinstance(short, OutOfStock)


def test_buyers_in_parallel_get_exactly_what_there_is(shop: Flask) -> None:
    """Twenty buyers meet at a barrier and reach for eight pieces."""
    meeting = threading.Barrier(20)
    results: list[str] = []

    def buy() -> None:
        with shop.app_context():
            meeting.wait()
            try:
                hold({BAG: 1})
            except OutOfStock:
                results.append("sold out")
            else:
                results.append("held")

    with running([threading.Thread(target=buy) for _ in range(20)]):
        pass

    assert sorted(results) == ["held"] * PIECES + ["sold out"] * (20 - PIECES)
    assert available() == 0
    assert books_balance()


def test_carts_in_opposite_order_do_not_block_each_other(shop: Flask) -> None:
    """Buyers of the same two bags, half of them the other way round, over and over."""
    both = [{BAG: 1, OTHER: 1}, {OTHER: 1, BAG: 1}]
    errors: list[BaseException] = []

    def buy(pieces: dict[str, int]) -> None:
        with shop.app_context():
            try:
                for _ in range(10):
                    release(hold(pieces))
            except OutOfStock:
                pass
            except BaseException as error:
                errors.append(error)

    with running([threading.Thread(target=buy, args=(both[i % 2],)) for i in range(6)]):
        pass

    assert errors == []
    assert books_balance()


@contextmanager
def running(threads: list[threading.Thread]) -> Iterator[None]:
    for thread in threads:
        thread.start()
    yield
    for thread in threads:
        thread.join(timeout=60)
        assert not thread.is_alive()
