"""Field types for requests: what marshmallow's own would let through is refused here.

Measured: ``Integer()`` takes 5.5, ``'5_0'`` and Arabic-Indic digits; ``String()`` takes NUL
and lone surrogates, which fail later in one database and not in the other.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

MAX_INTEGER = 2**53 - 1  # the largest integer every JSON reader keeps exact


class StrictSchema(Schema):
    """A schema whose order is the order of its lines, refusing unknown fields."""


class Int(fields.Integer):
    """A true JSON integer within bounds; no text, no float, no boolean."""

    def __init__(self, *, minimum: int, maximum: int = MAX_INTEGER, **kwargs: Any) -> None:
        super().__init__(strict=True, validate=validate.Range(minimum, maximum), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValidationError("Must be a whole number.")
        return value


class QueryInt(fields.Integer):
    """A whole number in a query string: ASCII digits only."""

    def __init__(self, *, minimum: int, maximum: int = MAX_INTEGER, **kwargs: Any) -> None:
        super().__init__(strict=True, validate=validate.Range(minimum, maximum), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if not isinstance(value, str) or not re.fullmatch(r"-?[0-9]{1,16}", value):
            raise ValidationError("Must be a whole number.")
        return int(value)


class QueryBool(fields.Boolean):
    """``true`` or ``false`` in a query string, and nothing else."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if value not in ("true", "false"):
            raise ValidationError("Must be true or false.")
        return bool(value == "true")


class Str(fields.String):
    """Text in NFC: no control characters, no lone surrogates, trimmed, within a length."""

    def __init__(
        self,
        *,
        maximum: int,
        minimum: int = 1,
        pattern: str | None = None,
        choices: Iterable[str] | None = None,
        **kwargs: Any,
    ) -> None:
        checks: list[Any] = [validate.Length(min=minimum, max=maximum)]
        if pattern:
            checks.append(validate.Regexp(pattern))
        if choices:
            checks.append(validate.OneOf(list(choices)))
        super().__init__(validate=checks, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise ValidationError("Must be text.")
        return clean_text(value)


class FreeText(Str):
    """Text that people write about themselves; what looks like a card number is refused.

    Card numbers belong on Stripe's page only. Not for codes: a 13-digit GTIN passes the same
    check one time in ten.
    """

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        found = super()._deserialize(value, attr, data, **kwargs)
        for digits in re.findall(r"[0-9](?:[ -]?[0-9]){12,18}", found):
            if _passes_luhn(re.sub(r"[ -]", "", digits)):
                raise ValidationError("Must not contain a card number; nothing of it was kept.")
        return found


class Email(Str):
    """An e-mail address."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(maximum=254, **kwargs)
        self.validators.append(validate.Email())


def _passes_luhn(digits: str) -> bool:
    values = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in values) % 10 == 0


def clean_text(value: str) -> str:
    """Return text in NFC without outer white space.

    Raises:
        ValidationError: It holds a control character or half a surrogate pair.
    """
    for character in value:
        if unicodedata.category(character) in ("Cc", "Cs"):
            raise ValidationError("Must not contain control characters or broken Unicode.")
    return unicodedata.normalize("NFC", value).strip()


class Several(fields.List[str]):
    """Several values of one query parameter, by repetition or comma; any of them matches."""

    def __init__(self, *, maximum: int = 30, **kwargs: Any) -> None:
        self._maximum = maximum
        super().__init__(Str(maximum=80), load_default=list, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        texts = [part for text in value for part in str(text).split(",") if part]
        if len(texts) > self._maximum:
            raise ValidationError(f"Must have at most {self._maximum} values.")
        return list(dict.fromkeys(super()._deserialize(texts, attr, data, **kwargs)))


class Moment(fields.DateTime):
    """A moment on the wire: RFC 3339 in UTC, ``2024-01-23T09:00:00Z``."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        if value is None:
            return None
        return str(value.strftime("%Y-%m-%dT%H:%M:%S")) + "Z"


class MoneyView(Schema):
    """An amount on the wire."""

    amount = fields.Integer(
        required=True, metadata={"description": "Whole minor units of the currency (cents, yen)."}
    )
    currency = fields.String(required=True, metadata={"description": "ISO 4217.", "example": "USD"})


class Reference(Schema):
    """How one noun refers to another."""

    slug = fields.String(required=True)
    name = fields.String(required=True)


def faults(messages: Any, location: str, path: str = "") -> list[dict[str, str]]:
    """Flatten marshmallow's nested messages into located faults.

    Args:
        messages: What ``ValidationError.messages`` holds.
        location: ``json``, ``query``, ``headers`` or ``path``.
        path: JSON pointer of the part already walked.
    """
    if isinstance(messages, Mapping):
        found: list[dict[str, str]] = []
        for key, inner in messages.items():
            step = "" if key == "_schema" else "/" + str(key).replace("~", "~0").replace("/", "~1")
            found += faults(inner, location, path + step)
        return found
    texts = messages if isinstance(messages, list) else [messages]
    where = {"json": "pointer", "headers": "header"}.get(location, "parameter")
    at = path if where == "pointer" else path.strip("/").split("/")[0]
    return [{where: at, "detail": str(text)} for text in texts]
