"""How pictures look on the wire."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields


class RenditionView(Schema):
    """A picture in one width."""

    url = fields.String(
        required=True,
        metadata={
            "description": "Relative to the shop. What is there never changes, and may be kept for good.",
            "example": "/media/0f3d5b6e7c8a9b0c1d2e3f405162738495a6b7c8d9e0f1a2b3c4d5e6f7081920.webp",
        },
    )
    width = fields.Integer(required=True, metadata={"description": "In pixels."})
    media_type = fields.String(required=True, metadata={"example": "image/webp"})


class PictureView(Schema):
    """What a product or a variant looks like."""

    alt = fields.String(
        required=True, metadata={"description": "What it shows, for whoever does not see it."}
    )
    width = fields.Integer(required=True, metadata={"description": "Of the widest rendition, in pixels."})
    height = fields.Integer(required=True, metadata={"description": "Of the widest rendition, in pixels."})
    is_drawing = fields.Boolean(
        required=True, metadata={"description": "Whether it is the shop's own drawing and no photograph."}
    )
    renditions = fields.List(
        fields.Nested(RenditionView), required=True, metadata={"description": "From narrow to wide."}
    )


class Pictures(fields.List[Any]):
    """A list of :class:`~shop.media.queries.Picture`, each a :class:`PictureView`.

    Written by hand: a page of products has a hundred renditions, and field by field they took a third of
    the time of the page.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(fields.Nested(PictureView), **kwargs)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> list[Any]:
        return [
            {
                "alt": picture.alt,
                "width": picture.width,
                "height": picture.height,
                "is_drawing": picture.is_drawing,
                "renditions": [
                    {"url": each.url, "width": each.width, "media_type": each.media_type}
                    for each in picture.renditions
                ],
            }
            for picture in value
        ]
