"""What the audit log never holds: secrets, and what tells who a shopper is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

REDACTED = "[redacted]"

#: Fields whose value is left out, whatever it is.
PRIVATE = frozenset({
    "email", "recipient", "phone", "address", "shipping_address", "billing_address", "line1", "line2",
    "postal_code", "authorization", "key", "password", "password_hash", "secret", "token",
})  # fmt: skip
_PRIVATE_ENDINGS = ("_email", "_password", "_password_hash", "_secret", "_token", "_token_hash")

#: What is left out of any text: addresses of people, keys as they begin, and hashes of passwords.
_IN_TEXT = re.compile(
    r"[^\s@<>,;:\"']+@[^\s@<>,;:\"']+\.[^\s@<>,;:\"']+"
    r"|\badm_[\w-]{8,}"
    r"|\bscrypt:\S+"
    r"|\b[srp]k_(?:live|test)_\w+"
    r"|\bwhsec_\w+"
    r"|\bBearer\s+\S+",
    re.IGNORECASE,
)


def redacted(value: Any) -> Any:
    """Return a document without what the log must not hold; its form stays."""
    if isinstance(value, Mapping):
        return {
            name: REDACTED if _is_private(name) and inner is not None else redacted(inner)
            for name, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [redacted(inner) for inner in value]
    if isinstance(value, str):
        return _IN_TEXT.sub(REDACTED, value)
    return value


def _is_private(name: str) -> bool:
    return name.lower() in PRIVATE or name.lower().endswith(_PRIVATE_ENDINGS)
