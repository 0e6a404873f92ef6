"""Reads of the catalogue's vocabularies and of its evidence."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.sql.base import ExecutableOption

from shop.catalogue.errors import NotInCatalogue
from shop.catalogue.models import (
    CatalogueRevision,
    Colour,
    Detail,
    HardwareSet,
    HardwareSetItem,
    Material,
    Source,
    Term,
)
from shop.kit.pages import Key, Page, fetch

Part = TypeVar("Part", Material, Colour, HardwareSet, Detail)

#: What each kind needs loaded to be shown.
_SHOWN: dict[type, tuple[ExecutableOption, ...]] = {
    HardwareSet: (
        joinedload(HardwareSet.zip_pull),
        selectinload(HardwareSet.items).joinedload(HardwareSetItem.item),
    )
}


def revision(session: Session) -> CatalogueRevision:
    """Read the catalogue's revision."""
    return session.scalars(select(CatalogueRevision)).one()


def page_of_parts(session: Session, kind: type[Part], *, limit: int, cursor: str | None) -> Page[Part]:
    """Read a page of materials, colours, hardware sets or details, in the editor's order."""
    query = select(kind, kind.position, kind.id).options(*_SHOWN.get(kind, ()))
    keys = [Key(kind.position), Key(kind.id)]
    return fetch(
        session, query, keys, limit=limit, cursor=cursor, of=kind.__tablename__, row=lambda row: row[0]
    )


def part(session: Session, kind: type[Part], slug: str) -> Part:
    """Read one material, colour, hardware set or detail.

    Raises:
        NotInCatalogue: There is none under that slug.
    """
    found = session.scalar(select(kind).where(kind.slug == slug).options(*_SHOWN.get(kind, ())))
    if found is None:
        name = kind.__tablename__.replace("_set", "")
        raise NotInCatalogue(f"There is no {name} {slug!r}.", kind=name, slug=slug)
    return found


def page_of_sources(session: Session, *, limit: int, cursor: str | None) -> Page[Source]:
    """Read a page of the sources that facts are cited from."""
    query = select(Source, Source.position, Source.id)
    keys = [Key(Source.position), Key(Source.id)]
    return fetch(session, query, keys, limit=limit, cursor=cursor, of="sources", row=lambda row: row[0])


def sources_by_id(session: Session, ids: Iterable[str]) -> list[Source]:
    """Read sources by their ids, in the order of the list of sources."""
    wanted = sorted(set(ids))
    if not wanted:
        return []
    return list(session.scalars(select(Source).where(Source.id.in_(wanted)).order_by(Source.position)))


def labels(session: Session) -> dict[tuple[str, str], str]:
    """Read what people call the words of closed vocabularies, by vocabulary and code."""
    rows = session.execute(select(Term.vocabulary, Term.code, Term.label))
    return {(row.vocabulary, row.code): row.label for row in rows}


def source(session: Session, source_id: str) -> Source:
    """Read one source.

    Raises:
        NotInCatalogue: There is none under that id.
    """
    found = session.get(Source, source_id)
    if found is None:
        raise NotInCatalogue(f"There is no source {source_id!r}.", kind="source", slug=source_id)
    return found
