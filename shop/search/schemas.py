"""How a search is asked for on the wire, and what is told of it."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields

from shop.kit.fields import Str
from shop.search.queries import MAX_WORDS
from shop.search.words import words_of

#: Most characters of a query.
MAX_LENGTH = 200


class Words(Str):
    """Words to search for: bounded, and with no sign that means anything."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(maximum=MAX_LENGTH, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        found = super()._deserialize(value, attr, data, **kwargs)
        if len(found) <= MAX_LENGTH and len(words_of(found)) > MAX_WORDS:
            raise ValidationError(f"Must have at most {MAX_WORDS} words.")
        return found


class CorrectedView(Schema):
    """What was looked for in the place of what was typed."""

    typed = fields.String(
        required=True,
        data_key="from",
        metadata={"description": "The words as they were understood: lower case, without accents and signs."},
    )
    meant = fields.String(
        required=True,
        data_key="to",
        metadata={"description": "The same with misspelt words replaced by the catalogue's nearest."},
    )
