"""What the OpenAPI document says of every operation beside what its view declares.

flask-smorest puts ``doc(parameters=...)`` in the place of the parameters that it found itself, so a
header documented that way hides a whole query string. Here headers are added to what is there; and
what any route may answer stands in one place instead of under each. A parameter of a query is absent or
text, never null, whatever its field falls back to.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from apispec import BasePlugin

from shop.kit import problems
from shop.kit.problems import Busy, InvalidRequest, Problem
from shop.kit.rate_limits import LockedOut, TooManyRequests

P = ParamSpec("P")
R = TypeVar("R")

#: Of any route: a parameter that it does not know, a caller in a hurry, a shop that cannot now.
OF_EVERY_ROUTE: tuple[type[Problem], ...] = (InvalidRequest, TooManyRequests, LockedOut, Busy)

#: How a caller says what it has.
IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "schema": {"type": "string"},
    "description": "`ETag` of the answer before, as it came; 304 where it would be the same again.",
}

#: How a list names its next page.
LINK = {
    "description": 'The next page: `</v1/...?cursor=...>; rel="next"`, without a host. Absent on the last.',
    "schema": {"type": "string"},
}

_RETRY_AFTER = {"description": "Seconds to wait before asking again.", "schema": {"type": "integer"}}


def add_header(view: Callable[P, R], header: dict[str, Any]) -> Callable[P, R]:
    """Document a header that a view reads, beside its other parameters."""
    view.__dict__["_apidoc"].setdefault("headers", []).append(header)
    return view


def idempotency_key(*, required: bool) -> dict[str, Any]:
    """Return the parameter of a request that happens once."""
    return {
        "name": "Idempotency-Key",
        "in": "header",
        "required": required,
        "schema": {"type": "string", "minLength": 1, "maxLength": 255},
        "description": "A random value of your own, e.g. a UUID; at least 16 characters where the "
        "request carries no token. The same request with the same key happens once and is "
        "answered alike; the repeat carries `Idempotent-Replayed: true`.",
    }


def summaries(kinds: list[type[Problem]]) -> str:
    """Return what a status means: the code and the first line of each problem with it."""
    return "; ".join(f"`{kind.code()}`: {kind.summary()}" for kind in kinds)


def document_headers(doc: dict[str, Any], found: dict[str, Any], **_context: Any) -> dict[str, Any]:
    """Add the headers of an operation to its parameters."""
    if headers := found.get("headers"):
        doc["parameters"] = [*doc.get("parameters", []), *headers]
    return doc


def document_refusals(schema: Any) -> Callable[..., dict[str, Any]]:
    """Return what adds the refusals of every route to an operation.

    Args:
        schema: That problems are sent in.
    """
    by_status: dict[int, list[type[Problem]]] = {}
    for kind in OF_EVERY_ROUTE:
        by_status.setdefault(int(kind.status), []).append(kind)

    def document(doc: dict[str, Any], _found: dict[str, Any], **_context: Any) -> dict[str, Any]:
        answers = doc.setdefault("responses", {})
        for status, kinds in by_status.items():
            known = next((answers[key] for key in answers if str(key) == str(status)), None)
            if known is None:
                answer: dict[str, Any] = {
                    "description": summaries(kinds),
                    "content": {problems.CONTENT_TYPE: {"schema": schema}},
                }
                if status in (429, 503):
                    answer["headers"] = {"Retry-After": _RETRY_AFTER}
                answers[status] = answer
            elif isinstance(known, dict):
                unsaid = [kind for kind in kinds if f"`{kind.code()}`" not in known.get("description", "")]
                if unsaid:
                    known["description"] = f"{known['description']}; {summaries(unsaid)}"
        return doc

    return document


class QueriesWithoutNull(BasePlugin):
    """Takes null out of the parameters of queries, which cannot hold it."""

    def operation_helper(
        self, path: str | None = None, operations: dict[Any, Any] | None = None, **_kwargs: Any
    ) -> None:
        """Change the operations of a path, whose parameters marshmallow's plugin has resolved."""
        for operation in (operations or {}).values():
            for parameter in operation.get("parameters", []):
                if isinstance(parameter, dict) and parameter.get("in") == "query":
                    _without_null(parameter["schema"])


def _without_null(schema: dict[str, Any]) -> None:
    choices = schema.pop("anyOf", ())
    for choice in choices:
        if choice != {"type": "null"}:
            schema.update(choice)
    kinds = schema.get("type")
    if isinstance(kinds, list) and "null" in kinds:
        rest = [kind for kind in kinds if kind != "null"]
        schema["type"] = rest[0] if len(rest) == 1 else rest
    if schema.get("default", "") is None:
        del schema["default"]


def choice_or_null(_converter: Any, _field: Any, ret: dict[str, Any], **_context: Any) -> dict[str, Any]:
    """Document a choice that may be null as one of two things, which every generator understands.

    An enumeration with null in it becomes three types where clients are generated.
    """
    values = ret.get("enum", ())
    if None in values:
        kind = next((each for each in ret["type"] if each != "null"), "string")
        del ret["type"], ret["enum"]
        choice: dict[str, Any] = {"type": kind, "enum": [value for value in values if value is not None]}
        choice.update((name, ret.pop(name)) for name in ("minLength", "maxLength") if name in ret)
        ret["anyOf"] = [choice, {"type": "null"}]
    return {}
