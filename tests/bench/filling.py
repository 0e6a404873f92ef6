"""Writing generated catalogues: bulk inserts in batches, whatever the size in the same memory."""

from __future__ import annotations

import itertools
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, Protocol

import psycopg
from sqlalchemy import Boolean, Column, Connection, Dialect, Table, func, insert, select, update
from sqlalchemy.engine import make_url

from shop.catalogue.models import (
    Component,
    Detail,
    DetailSet,
    DetailSetItem,
    Family,
    Product,
    Shelf,
    Variant,
    slug_of_set,
)
from shop.inventory.models import Location, Movement, Stock
from shop.kit.clock import now
from shop.kit.db import db, transaction
from shop.kit.types import UtcDateTime
from shop.pricing.models import Price
from shop.seeding import kinds
from tests.bench import upkeep
from tests.bench.generator import Product as Generated
from tests.bench.generator import ids_for, products
from tests.bench.vocabulary import vocabulary
from tests.crowd import owner_of

#: Products in a batch: some sixty thousand rows.
BATCH = 500

Values = dict[str, Any]


def fill(url: str, count: int, tell: Callable[[int], None] = lambda _done: None) -> None:
    """Add so many generated products to a migrated and seeded database.

    Args:
        url: The database.
        count: How many.
        tell: Told after each batch how many are written.
    """
    with owner_of(url) as app, app.app_context():
        _keep_shelves()
        _add_sets()
        ids = _Ids(db.session.connection())
        dialect = db.engine.dialect
        db.session.remove()
        db.engine.dispose()
        with _writer(url, dialect) as writer:
            made, done = products(count), 0
            while batch := list(itertools.islice(made, BATCH)):
                for table, rows in _rows(batch, ids).items():
                    if rows:
                        writer.write(table, rows)
                done += len(batch)
                tell(done)
        upkeep.keep_up(app)


def _keep_shelves() -> None:
    """Let the campaigns' shelves show what they showed: a whole family would be most of the catalogue."""
    with transaction() as session:
        shelves = session.execute(select(Shelf.campaign_id, Shelf.position, Shelf.family_id, Shelf.products))
        for shelf in shelves.all():
            if shelf.products:
                continue
            shown = select(Product.slug).where(Product.family_id == shelf.family_id, Product.sellable)
            slugs = list(session.scalars(shown.order_by(Product.position)))
            session.execute(
                update(Shelf)
                .where(Shelf.campaign_id == shelf.campaign_id, Shelf.position == shelf.position)
                .values(products=slugs)
            )


def _add_sets() -> None:
    """Add the sets of details that only generated variants have."""
    with transaction() as session:
        details = dict(session.execute(select(Detail.slug, Detail.id)).all())
        there = set(session.scalars(select(DetailSet.slug)))
        made = {slug_of_set(held): held for model in vocabulary().models for held in model.details.values()}
        for slug in made.keys() - there - {""}:
            added = DetailSet(slug=slug)
            session.add(added)
            session.flush()
            items = [{"detail_set_id": added.id, "detail_id": details[detail]} for detail in made[slug]]
            session.execute(insert(DetailSetItem), items)


class _Ids:
    """The database's ids of what the generated rows name, and the next free ones."""

    def __init__(self, connection: Connection) -> None:
        named = {
            "family_id": Family,
            **{f"{kind.table.name}_id": kind.model for kind in (kinds.MATERIAL, kinds.COLOUR, kinds.LINING)},
            "hardware_set_id": kinds.HARDWARE_SET.model,
            "detail_set_id": kinds.DETAIL_SET.model,
        }
        self.of: dict[str, Mapping[Any, int]] = {
            column: dict(connection.execute(select(model.slug, model.id)).all())  # type: ignore[attr-defined]
            for column, model in named.items()
        }
        accessories = connection.execute(select(Product.slug, Product.id).where(Product.kind == "accessory"))
        self.of["accessory_id"] = dict(accessories.all())
        self.locations = list(connection.scalars(select(Location.id).order_by(Location.position)))
        self.product = itertools.count((connection.scalar(select(func.max(Product.id))) or 0) + 1)
        self.variant = itertools.count((connection.scalar(select(func.max(Variant.id))) or 0) + 1)
        self.position = connection.scalar(
            select(func.max(Product.position)).where(Product.position < kinds.RETIRED_PLACES)
        )


def _rows(batch: Iterable[Generated], ids: _Ids) -> dict[Table, list[Values]]:
    """Return the rows of a batch, tables that are pointed at first."""
    tables: dict[Any, list[Values]] = defaultdict(list)
    place = next(iter(vocabulary().rows[kinds.PRODUCT].values())).place
    for one in batch:
        product_id = next(ids.product)
        tables[Product].append(
            {
                **ids_for({**one.values, **upkeep.columns_beside(one, place)}, ids.of),
                "id": product_id,
                "position": ids.position + one.values["position"],
            }
        )
        of_product = {**ids.of, "product_id": {one.values["slug"]: product_id}}
        tables[Component] += [ids_for(part, of_product) for part in one.components]
        variants = {variant["sku"]: next(ids.variant) for variant in one.variants}
        tables[Variant] += [
            {**ids_for(variant, of_product), "id": variants[variant["sku"]]} for variant in one.variants
        ]
        tables[Price] += [{**price, "variant_id": variants[price["variant_id"]]} for price in one.prices]
        _count(tables, ids, variants, one.stock)
    order = (Product, Component, Variant, Price, Stock, Movement)
    return {model.__table__: tables[model] for model in order}  # type: ignore[misc]


