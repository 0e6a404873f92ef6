"""Seeds over HTTP: what applying one would change, and the jobs that apply them."""

from __future__ import annotations

from marshmallow import Schema, fields

from shop.kit.fields import Moment, QueryBool, StrictSchema
from shop.kit.pages import page_of


class SeedQuery(StrictSchema):
    """How far a seed goes."""

    prune = QueryBool(
        load_default=False,
        metadata={"description": "What is gone from the files goes from the shop; else it is kept."},
    )


class SeedChangeView(Schema):
    """What happens to one row."""

    action = fields.String(
        required=True, metadata={"enum": ["added", "changed", "retired", "removed", "kept"]}
    )
    kind = fields.String(required=True, metadata={"description": "Its table.", "example": "price"})
    key = fields.String(required=True, metadata={"description": "What names it there."})
    fields_ = fields.Dict(
        data_key="fields",
        required=True,
        metadata={"description": "By field: `before` and `after`; of an added row all that it has."},
    )


class SeedPlanView(Schema):
    """What applying a seed would change, as `shop seed plan --json` says it."""

    changes = fields.Integer(required=True)
    counts = fields.Dict(required=True, metadata={"description": "By table and action: how many rows."})
    entries = fields.List(fields.Nested(SeedChangeView), required=True)


class JobView(Schema):
    """A seed that is being applied; `folder` is of the shop's own files, by the admin pages."""

    id = fields.UUID(required=True)
    status = fields.String(required=True, metadata={"enum": ["waiting", "running", "succeeded", "failed"]})
    actor = fields.String(required=True)
    form = fields.String(required=True, metadata={"enum": ["yaml", "json", "csv", "zip", "folder"]})
    name = fields.String(required=True, allow_none=True, metadata={"description": "What its faults call it."})
    prune = fields.Boolean(required=True)
    step = fields.String(required=True, metadata={"description": "What is being done.", "example": "price"})
    done = fields.Integer(required=True, metadata={"description": "Steps done."})
    total = fields.Integer(required=True, metadata={"description": "Steps in all; 0 while it is read."})
    attempt = fields.Integer(required=True, metadata={"description": "Workers that began it."})
    result = fields.Dict(
        required=True,
        allow_none=True,
        metadata={
            "description": "Of a job that succeeded `changes`, `tables` and `summary`; of one that failed "
            "`detail`, and `faults` as a refused plan lists them."
        },
    )
    created_at = Moment(required=True)
    started_at = Moment(required=True, allow_none=True)
    finished_at = Moment(required=True, allow_none=True)


JobPage = page_of(JobView)
