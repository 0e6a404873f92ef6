"""How pictures look on the wire."""

from __future__ import annotations

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
