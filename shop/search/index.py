"""Writing the index: documents, words and names, in the transaction that changed the catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, bindparam, delete, insert, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from shop.search.documents import COLUMNS, Document, Tally, documents
from shop.search.models import SearchDocument, SearchName, SearchState, SearchWord
from shop.search.parts import Part
from shop.search.periods import Written

#: Counted up when documents are made in another way: what is there is made anew then.
LAYOUT = 3

_FTS_COLUMNS = ", ".join(COLUMNS)
_FTS_VALUES = ", ".join(f":{column}" for column in COLUMNS)
_FTS_ADD = text(f"INSERT INTO search_index (rowid, {_FTS_COLUMNS}) VALUES (:product_id, {_FTS_VALUES})")  # noqa: S608
# FTS5 does not keep the text: it is told what to forget.
_FTS_FORGET = text(
    f"INSERT INTO search_index (search_index, rowid, {_FTS_COLUMNS}) "  # noqa: S608
    f"VALUES ('delete', :product_id, {_FTS_VALUES})"
)
_TSVECTOR_PUT = text(
    "INSERT INTO search_index (product_id, words) VALUES (:product_id, CAST(:words AS tsvector)) "
    "ON CONFLICT (product_id) DO UPDATE SET words = excluded.words"
)
_TSVECTOR_FORGET = text("DELETE FROM search_index WHERE product_id = :product_id")

#: Names the lock under which PostgreSQL lets one at a time write the index; any number will do.
_LOCK = 5_117_354

WORD_KEY = ("word",)
NAME_KEY = ("kind", "slug")

_documents: Any = SearchDocument.__table__

Row = Mapping[str, Any]


def is_current(session: Session) -> bool:
    """Tell whether the index was made, and in this release's way."""
    return session.scalar(select(SearchState.layout)) == LAYOUT


def reindex(session: Session) -> None:
    """Bring the index to what the catalogue says; write only what differs.

    Runs in the caller's transaction, after the catalogue was changed in it, so that no search
    ever sees one without the other. Products are read a thousand at a time.

    Args:
        session: From ``transaction()``; it is flushed.
    """
    session.flush()
    if _is_postgresql(session):
        _prepare_postgresql(session)
    tally, changed = Tally(), False
    for looked_at, made in documents(session, tally):
        is_one = SearchDocument.product_id.between(looked_at.start, looked_at.stop - 1)
        held, wanted = put_documents(session, is_one, made)
        changed |= held != wanted
    words = [
        {"word": word, "columns": columns, "products": products, "shown": shown}
        for word, columns, products, shown in tally.words()
    ]
    names = [
        name_row(part, tally.parts_shown.written((part.kind, part.slug))) for part in tally.parts.values()
    ]
    changed |= _replace(session, SearchWord, WORD_KEY, words)
    changed |= _replace(session, SearchName, NAME_KEY, names)
    if changed or not is_current(session):
        count_version(session)


def name_row(part: Part, shown: Written) -> Row:
    """Return the row of something to suggest.

    Args:
        part: What it is.
        shown: When.
    """
    return {
        "kind": part.kind,
        "slug": part.slug,
        "position": part.position,
        "name": part.name,
        "aliases": list(part.aliases),
        "shown": shown,
    }


def lock(session: Session) -> None:
    """Let one at a time write the index; SQLite has one writer anyway."""
    if _is_postgresql(session):
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def _prepare_postgresql(session: Session) -> None:
    lock(session)
    # Whoever indexes a catalogue may take the time; only requests are bounded.
    session.execute(text("SET LOCAL statement_timeout = 0"))
    # It may have been filled in this very transaction: a planner that takes a hundred thousand
    # products for a few reads all variants anew for each batch (tried: over five seconds each).
    session.execute(text("ANALYZE product, variant"))


def count_version(session: Session) -> None:
    """Have every process read the words anew."""
    dialect = postgresql if _is_postgresql(session) else sqlite
    first = dialect.insert(SearchState).values(id=1, version=1, layout=LAYOUT)
    session.execute(
        first.on_conflict_do_update(
            index_elements=["id"], set_={"version": SearchState.version + 1, "layout": LAYOUT}
        )
    )


