"""The pictures that were given for a product: one added behind the others, or one taken away."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from shop.catalogue.models import Product
from shop.media import service as media
from shop.media.intake import Taken
from shop.media.models import ImagePlacement
from shop.media.service import Shown


def given(session: Session, slug: str) -> list[Shown]:
    """Read the pictures that were given for a product, in their order; drawings are none."""
    rows = session.execute(
        select(ImagePlacement.image_hash, ImagePlacement.alt)
        .join(Product, Product.id == ImagePlacement.product_id)
        .where(Product.slug == slug)
        .order_by(ImagePlacement.position)
    )
    return [Shown(name, alt) for name, alt in rows]


def add(session: Session, slug: str, taken: Taken, alt: str, *, actor: str) -> None:
    """Show one more picture of a product, behind those that are shown.

    Args:
        session: From ``transaction()``.
        slug: Of the product.
        taken: From :func:`shop.media.intake.take`; its files were put into the store.
        alt: What it shows, in words.
        actor: Who gives it.

    Raises:
        NotInCatalogue: There is no such product.
    """
    media.insert_image(session, taken)
    name = taken.master.hash
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
