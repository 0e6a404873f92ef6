"""What a shopper must know or do, as data: codes a program branches on, texts for people."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from marshmallow import Schema, fields, pre_dump

from shop.kit.fields import MoneyView


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

    def as_json(self) -> dict[str, Any]:
        """Return the message as it looks on the wire."""
        plain = {"code": self.code, "severity": self.severity.value, "path": self.path, "text": self.text}
        return {**plain, **self.facts}


class MessageView(Schema):
    """One thing to know or to do, with the facts to act on beside its code."""

    code = fields.String(required=True)
    severity = fields.String(required=True, metadata={"enum": [each.value for each in Severity]})
    path = fields.String(required=True, metadata={"description": "JSON pointer into this document."})
    text = fields.String(required=True)
    sku = fields.String(metadata={"description": "The variant it is about."})
    before = fields.Nested(MoneyView, metadata={"description": "What the shopper was told."})
    after = fields.Nested(MoneyView, metadata={"description": "What it is now."})
    available = fields.Integer(metadata={"description": "Whole pieces that can be bought now."})

    @pre_dump
    def _beside(self, message: Message, **_kwargs: Any) -> dict[str, Any]:
        """Put the facts beside the code, as problems do."""
        return message.as_json()
