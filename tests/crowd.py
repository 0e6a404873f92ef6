"""Many shoppers with a checkout each that is ready to be paid, made in no time.

One shopper goes the whole way; the others are copies of its rows with ids and tokens of their own.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias
from uuid import UUID, uuid4

from flask import Flask
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from shop.app import create_app
from shop.cart.models import Cart, CartLine
from shop.catalogue.models import Variant
from shop.checkout.models import Checkout
from shop.inventory.models import Hold, Location, Movement, Stock
from shop.kit.clock import database_now
from shop.kit.db import Base, transaction
from shop.kit.tokens import hashed
from tests.conftest import dispose, settings_for
from tests.served import ServedShop, ServedShopper

#: Rows of one shopper by model.
_Rows: TypeAlias = dict[type[Base], list[dict[str, Any]]]


@contextmanager
def owner_of(database_url: str) -> Iterator[Flask]:
    """Lend the application on a database that others serve, for what an operator does beside them."""
    app = create_app(settings_for(database_url))
    try:
        yield app
    finally:
        dispose(app)


def leave_in_stock(session: Session, pieces: Mapping[str, int]) -> None:
    """Leave so many free pieces of some variants, all at one place; booked in the ledger."""
    rows = session.execute(
        select(Stock, Variant.sku)
        .join(Variant, Variant.id == Stock.variant_id)
        .join(Location, Location.id == Stock.location_id)
        .where(Variant.sku.in_(pieces))
        .order_by(Location.position)
    ).all()
    ended = dict(
        session.execute(
            select(Hold.variant_id, func.sum(Hold.quantity))
            .where(Hold.status == "active", Hold.ends_at <= database_now())
            .group_by(Hold.variant_id)
        ).all()
    )
    placed: set[str] = set()
    for row, sku in rows:
        wanted = 0 if sku in placed else pieces[sku] - ended.get(row.variant_id, 0)
        change = wanted - (row.on_hand - row.held)
        placed.add(sku)
        if change:
            row.on_hand += change
            session.execute(
                insert(Movement).values(
                    variant_id=row.variant_id,
                    location_id=row.location_id,
                    kind="adjusted",
                    on_hand_delta=change,
                    held_delta=0,
                    reason="a test's count",
                    happened_at=database_now(),
                )
            )


def crowd(shop: ServedShop, app: Flask, carts: Sequence[Sequence[str]], count: int) -> list[ServedShopper]:
    """Return shoppers ready to pay, whose carts hold one list of bags after the other.

    Args:
        shop: Where they buy.
        app: From :func:`owner_of` its database.
        carts: SKUs of each kind of cart, a piece of each, in the order they are put in.
        count: How many shoppers.
    """
    models = [_ready(shop, skus) for skus in carts]
    found: list[ServedShopper] = []
    with app.app_context(), transaction() as session:
        originals = [_rows_of(session, UUID(model.cart["id"])) for model in models]
        copies: list[_Rows] = []
        for number in range(count):
            which = number % len(models)
            shopper, rows = _copy(shop, models[which], originals[which])
            found.append(shopper)
            copies.append(rows)
        for kind in (Cart, CartLine, Checkout):
            session.execute(insert(kind), [row for rows in copies for row in rows[kind]])
    return found


def _ready(shop: ServedShop, skus: Sequence[str]) -> ServedShopper:
    shopper = shop.shopper()
    shopper.opens_cart()
    for sku in skus:
        answer = shopper.puts(sku)
        assert answer.status_code == 200, answer.text
    shopper.opens_checkout()
    shopper.fills_in()
    return shopper


def _rows_of(session: Session, cart_id: UUID) -> _Rows:
    keys = {Cart: Cart.id, CartLine: CartLine.cart_id, Checkout: Checkout.cart_id}
    return {
        kind: [
            dict(row)
            for row in session.execute(select(*kind.__table__.columns).where(key == cart_id)).mappings()
        ]
        for kind, key in keys.items()
    }


def _copy(shop: ServedShop, model: ServedShopper, rows: _Rows) -> tuple[ServedShopper, _Rows]:
    token, cart_id, checkout_id = secrets.token_urlsafe(32), uuid4(), uuid4()
    shopper = shop.shopper()
    shopper.cart = {**model.cart, "id": str(cart_id), "token": token}
    shopper.checkout = {**model.checkout, "id": str(checkout_id)}
    return shopper, {
        Cart: [{**row, "id": cart_id, "token_hash": hashed(token)} for row in rows[Cart]],
        CartLine: [{**row, "cart_id": cart_id} for row in rows[CartLine]],
        Checkout: [{**row, "id": checkout_id, "cart_id": cart_id} for row in rows[Checkout]],
    }
