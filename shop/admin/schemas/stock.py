"""Stock, its ledger, and putting a count right."""

from __future__ import annotations

from marshmallow import Schema, ValidationError, fields, validates

from shop.kit.fields import Int, Moment, Str, StrictSchema
from shop.kit.pages import page_of


class AdjustmentInput(StrictSchema):
    """So many pieces more or fewer than were seen there."""

    delta = Int(
        minimum=-1_000_000,
        maximum=1_000_000,
        required=True,
        metadata={"description": "Pieces more; with a minus, fewer."},
    )
    expected = Int(
        minimum=0,
        maximum=10_000_000,
        required=True,
        metadata={
            "description": "Pieces on hand there as you saw them; with another number nothing is done."
        },
    )
    reason = Str(maximum=200, required=True, metadata={"example": "counted again"})
    location = Str(maximum=32, load_default=None, metadata={"description": "Without it the first."})

    @validates("delta")
    def check_delta(self, value: int, **_: object) -> None:
        """Refuse what changes nothing."""
        if not value:
            raise ValidationError("Must not be 0.")


class CountView(Schema):
    """Pieces at a location."""

    location = fields.String(required=True)
    name = fields.String(required=True)
    on_hand = fields.Integer(required=True)
    held = fields.Integer(required=True, metadata={"description": "Of those on hand, promised to shoppers."})


class VariantStockView(Schema):
    """Pieces of a variant everywhere."""

    sku = fields.String(required=True)
    available = fields.Integer(required=True, metadata={"description": "What shoppers can buy now."})
    locations = fields.List(fields.Nested(CountView), required=True)


class MovementView(Schema):
    """An entry of the stock ledger."""

    id = fields.Integer(required=True, attribute="movement.id")
    location = fields.String(required=True)
    kind = fields.String(required=True, attribute="movement.kind")
    on_hand_delta = fields.Integer(required=True, attribute="movement.on_hand_delta")
    held_delta = fields.Integer(required=True, attribute="movement.held_delta")
    reference = fields.String(required=True, allow_none=True, attribute="movement.reference")
    reason = fields.String(required=True, allow_none=True, attribute="movement.reason")
    at = Moment(required=True, attribute="movement.happened_at")


MovementPage = page_of(MovementView)
