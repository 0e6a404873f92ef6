"""The event log over the API: read one, list by type, time and delivery."""

from __future__ import annotations

from typing import Any

from .clock import DAY
from .errors import invalid, missing
from .parameters import list_objects
from .state import State

KEPT_SECONDS = 30 * DAY
_MAX_TYPES = 20
_DELIVERED = "SELECT event_id FROM deliveries GROUP BY event_id HAVING SUM(state = 'delivered') > 0"
_ANNOUNCED = "SELECT event_id FROM deliveries"


def retrieve(state: State, _params: dict[str, Any], object_id: str) -> dict[str, Any]:
    """Read an event of the last 30 days."""
    event = state.require("event", object_id)
    if event.body["created"] < state.now() - KEPT_SECONDS:
        raise missing("event", object_id)
    return event.body


def list_(state: State, params: dict[str, Any], _id: str) -> dict[str, Any]:
    """List events of the last 30 days, newest first.

    ``delivery_success=false`` gives those that a webhook endpoint has not taken yet. An event that
    had no endpoint to go to counts as delivered.
    """
    types = params.get("types", [])
    if "type" in params:
        if types:
            raise invalid("Give type or types, not both.", "types")
        types = [params["type"]]
    if len(types) > _MAX_TYPES:
        raise invalid(f"At most {_MAX_TYPES} types.", "types")
    conditions, values = ["created >= ?"], [state.now() - KEPT_SECONDS]
    if types:
        conditions.append("(" + " OR ".join(["json_extract(body, '$.type') GLOB ?"] * len(types)) + ")")
        values += types
    if "delivery_success" in params:
        undelivered = f"(id IN ({_ANNOUNCED}) AND id NOT IN ({_DELIVERED}))"
        conditions.append(f"NOT {undelivered}" if params["delivery_success"] else undelivered)
    return list_objects(
        state, "event", "/v1/events", params, condition=" AND ".join(conditions), values=tuple(values)
    )
