"""What people fill in: amounts as they write them, numbers, texts; every fault told at once."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response, request
from marshmallow import Schema, ValidationError, fields
from sqlalchemy.orm import Session

from shop.admin.pages.door import CSRF_FIELD, KEY_FIELD, go, signed_in
from shop.checkout import decisions
from shop.config import current_settings
from shop.kit import idempotency, repeats
from shop.kit.fields import QueryInt, faults
from shop.kit.money import EXPONENTS, MAX_MINOR
from shop.kit.problems import InvalidRequest
from shop.payments.current import current_gateway

#: How fields with numbers of pieces begin.
_PIECES = "pieces-"


class FormMoment(fields.Field[str]):
    """A day and a minute of UTC, as browsers send one; read as entries say it."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?", value.strip()):
            try:
                return datetime.fromisoformat(value.strip()).strftime("%Y-%m-%dT%H:%M:%SZ")
            except ValueError:
                pass  # the 31st of February
        raise ValidationError("Must be a day and a minute such as 2026-03-01 09:00.")


def filled_in() -> dict[str, str]:
    """Return what was filled in; an empty field was not."""
    sent = request.form.items()
    return {name: value for name, value in sent if name not in (CSRF_FIELD, KEY_FIELD) and value.strip()}


def read(schema: Schema, values: dict[str, str] | None = None) -> dict[str, Any]:
    """Read a form, or a query string.

    Raises:
        InvalidRequest: Fields are not of the form they must have.
    """
    try:
        found: dict[str, Any] = schema.load(filled_in() if values is None else values)
    except ValidationError as error:
        raise InvalidRequest(errors=faults(error.messages, "query")) from None
    return found


def asked() -> dict[str, str]:
    """Return the query string; an empty parameter was not asked."""
    return {name: value for name, value in request.args.items() if value.strip()}


def minor_units(text: str, currency: str, *, field: str) -> int:
    """Return an amount that a person wrote, in minor units: ``2850``, ``2,850.00`` or ``2850.5``.

    Args:
        text: Digits, with commas between thousands and a point before decimals.
        currency: ISO 4217; its decimals are the most that may stand there.
        field: Where it stands, for the refusal.

    Raises:
        InvalidRequest: It is no amount above 0 of the currency.
    """
    exponent = EXPONENTS[currency]
    written = re.fullmatch(r"([0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,12})(?:\.([0-9]+))?", text.strip())
    decimals = (written[2] or "") if written else ""
    if written is None or len(decimals) > exponent:
        example = "2850.00" if exponent == 2 else "428000" if exponent == 0 else "1.250"
        detail = f"Must be an amount of {currency} like {example}."
        raise InvalidRequest(errors=[{"parameter": field, "detail": detail}])
    minor = int(written[1].replace(",", "") + decimals.ljust(exponent, "0"))
    if not 1 <= minor <= MAX_MINOR:
        raise InvalidRequest(errors=[{"parameter": field, "detail": "Must be above 0."}])
    return minor


def whole_number(text: str, *, field: str, maximum: int, minimum: int = 0) -> int:
    """Return a whole number that a person wrote.

    Raises:
        InvalidRequest: It is none, or beyond its bounds.
    """
    try:
        return int(QueryInt(minimum=minimum, maximum=maximum).deserialize(text.strip()))
    except ValidationError as error:
        raise InvalidRequest(errors=[{"parameter": field, "detail": str(error.messages[0])}]) from None


def pieces_in(values: dict[str, str]) -> dict[str, int]:
    """Take the numbers of pieces out of a form, by SKU; zeros are left out.

    Args:
        values: What was filled in; fields named ``pieces-<SKU>`` are taken away.

    Raises:
        InvalidRequest: One is no number of pieces.
    """
    found = {}
    for name in [name for name in values if name.startswith(_PIECES)]:
        if count := whole_number(values.pop(name), field=name, maximum=1_000):
            found[name.removeprefix(_PIECES)] = count
    return found


def attempt(scope: str) -> idempotency.Attempt:
    """Return the attempt of this form, which two clicks make once.

    Raises:
        IdempotencyKeyMissing: The form has no key.
    """
    key = request.form.get(KEY_FIELD, "")
    return idempotency.form_attempt(scope, key, whose=signed_in().actor, fields=filled_in().items())


def decide(scope: str, address: str, notice: str, decision: Callable[[Session], UUID]) -> Response:
    """Write a decision on an order's money down under the form's key, send it, and lead to the order.

    As the API does: a repeat goes on from the decision and makes no second one.
    """

    def write_down(session: Session, claim: idempotency.Claim) -> str:
        payment_id = str(decision(session))
        idempotency.remember(session, claim, subject=payment_id)
        return payment_id

    sent: list[bool] = []

    def carry_out(subject: str) -> None:
        sent.append(decisions.carry_out(UUID(subject), current_settings(), current_gateway()))

    repeats.in_two_steps(
        attempt(scope),
        first=write_down,
        again=str,
        between=carry_out,
        last=lambda _session, _claim, _sent: go(address),
    )
    return go(address, notice=notice if not sent or sent[-1] else "waiting")
