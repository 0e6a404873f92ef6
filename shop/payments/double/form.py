"""Stripe's form encoding: ``a[b][0]=c`` in a body or a query string becomes nested values."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

from .errors import invalid

MAX_FIELDS = 1000
MAX_DEPTH = 8
_KEYS = re.compile(r"[^\[\]]+|(?<=\[)(?=\])")

# Issuer ranges of payment cards (ISO/IEC 7812): Visa 4, Mastercard 51-55 and 2221-2720, American
# Express, Diners and JCB 3, Maestro 5, Discover and UnionPay 6. Time stamps in milliseconds begin
# with 1 and most European barcodes of our houses with 8, so neither is mistaken for a card.
_CARD = re.compile(r"(?<![\w-])(?=[3-6]|2[2-7])\d(?:[ -]?\d){12,18}(?![\w-])", re.ASCII)


def decode(text: str) -> dict[str, Any]:
    """Turn form text into nested dicts and lists; every leaf stays text.

    Raises:
        StripeError: 400 for too many fields, too deep a name, or a name used in two ways.
    """
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError as error:
        raise invalid(f"The request holds more than {MAX_FIELDS} fields.") from error
    tree: dict[str, Any] = {}
    for name, value in pairs:
        keys = _KEYS.findall(name)
        if not keys or len(keys) > MAX_DEPTH:
            raise invalid(f"Invalid parameter name: {name[:80]}", name[:80])
        _insert(tree, keys, value, name)
    return {key: _lists(value) for key, value in tree.items()}


def _insert(tree: dict[str, Any], keys: list[str], value: str, name: str) -> None:
    """Place one leaf; an empty key, ``a[]``, appends."""
    for depth, given in enumerate(keys):
        key = given or str(len(tree))
        if depth == len(keys) - 1:
            if isinstance(tree.get(key), dict):
                raise invalid(f"{name} is given both as a value and as a group.", name)
            tree[key] = value
            return
        branch = tree.setdefault(key, {})
        if not isinstance(branch, dict):
            raise invalid(f"{name} is given both as a value and as a group.", name)
        tree = branch


def _lists(value: Any) -> Any:
    """Turn each dict whose keys are exactly 0..n-1 into a list."""
    if not isinstance(value, dict):
        return value
    inner = {key: _lists(item) for key, item in value.items()}
    if inner and set(inner) == {str(index) for index in range(len(inner))}:
        return [inner[str(index)] for index in range(len(inner))]
    return inner


def card_field(value: Any, name: str = "") -> str | None:
    """Name the first field that holds a payment card number, or None.

    Runs of 13 to 19 digits, in groups or not, that pass Luhn and begin like a card. Digits that
    are part of a longer word, such as those in an id, are left alone.
    """
    if isinstance(value, dict):
        branches = [(f"{name}[{key}]" if name else key, item) for key, item in value.items()]
        names_hold_cards = next((key for key in value if _holds_card(str(key))), None)
        if names_hold_cards is not None:
            return name or "a parameter name"
    elif isinstance(value, list):
        branches = [(f"{name}[{index}]", item) for index, item in enumerate(value)]
    else:
        return name if _holds_card(str(value)) else None
    found = (card_field(item, branch) for branch, item in branches)
    return next((field for field in found if field is not None), None)


def _holds_card(text: str) -> bool:
    return any(_luhn(match.group()) for match in _CARD.finditer(text))


def _luhn(text: str) -> bool:
    """Check the Luhn digit.

    Source:
        ISO/IEC 7812-1, annex B.
    """
    digits = [int(character) for character in reversed(text) if character.isdigit()]
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return (sum(digits[0::2]) + sum(doubled)) % 10 == 0