def _is_postgresql(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"


def put_documents(
    session: Session, are_these: ColumnElement[bool], made: Sequence[Document]
) -> tuple[dict[int, Row], dict[int, Row]]:
    """Write the documents that differ from those held; return what was held and what is now, by product.

    Args:
        session: From ``transaction()``.
        are_these: Which documents are looked at.
        made: What they shall be.
    """
    columns = [getattr(SearchDocument, name) for name in ("product_id", *COLUMNS)]
    held: dict[int, Row] = {
        row["product_id"]: dict(row) for row in session.execute(select(*columns).where(are_these)).mappings()
    }
    wanted: dict[int, Row] = {document.product_id: _row(document) for document in made}
    added = [row for key, row in wanted.items() if key not in held]
    changed = [row for key, row in wanted.items() if key in held and held[key] != row]
    gone = [row for key, row in held.items() if key not in wanted]
    _forget(session, [held[row["product_id"]] for row in changed] + gone)
    is_row = _documents.c.product_id == bindparam("is_id")
    if gone:
        _each(session, delete(_documents).where(is_row), [{"is_id": row["product_id"]} for row in gone])
    if changed:
        statement = update(_documents).where(is_row).values({name: bindparam(name) for name in COLUMNS})
        _each(session, statement, [{**row, "is_id": row["product_id"]} for row in changed])
    if added:
        session.execute(insert(SearchDocument), added)
    _index(session, [*changed, *added])
    return held, wanted


def _row(document: Document) -> dict[str, Any]:
    return {name: getattr(document, name) for name in ("product_id", *COLUMNS)}


def _forget(session: Session, rows: Sequence[Row]) -> None:
    if rows:
        _each(session, _TSVECTOR_FORGET if _is_postgresql(session) else _FTS_FORGET, rows)


def _index(session: Session, rows: Sequence[Row]) -> None:
    if not rows:
        return
    if _is_postgresql(session):
        vectors = [{"product_id": row["product_id"], "words": _tsvector(row)} for row in rows]
        _each(session, _TSVECTOR_PUT, vectors)
    else:
        _each(session, _FTS_ADD, rows)


def _each(session: Session, statement: Any, rows: Sequence[Row]) -> None:
    session.connection().execute(statement, [dict(row) for row in rows])


def _tsvector(row: Row) -> str:
    """Return a document as PostgreSQL's text search writes it, the columns as weights A to D.

    Words are folded already, so nothing is left for a configuration to do (``simple`` would only
    lower their case), and its parser would cut codes in two that look like numbers (``7e1ab``).
    """
    return " ".join(
        f"{word}:1{weight}"
        for column, weight in zip(COLUMNS, "ABCD", strict=True)
        for word in row[column].split()
    )


def _replace(session: Session, model: Any, key: tuple[str, ...], rows: Iterable[Row]) -> bool:
    """Make a table hold these rows; return whether it held others."""
    wanted = {tuple(row[name] for name in key): dict(row) for row in rows}
    held = {
        tuple(row[name] for name in key): dict(row)
        for row in session.execute(select(*model.__table__.c)).mappings()
    }
    return put_rows(session, model, key, held, wanted)


def put_rows(
    session: Session, model: Any, key: tuple[str, ...], held: Mapping[Any, Row], wanted: Mapping[Any, Row]
) -> bool:
    """Make rows of a table what they shall be; return whether any was otherwise.

    Args:
        session: From ``transaction()``.
        model: Its model.
        key: The columns that name a row.
        held: The rows as they are, by these.
        wanted: As they shall be.
    """
    if wanted == held:
        return False
    other = [row for name, row in held.items() if wanted.get(name) != row]
    fresh = [row for name, row in wanted.items() if held.get(name) != row]
    if other:
        is_row = [model.__table__.c[name] == bindparam(f"is_{name}") for name in key]
        gone = [{f"is_{name}": row[name] for name in key} for row in other]
        _each(session, delete(model.__table__).where(*is_row), gone)
    if fresh:
        session.execute(insert(model), fresh)
    return True
