"""Field types of seed files, on top of those of requests."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, ClassVar

from marshmallow import INCLUDE, Schema, ValidationError, fields, pre_load, validate, validates_schema

from shop.kit.fields import MAX_INTEGER, Int, Str, clean_text
from shop.kit.money import EXPONENTS, MAX_MINOR
from shop.kit.text import fuzzy_date_start
from shop.seeding.errors import did_you_mean

SCHEMA = "closet-seed/1"

#: Facts nobody vouches for are marked by a key like ``weight_is_illustrative: true``.
FLAG = re.compile(
    r"(?:(?P<subject>.+)_)?(?:is|are)_"
    r"(?:illustrative|inferred|assigned|disputed|unverified|unverified_from_memory)"
)


class Text(Str):
    """Text. Codes that look like numbers are text too, so they stand in quotes."""

    def __init__(self, maximum: int = 2000, **kwargs: Any) -> None:
        super().__init__(maximum=maximum, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if isinstance(value, (bool, int, Decimal)):
            raise ValidationError("must be text: put it in quotes")
        if not isinstance(value, str):
            raise ValidationError("must be text")
        return super()._deserialize(value, attr, data, **kwargs)


class Code(Text):
    """A code of a fixed form, explained by an example."""

    def __init__(self, form: str, *, like: str, maximum: int = 64, **kwargs: Any) -> None:
        super().__init__(maximum=maximum, **kwargs)
        self.validators.append(validate.Regexp(rf"(?:{form})\Z", error=f"must look like `{like}`"))


class Slug(Code):
    """The name other entries refer by: lower case words and digits joined by hyphens."""

    def __init__(self, maximum: int = 96, **kwargs: Any) -> None:
        super().__init__(r"[a-z0-9]+(?:[-_]+[a-z0-9]+)*", like="le-city-bag", maximum=maximum, **kwargs)


class Yes(fields.Field[bool]):
    """``true`` or ``false``, and none of the other words YAML 1.1 knows."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise ValidationError("must be true or false")
        return value


class Minor(Int):
    """An amount in whole minor units."""

    def __init__(self, *, minimum: int = 1, **kwargs: Any) -> None:
        super().__init__(minimum=minimum, maximum=MAX_MINOR, **kwargs)


class Rate(fields.Field[int]):
    """A part of one with at most six decimals, kept as whole parts per million."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
            raise ValidationError("must be a number from 0 to 1, such as 0.2")
        ppm = Decimal(value) * 1_000_000
        if ppm != int(ppm):
            raise ValidationError("may have at most six decimals")
        if not 0 <= ppm <= 1_000_000:
            raise ValidationError("must be a number from 0 to 1, such as 0.2")
        return int(ppm)


class FuzzyDate(Text):
    """A date as exact as it is known; see ``shop.kit.text.fuzzy_date_start``."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            fuzzy_date_start(text)
        except ValueError:
            raise ValidationError('must be a date such as "2024-01-23", "2024-07" or "2019-end"') from None
        return text


class Day(Text):
    """A day: ``"2024-01-23"``."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
        except ValueError:
            raise ValidationError('must be a day such as "2024-01-23"') from None
        return day.strftime("%Y-%m-%d")


class When(fields.Field[datetime]):
    """A moment in UTC: ``"2024-01-01T00:00:00Z"``."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        try:
            return datetime.strptime(Text(32).deserialize(value), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        except ValueError:
            raise ValidationError('must be a moment such as "2024-01-01T00:00:00Z"') from None


class Free(fields.Field[Any]):
    """A document of any form, of text, whole numbers, true, false and null."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        return _plain(value)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if isinstance(value, Decimal):
        raise ValidationError("numbers with a decimal point must be text here: put them in quotes")
    if isinstance(value, str):
        return clean_text(value)
    return value


def one_of(*words: str, **kwargs: Any) -> Text:
    """Return a field for one of a few words."""
    field = Text(maximum=64, **kwargs)
    field.validators.append(validate.OneOf(words, error=f"must be one of {', '.join(words)}"))
    return field


def several(inner: fields.Field[Any], **kwargs: Any) -> fields.List[Any]:
    """Return a field for a list without repetitions."""

    def once_each(values: list[Any]) -> None:
        doubles = {str(value) for value in values if values.count(value) > 1}
        if doubles:
            raise ValidationError(f"holds {', '.join(sorted(doubles))} more than once")

    return fields.List(inner, validate=once_each, **kwargs)


def nested(schema: type[Schema], **kwargs: Any) -> fields.List[Any]:
    """Return a field for a list of entries."""
    return fields.List(fields.Nested(schema), **kwargs)


def currency(**kwargs: Any) -> Text:
    """Return a field for a currency the shop can price in."""
    return one_of(*EXPONENTS, **kwargs)


def whole(minimum: int = 0, maximum: int = MAX_INTEGER, **kwargs: Any) -> Int:
    """Return a field for a whole number."""
    return Int(minimum=minimum, maximum=maximum, **kwargs)


class Entry(Schema):
    """An entry of a seed file: unknown keys are refused, flags are gathered.

    A flag names what it is about: ``weight_is_illustrative`` needs a key ``weight...`` of
    the entry, or a word of ``flag_subjects``. A flag that is false says nothing.
    """

    class Meta:
        """Flags are keys that no field names; the rest is refused below, with a guess of what was meant."""

        unknown = INCLUDE

    #: What a flag may be about besides the keys of the entry.
    flag_subjects: ClassVar[frozenset[str]] = frozenset()

    @pre_load
    def _gather_flags(self, data: Any, **_: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        kept = {key: value for key, value in data.items() if key in self.fields and key != "flags"}
        if "flags" in self.fields:
            kept["flags"] = sorted(key for key in data if data[key] is True and self._is_flag(key))
        return kept

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def _refuse_unknown(self, _kept: Any, data: Any, **_: Any) -> None:
        # After the fields and not before them, so that their faults are told as well.
        wrong: dict[str, list[Any]] = {}
        for key, value in data.items() if isinstance(data, Mapping) else ():
            if self._is_flag(key):
                if not isinstance(value, bool):
                    wrong[key] = ["must be true or false"]
            elif key not in self.fields or key == "flags":
                wrong[key] = [unknown_key(key, self.fields)]
        if wrong:
            raise ValidationError(wrong)

    def _is_flag(self, key: str) -> bool:
        match = FLAG.fullmatch(key)
        return match is not None and (key in self.fields or self._is_subject(match["subject"]))

    def _is_subject(self, subject: str | None) -> bool:
        if "flags" not in self.fields:
            return False
        known = {*self.fields, *self.flag_subjects}
        return subject is None or any(name == subject or name.startswith(subject + "_") for name in known)


class Evidenced(Entry):
    """An entry that claims facts: with sources, flags and a note."""

    sources = several(Text(16))
    note = Text()
    flags = fields.List(fields.Raw())


class Published(Evidenced):
    """An entry that is shown from a moment on, or until one."""

    publish_at = When()
    unpublish_at = When()

    @validates_schema
    def _in_order(self, data: dict[str, Any], **_: Any) -> None:
        start, end = data.get("publish_at"), data.get("unpublish_at")
        if start and end and end <= start:
            raise ValidationError("must come after `publish_at`", "unpublish_at")


UNKNOWN = "unknown key"


def unknown_key(key: str, known: Mapping[str, Any]) -> str:
    """Say that a key is unknown, and which one was probably meant."""
    return UNKNOWN + did_you_mean(key, [name for name in known if name != "flags"])