def _count(
    tables: dict[Any, list[Values]],
    ids: _Ids,
    variants: Mapping[str, int],
    stock: Sequence[tuple[str, int, int]],
) -> None:
    """Add counted stock, with its entry in the ledger."""
    moment = now()
    for sku, which, pieces in stock:
        at = {"variant_id": variants[sku], "location_id": ids.locations[which]}
        tables[Stock].append({**at, "on_hand": pieces, "held": 0})
        if pieces:
            tables[Movement].append(
                {
                    **at,
                    "kind": "opening",
                    "on_hand_delta": pieces,
                    "reference": "bench",
                    "happened_at": moment,
                }
            )


class _Writer(Protocol):
    def write(self, table: Table, rows: Sequence[Values]) -> None: ...


@contextmanager
def _writer(url: str, dialect: Dialect) -> Iterator[_Writer]:
    if dialect.name == "sqlite":
        with _into_sqlite(url, dialect) as writer:
            yield writer
        return
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, options="-c timezone=UTC -c synchronous_commit=off") as connection:
        yield _IntoPostgres(connection, dialect)
        connection.commit()
        connection.autocommit = True
        # What the server's own autovacuum does a minute later.
        connection.execute("VACUUM ANALYZE")


@contextmanager
def _into_sqlite(url: str, dialect: Dialect) -> Iterator[_Writer]:
    connection = sqlite3.connect(make_url(url).database or "", isolation_level=None)
    try:
        # A file that was not finished is thrown away: nothing here has to survive a crash.
        for setting in (
            "journal_mode = OFF",
            "synchronous = OFF",
            "foreign_keys = ON",
            "cache_size = -262144",
        ):
            connection.execute(f"PRAGMA {setting}")
        yield _IntoSqlite(connection, dialect)
    finally:
        connection.close()


class _IntoSqlite:
    def __init__(self, connection: sqlite3.Connection, dialect: Dialect) -> None:
        self._connection, self._dialect = connection, dialect

    def write(self, table: Table, rows: Sequence[Values]) -> None:
        columns, stored = _stored(table, rows, self._dialect)
        marks = ", ".join("?" for _ in columns)
        statement = f"INSERT INTO {table.name} ({', '.join(map(_quoted, columns))}) VALUES ({marks})"
        self._connection.execute("BEGIN")
        self._connection.executemany(statement, stored)
        self._connection.execute("COMMIT")


class _IntoPostgres:
    def __init__(self, connection: psycopg.Connection[Any], dialect: Dialect) -> None:
        self._connection, self._dialect = connection, dialect

    def write(self, table: Table, rows: Sequence[Values]) -> None:
        columns, stored = _stored(table, rows, self._dialect)
        statement = f"COPY {table.name} ({', '.join(map(_quoted, columns))}) FROM STDIN"
        with self._connection.cursor() as cursor, cursor.copy(statement) as copy:  # type: ignore[arg-type]
            for row in stored:
                copy.write_row(row)
        if "id" in columns:
            last = f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), {rows[-1]['id']})"
            self._connection.execute(last)  # type: ignore[arg-type]
        self._connection.commit()


def _quoted(name: str) -> str:
    return f'"{name}"'


def _stored(
    table: Table, rows: Sequence[Values], dialect: Dialect
) -> tuple[list[str], Iterator[tuple[Any, ...]]]:
    """Return columns and the rows as the driver takes them, what a model fills in by itself filled in."""
    filled_in: Values = {}
    for column in table.c:
        if column.key not in rows[0] and column.default is not None:
            default: Any = column.default
            value = default.arg(None) if default.is_callable else default.arg
            change = _change(column, dialect)
            filled_in[column.key] = change(value) if change else value
    changes = [(place, _change(table.c[name], dialect)) for place, name in enumerate(rows[0])]
    changed = [(place, change) for place, change in changes if change]
    rest = [*filled_in.values()]

    def each() -> Iterator[tuple[Any, ...]]:
        for row in rows:
            values = [*row.values(), *rest]
            for place, change in changed:
                values[place] = change(values[place])
            yield tuple(values)

    return [*rows[0], *filled_in], each()


def _change(column: Column[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    """Return how a column's values become the driver's; None where they stay what they are."""
    if isinstance(column.type, Boolean):
        return None
    change = column.type.dialect_impl(dialect).bind_processor(dialect)
    # Most moments of a catalogue are the same few.
    return cache(change) if change and isinstance(column.type, UtcDateTime) else change
