"""The owner's door itself: its blueprint, and who stands in it."""

from __future__ import annotations

from flask import g

from shop.admin import keys
from shop.admin.errors import KeyRequired, ScopeMissing
from shop.kit import idempotency
from shop.kit.api import Blueprint
from shop.kit.problems import InvalidRequest

admin = Blueprint(
    "admin", __name__, url_prefix="/v1/admin", description="The owner's door; needs an admin key."
)

#: What any request here may be refused for.
SHUT = (KeyRequired, ScopeMissing)

#: What any write may be refused for.
KEYED = (
    *SHUT,
    InvalidRequest,
    idempotency.IdempotencyKeyMissing,
    idempotency.IdempotencyKeyReused,
    idempotency.RequestInProgress,
)


def bearer() -> keys.Bearer:
    """Return who holds the key of the request; it was checked before the request was read."""
    found: keys.Bearer = g.bearer
    return found
