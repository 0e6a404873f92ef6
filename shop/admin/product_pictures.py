"""The pictures that were given for a product: one added behind the others, or one taken away."""

from __future__ import annotations

from sqlalchemy.orm import Session

from shop.media import service as media
from shop.media.placements import shown_at
from shop.media.service import ImageRows, Shown


def given(session: Session, slug: str) -> list[Shown]:
    """Read the pictures that were given for a product, in their order; drawings are none.

    Raises:
        NotInCatalogue: There is no such product.
    """
    return [Shown(each.hash, each.alt or "") for each in shown_at(session, "product", slug)]


def add(session: Session, slug: str, picture: ImageRows, alt: str, *, actor: str) -> None:
    """Show one more picture of a product, behind those that are shown.

    Args:
        session: From ``transaction()``.
        slug: Of the product.
        picture: From :func:`shop.media.service.put_files`.
        alt: What it shows, in words.
        actor: Who gives it.

    Raises:
        NotInCatalogue: There is no such product.
    """
    media.insert_image(session, picture)
    name = str(picture.image["hash"])
    others = [each for each in given(session, slug) if each.hash != name]
    media.show(session, "product", slug, [*others, Shown(name, alt)], actor=actor)


def take_away(session: Session, slug: str, name: str, *, actor: str) -> None:
    """Show a picture of a product no more; one that is not shown is left alone.

    Args:
        session: From ``transaction()``.
        slug: Of the product.
        name: The picture's hash.
        actor: Who decides it.

    Raises:
        NotInCatalogue: There is no such product.
    """
    left = [each for each in given(session, slug) if each.hash != name]
    media.show(session, "product", slug, left, actor=actor)
