"""Reads of the seeded catalogue that the tests of its surprises share."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from shop.catalogue.models import (
    HardwareSet,
    Product,
    Variant,
)
from shop.kit.text import fold
from shop.search.models import SearchDocument


def variant(session: Session, sku: str) -> Variant:
    return session.scalars(select(Variant).where(Variant.sku == sku)).one()


def product(session: Session, slug: str) -> Product:
    return session.scalars(select(Product).where(Product.slug == slug)).one()


def hardware(session: Session, slug: str) -> HardwareSet:
    return session.scalars(select(HardwareSet).where(HardwareSet.slug == slug)).one()


def found_by(session: Session, words: str) -> set[str]:
    """Return the slugs of products whose document holds every word."""
    columns = (SearchDocument.name, SearchDocument.alias, SearchDocument.trait, SearchDocument.story)
    found = session.execute(select(Product.slug, *columns).join(SearchDocument)).all()
    return {slug for slug, *texts in found if set(fold(words).split()) <= set(" ".join(texts).split())}
