"""What a shopper must know or do, as data: codes a program branches on, texts for people."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from marshmallow import Schema, fields, post_dump


class Severity(StrEnum):
    """How much a message stands in the way."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Message:
    """One thing to know or to do.

    Attributes:
        code: Names the reason and never changes.
        severity: ``error`` must be solved before paying; ``warning`` is worth reading.
        path: JSON pointer into the document that holds the message.
        text: For people, in English.
        facts: What a program needs to act: prices before and after, pieces left.
    """

    code: str
    severity: Severity
    path: str
    text: str
    facts: dict[str, Any] = field(default_factory=dict)


class MessageView(Schema):
    """One thing to know or to do; codes may add facts of their own."""

    code = fields.String(required=True)
    severity = fields.String(required=True, metadata={"enum": [each.value for each in Severity]})
    path = fields.String(required=True, metadata={"description": "JSON pointer into this document."})
    text = fields.String(required=True)
    facts = fields.Dict(required=True)

    @post_dump
    def _inline(self, data: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
        """Put the facts beside the code, as problems do."""
        facts = data.pop("facts")
        return {**data, **facts}
