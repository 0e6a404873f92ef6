"""How pictures look to an editor, and what may be said of where they are shown."""

from __future__ import annotations

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from shop.kit.fields import Str, StrictSchema
from shop.media.schemas import RenditionView
from shop.media.service import MOST_PICTURES

_HASH = {"description": "What names the picture.", "example": "0" * 64}


class ImageView(Schema):
    """A picture that was given to the shop."""

    hash = fields.String(required=True, metadata=_HASH)
    width = fields.Integer(required=True, metadata={"description": "In pixels, as it is kept."})
    height = fields.Integer(required=True, metadata={"description": "In pixels, as it is kept."})
    renditions = fields.List(fields.Nested(RenditionView), required=True)


class ShownImageView(ImageView):
    """A picture where it is shown."""

    alt = fields.String(required=True)


class ImagesView(Schema):
    """The pictures of a product or a variant, in their order."""

    images = fields.List(fields.Nested(ShownImageView), required=True)


class ShownImageInput(StrictSchema):
    """A picture, and what it shows."""

    hash = Str(maximum=64, pattern=r"[0-9a-f]{64}\Z", required=True, metadata=_HASH)
    alt = Str(
        maximum=300,
        required=True,
        metadata={"description": "What it shows, in words, for whoever does not see it."},
    )


class ImagesInput(StrictSchema):
    """All pictures of a product or a variant, in their order; none takes all of them away."""

    images = fields.List(
        fields.Nested(ShownImageInput), required=True, validate=validate.Length(max=MOST_PICTURES)
    )

    @validates_schema
    def check_images(self, data: dict[str, list[dict[str, str]]], **_: object) -> None:
        """Refuse a picture that stands twice."""
        hashes = [image["hash"] for image in data["images"]]
        if len(hashes) != len(set(hashes)):
            raise ValidationError("Must name each picture once.", "images")
