"""A catalogue of many products, each with one variant and its price, made in the database."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, String, cast, insert, literal, select
from sqlalchemy.orm import Session

from shop.catalogue.models import Product, Variant
from shop.kit.db import Base
from shop.pricing.models import Price

#: Above every id and place of the real catalogue.
FIRST = 10_000
LONG_SLUG = "le-city-" + "very-" * 12 + "long"


def multiply(session: Session, count: int, *, priced: bool = True) -> None:
    """Add products that are copies of one, with ids from :data:`FIRST` on."""
    numbers = select(literal(FIRST).label("number")).cte("numbers", recursive=True)
    more = select(numbers.c.number + 1).where(numbers.c.number < FIRST + count - 1)
    numbers = numbers.union_all(more)
    number = numbers.c.number
    name = literal("copy-").concat(cast(number, String))
    bag = session.scalars(select(Variant).where(Variant.sku == "8230582AA9S1000")).one()
    _copy(session, Product, bag.product_id, numbers, id=number, position=number, slug=name)
    made = {"id": number, "product_id": number, "sku": name, "slug": name, "style_code": name}
    _copy(session, Variant, bag.id, numbers, **made)
    if not priced:
        return
    price = select(Price.id).where(Price.variant_id == bag.id, Price.currency == "USD")
    _copy(session, Price, session.scalars(price).one(), numbers, id=number, variant_id=number)


def _copy(session: Session, model: type[Base], row_id: int, numbers: Any, **changed: Any) -> None:
    columns = model.__table__.c
    values = [changed.get(column.key, column) for column in columns]
    rows: Select[Any] = select(*values).where(columns.id == row_id).join(numbers, literal(1) == 1)
    session.execute(insert(model).from_select([column.key for column in columns], rows))
