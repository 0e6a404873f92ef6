"""Charges: read only, since PaymentIntents make them."""

from __future__ import annotations

from typing import Any

from .state import State


def retrieve(state: State, _params: dict[str, Any], object_id: str) -> dict[str, Any]:
    """Read a charge."""
    return state.require("charge", object_id).body
