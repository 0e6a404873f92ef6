"""Many changes in one request, and what became of each."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from shop.admin.bulk import MOST_ROWS
from shop.admin.schemas.stock import AdjustmentInput
from shop.kit.api import ProblemView
from shop.kit.fields import Str, StrictSchema


class BulkRowInput(StrictSchema):
    """One change."""

    target = Str(
        maximum=120,
        pattern=r"(?:product|variant|price|stock):[^:]+\Z",
        required=True,
        metadata={
            "description": "`product:<slug>`, `variant:<sku>`, `price:<sku>` or `stock:<sku>`.",
            "example": "price:8230582AA9S1000",
        },
    )
    set = fields.Dict(
        keys=fields.String(),
        required=True,
        metadata={
            "description": "Of a product or variant a merge patch (RFC 7396); of a price all of it, as in a "
            "seed file; of stock `delta`, `expected`, `reason` and `location`."
        },
    )
    if_match = Str(
        maximum=80,
        load_default=None,
        metadata={
            "description": "`ETag` of the product or variant; with another version the row is refused."
        },
    )

    @validates_schema
    def check_adjustment(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse an adjustment that is none: it is no entry of a file."""
        if data["target"].startswith("stock:"):
            try:
                data["set"] = AdjustmentInput().load(data["set"])
            except ValidationError as error:
                raise ValidationError({"set": error.messages}) from None


class BulkInput(StrictSchema):
    """Many changes; they are done as if in their order."""

    rows = fields.List(
        fields.Nested(BulkRowInput), required=True, validate=validate.Length(min=1, max=MOST_ROWS)
    )
    atomic = fields.Boolean(
        load_default=False,
        truthy={True},
        falsy={False},
        metadata={"description": "Nothing is done where any row is refused; else each row is by itself."},
    )


class BulkRowView(Schema):
    """What became of a row."""

    row = fields.Integer(required=True, metadata={"description": "Its place in the request, from 0."})
    target = fields.String(required=True)
    outcome = fields.String(required=True, metadata={"enum": ["changed", "unchanged", "refused"]})
    problem = fields.Nested(
        ProblemView,
        required=True,
        allow_none=True,
        metadata={"description": "As it would be answered alone."},
    )


class BulkView(Schema):
    """What became of each row."""

    changed = fields.Integer(required=True)
    unchanged = fields.Integer(required=True)
    refused = fields.Integer(required=True)
    rows = fields.List(fields.Nested(BulkRowView), required=True)
