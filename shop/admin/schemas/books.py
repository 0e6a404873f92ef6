"""The audit log, and the promises about the books."""

from __future__ import annotations

from marshmallow import Schema, fields

from shop.kit.fields import Moment, Str
from shop.kit.pages import PageQuery, page_of


class AuditQuery(PageQuery):
    """Whose doings, and on what."""

    object = Str(
        maximum=200,
        load_default=None,
        metadata={
            "description": "Only what was done to this: `variant:<sku>`, `order:<number>`, `key:<name>`.",
            "example": "variant:8230582AA9S1000",
        },
    )
    actor = Str(maximum=120, load_default=None, metadata={"description": "Only what this one did."})
    action = Str(maximum=64, load_default=None, metadata={"example": "stock.receive"})


class AuditEntryView(Schema):
    """A change by somebody who runs the shop."""

    number = fields.Integer(required=True, metadata={"description": "From 1, without gaps."})
    at = Moment(required=True, attribute="happened_at")
    actor = fields.String(required=True, metadata={"example": "key:ada"})
    action = fields.String(required=True, metadata={"example": "stock.receive"})
    object = fields.String(required=True)
    before = fields.Dict(
        required=True, allow_none=True, metadata={"description": "The fields that changed, as they were."}
    )
    after = fields.Dict(required=True, allow_none=True, metadata={"description": "As they are since."})
    previous_hash = fields.String(required=True, metadata={"description": "SHA-256 of the entry before."})
    hash = fields.String(required=True)


AuditPage = page_of(AuditEntryView)


class BreachView(Schema):
    """One place where stock, orders and money do not agree."""

    invariant = fields.String(required=True, metadata={"example": "I3"})
    object = fields.String(required=True)
    found = fields.String(required=True)
    repair = fields.String(required=True)


class InvariantView(Schema):
    """A promise, and whether it is kept."""

    id = fields.String(required=True)
    promise = fields.String(required=True)
    breaches = fields.List(fields.Nested(BreachView), required=True)


class InvariantsView(Schema):
    """Every promise of the books, checked now."""

    holds = fields.Boolean(required=True)
    invariants = fields.List(fields.Nested(InvariantView), required=True)
