"""Asking an engine's index: which products have these words in these columns.

The one place that knows FTS5's and PostgreSQL's ways of writing a query. Words are folded, so
they hold letters and digits only, and are quoted all the same: nothing a shopper types is an
operator.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Dialect,
    Integer,
    Select,
    String,
    case,
    cast,
    column,
    func,
    literal,
    select,
    table,
    union_all,
)
from sqlalchemy.dialects.postgresql import TSQUERY

from shop.search.documents import COLUMNS

#: Every column of a document, as bits.
ANYWHERE = (1 << len(COLUMNS)) - 1

_index = table(
    "search_index",
    column("search_index", String),
    column("rowid", Integer),
    column("product_id", Integer),
    column("words"),
)


@dataclass(frozen=True, slots=True)
class Term:
    """A word, or the start of one, in some columns.

    Attributes:
        marked: As what else it stands in the index: with campaigns that are shown now.
    """

    word: str
    is_start: bool = False
    columns: int = ANYWHERE
    marked: tuple[str, ...] = ()

    @property
    def spellings(self) -> tuple[str, ...]:
        """Everything that it stands in the index as."""
        return (self.word, *self.marked)


def ranked(
    dialect: Dialect, terms: Sequence[Term], points: int, bonuses: Sequence[tuple[Term, int]]
) -> Select[*tuple[Any, ...]]:
    """Return the products that have every term, each once, with its points.

    PostgreSQL judges the bonuses on the row that it has in hand. FTS5 answers from its index only,
    so there each bonus is a question of its own, and the points are added up.

    Args:
        dialect: Of the engine.
        terms: At least one.
        points: What every one of these products gets.
        bonuses: What those get more that have another term, too.

    Returns:
        Columns ``product_id`` and ``points``.
    """
    if dialect.name == "postgresql":
        total: ColumnElement[int] = literal(points, Integer)
        for term, more in bonuses:
            total += case((_on_postgresql([term]), more), else_=0)
        return select(_index.c.product_id, total.label("points")).where(_on_postgresql(terms))
    parts = [_on_sqlite(terms, points), *(_on_sqlite([term, *terms], more) for term, more in bonuses)]
    if len(parts) == 1:
        return parts[0]
    found = union_all(*parts).subquery()
    return select(found.c.product_id, func.sum(found.c.points).label("points")).group_by(found.c.product_id)


def _on_postgresql(terms: Sequence[Term]) -> ColumnElement[bool]:
    return _index.c.words.bool_op("@@")(cast(" & ".join(map(_tsquery, terms)), TSQUERY))


def _on_sqlite(terms: Sequence[Term], points: int) -> Select[*tuple[Any, ...]]:
    matches = _index.c.search_index.bool_op("MATCH")(" AND ".join(map(_fts5, terms)))
    given = literal(points, Integer).label("points")
    return select(_index.c.rowid.label("product_id"), given).where(matches)


def _tsquery(term: Term) -> str:
    weights = "".join(weight for bit, weight in enumerate("ABCD") if term.columns >> bit & 1)
    # Without weights the index answers alone; with them the row is looked at, too.
    marks = ("*" if term.is_start else "") + (weights if term.columns != ANYWHERE else "")
    each = [f"'{spelling}'" + (f":{marks}" if marks else "") for spelling in term.spellings]
    return f"({' | '.join(each)})"


def _fts5(term: Term) -> str:
    names = " ".join(name for bit, name in enumerate(COLUMNS) if term.columns >> bit & 1)
    where = f"{{{names}}} : " if term.columns != ANYWHERE else ""
    each = [f'"{spelling}"{" *" if term.is_start else ""}' for spelling in term.spellings]
    return f"({where}({' OR '.join(each)}))"
