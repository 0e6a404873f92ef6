"""Pictures that were given to the shop, the sizes they are served in, and where they are shown."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from shop.kit.db import Base
from shop.kit.types import UtcDateTime


class Image(Base):
    """A picture, named by the SHA-256 of its file: WebP without loss, at most 2560 pixels long.

    Never changed: another picture has another name. What nothing points to is swept.
    """

    __tablename__ = "image"
    __table_args__ = (
        CheckConstraint("width > 0 AND height > 0 AND size_bytes > 0", name="measures"),
        Index(None, "source_hash"),
    )

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    #: SHA-256 of the file that was given: so that the same file is not decoded to be known again.
    source_hash: Mapped[str] = mapped_column(String(64))
    width: Mapped[int]
    height: Mapped[int]
    size_bytes: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ImageRendition(Base):
    """A picture in one width, as WebP; its file is named by its own SHA-256."""

    __tablename__ = "image_rendition"
    __table_args__ = (CheckConstraint("width > 0 AND height > 0 AND size_bytes > 0", name="measures"),)

    image_hash: Mapped[str] = mapped_column(ForeignKey("image.hash"), primary_key=True)
    width: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    height: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))
    size_bytes: Mapped[int]


class ProductImage(Base):
    """That a picture is shown at a product, and where in their order."""

    __tablename__ = "product_image"
    __table_args__ = (CheckConstraint("length(alt) > 0", name="alt"), Index(None, "image_hash"))

    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    image_hash: Mapped[str] = mapped_column(ForeignKey("image.hash"))
    #: What the picture shows, for whoever does not see it.
    alt: Mapped[str] = mapped_column(String(300))


class VariantImage(Base):
    """That a picture is shown at a variant, and where in their order."""

    __tablename__ = "variant_image"
    __table_args__ = (CheckConstraint("length(alt) > 0", name="alt"), Index(None, "image_hash"))

    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    image_hash: Mapped[str] = mapped_column(ForeignKey("image.hash"))
    alt: Mapped[str] = mapped_column(String(300))
