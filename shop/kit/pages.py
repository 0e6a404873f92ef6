"""Lists in pages: keyset cursors, which stay right while rows are inserted.

A cursor holds the sort key of the last row shown and the fingerprint of the query it
came from. It is opaque to callers but not secret: it can only name a place in a list
that anyone may read.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Generic, TypeVar

import orjson
from marshmallow import Schema, fields
from sqlalchemy import ColumnElement, Select, and_, or_
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import SQLCoreOperations

from shop.kit.fields import QueryInt, Str, StrictSchema
from shop.kit.problems import Problem

T = TypeVar("T")

DEFAULT_LIMIT = 24
MAX_LIMIT = 100


class BadCursor(Problem):
    """The cursor is not one this list gave out.

    A cursor goes on with one query: the same filters and the same sort. Drop it to start
    from the first page.
    """

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class PageQuery(StrictSchema):
    """The parameters of every list."""

    limit = QueryInt(
        minimum=1, maximum=MAX_LIMIT, load_default=DEFAULT_LIMIT, metadata={"description": "Items in a page."}
    )
    cursor = Str(
        maximum=500, load_default=None, metadata={"description": "`next` of the page before, as it came."}
    )


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list.

    Attributes:
        items: At most ``limit`` of them.
        next: Cursor of the page after, None on the last one.
    """

    items: Sequence[T]
    next: str | None


@dataclass(frozen=True, slots=True)
class Key:
    """One column of a list's order. It must never be NULL.

    Attributes:
        read: Turns the value in a cursor into the column's, where JSON has no such type; a
            ``ValueError`` refuses the cursor.
    """

    column: SQLCoreOperations[Any]
    descending: bool = False
    read: Callable[[Any], Any] | None = None


class PageView(Schema):
    """The base of every page's schema: answers of such a schema tell the next page in ``Link``, too."""


def page_of(item: type[Schema]) -> type[Schema]:
    """Return the schema of a page of these items."""
    name = item.__name__.removesuffix("View") + "Page"
    return type(
        name,
        (PageView,),
        {
            "__doc__": f"A page of {item.__name__}.",
            "items": fields.List(fields.Nested(item), required=True),
            "next": fields.String(
                required=True,
                allow_none=True,
                metadata={"description": "Cursor of the next page; null on the last."},
            ),
        },
    )


def fetch(
    session: Session,
    query: Select[*tuple[Any, ...]],
    keys: Sequence[Key],
    *,
    limit: int,
    cursor: str | None,
    of: object,
    row: Callable[[Any], T],
) -> Page[T]:
    """Read one page of a query in one statement.

    Args:
        session: To read with.
        query: The rows, not yet ordered; its last columns are the keys.
        keys: The order; the last key must be unique.
        limit: Rows in a page.
        cursor: From the page before, or None.
        of: What the query was built from; a cursor of another one is refused.
        row: Turns a row into an item.

    Raises:
        BadCursor: The cursor is not one of this query's.
    """
    rows = session.execute(window(query, keys, limit=limit, cursor=cursor, of=of)).all()
    shown = rows[:limit]
    token = cursor_after(shown[-1][-len(keys) :], of=of) if len(rows) > limit else None
    return Page([row(found) for found in shown], token)


def window(
    query: Select[*tuple[Any, ...]], keys: Sequence[Key], *, limit: int, cursor: str | None, of: object
) -> Select[*tuple[Any, ...]]:
    """Return the statement of one page and of one row more, which tells that there is a next page.

    For lists that look up more about the rows of a page than decides which they are; others
    :func:`fetch`.

    Raises:
        BadCursor: The cursor is not one of this query's.
    """
    if cursor is not None:
        query = query.where(_after(keys, _values(keys, _decode(cursor, _fingerprint(of), len(keys)))))
    order = [key.column.desc() if key.descending else key.column.asc() for key in keys]
    return query.order_by(*order).limit(limit + 1)


def place_of(cursor: str | None, types: Sequence[type[T]], *, of: object) -> list[T] | None:
    """Return the values of the keys that a cursor names, for lists whose rows are not found by SQL.

    Args:
        cursor: From the page before, or None.
        types: Of the keys.
        of: As for :func:`fetch`.

    Raises:
        BadCursor: The cursor is not one of this query's.
    """
    if cursor is None:
        return None
    values = _decode(cursor, _fingerprint(of), len(types))
    if not all(isinstance(value, each) for value, each in zip(values, types, strict=True)):
        raise BadCursor
    return values


def cursor_after(values: Sequence[Any], *, of: object) -> str:
    """Return the cursor behind the row with these values of the keys."""
    return _encode(_fingerprint(of), list(values))


def _fingerprint(of: object) -> str:
    return hashlib.sha256(orjson.dumps(of, default=str)).hexdigest()[:12]


def _values(keys: Sequence[Key], told: Sequence[Any]) -> list[Any]:
    try:
        return [key.read(value) if key.read else value for key, value in zip(keys, told, strict=True)]
    except (TypeError, ValueError):
        raise BadCursor from None


def _after(keys: Sequence[Key], values: Sequence[Any]) -> ColumnElement[bool]:
    """Return the condition of rows behind a position, as nested comparisons.

    Each says first what holds for the whole rest of the list, though what follows says it
    again: that bound is where an index is entered, and no engine finds it in an OR.
    """
    key, value = keys[0], values[0]
    beyond: ColumnElement[bool] = key.column < value if key.descending else key.column > value
    if len(keys) == 1:
        return beyond
    from_here: ColumnElement[bool] = key.column <= value if key.descending else key.column >= value
    return and_(from_here, or_(beyond, _after(keys[1:], values[1:])))


def _encode(fingerprint: str, values: list[Any]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([fingerprint, *values])).decode().rstrip("=")


def _decode(cursor: str, fingerprint: str, keys: int) -> list[Any]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        found = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError):
        raise BadCursor from None
    if not isinstance(found, list) or len(found) != keys + 1:
        raise BadCursor
    if found[0] != fingerprint:
        raise BadCursor("The cursor belongs to another query.")
    if not all(isinstance(value, int | str) for value in found[1:]):
        raise BadCursor
    return found[1:]
