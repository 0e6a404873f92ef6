"""Reading of parameters that several resources share: metadata, filters by time, cursors."""

from __future__ import annotations

from typing import Any

from .errors import invalid
from .state import State

DEFAULT_LIMIT = 10
MAX_LIMIT = 100
_COMPARISONS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


def merge_metadata(current: dict[str, str], given: Any) -> dict[str, str]:
    """Apply a metadata parameter: keys are added, an empty value removes its key, empty text all."""
    if given is None:
        return current
    if given == "":
        return {}
    merged = {**current, **given}
    return {key: value for key, value in merged.items() if value != ""}


def unset_or(value: Any) -> Any:
    """Read a parameter whose empty text means "clear this"."""
    return None if value == "" else value


def require_url(params: dict[str, Any], name: str) -> str:
    """Read a parameter that must be an absolute web address.

    Raises:
        StripeError: 400 with ``parameter_missing`` or ``url_invalid``.
    """
    url = str(params.get(name) or "")
    if not url:
        raise invalid(f"Missing required param: {name}.", name, "parameter_missing")
    if not url.startswith(("http://", "https://")) or len(url.split("//", 1)[1]) < 1 or " " in url:
        raise invalid(f"Not a valid URL: {url[:100]}", name, "url_invalid")
    return url


def list_objects(
    state: State,
    kind: str,
    url: str,
    params: dict[str, Any],
    *,
    equal: dict[str, str | None] | None = None,
    condition: str = "1",
    values: tuple[object, ...] = (),
) -> dict[str, Any]:
    """Answer one page of objects, newest first, as Stripe's lists are.

    Args:
        state: Where the objects are.
        kind: Their type.
        url: The list's own address, which Stripe repeats in the answer.
        params: ``limit``, ``starting_after``, ``ending_before``, ``created``.
        equal: Fields of the object that must have a value; None leaves a field out.
        condition: A further SQL condition on ``objects``, written by the caller, with ``values``.
        values: What the condition's question marks stand for.

    Raises:
        StripeError: 400 for a limit outside 1..100, an unknown cursor, or two cursors.
    """
    limit = params.get("limit", DEFAULT_LIMIT)
    if not 1 <= limit <= MAX_LIMIT:
        raise invalid(f"limit must be between 1 and {MAX_LIMIT}.", "limit", "parameter_invalid_integer")
    if "starting_after" in params and "ending_before" in params:
        raise invalid("Give starting_after or ending_before, not both.", "ending_before")
    where, bound = ["kind = ?", f"({condition})"], [kind, *values]
    for name, wanted in (equal or {}).items():
        if wanted is not None:
            where.append("json_extract(body, ?) = ?")
            bound += [f"$.{name}", wanted]
    created = params.get("created", {})
    for name, bound_seconds in (
        {"gte": created, "lte": created} if isinstance(created, int) else created
    ).items():
        where.append(f"created {_COMPARISONS[name]} ?")
        bound.append(bound_seconds)
    backwards = "ending_before" in params
    for name, comparison in (("starting_after", "<"), ("ending_before", ">")):
        if name in params:
            where.append(f"seq {comparison} ?")
            bound.append(_place(state, kind, params[name], name))
    # Only our own text is put into the statement; every value is bound.
    statement = (
        f"SELECT body, private, due_at FROM objects WHERE {' AND '.join(where)}"  # noqa: S608
        f" ORDER BY seq {'ASC' if backwards else 'DESC'} LIMIT ?"
    )
    found = state.store.records(state.store.run(statement, *bound, limit + 1))
    page = found[:limit][::-1] if backwards else found[:limit]
    data = [record.body for record in page]
    return {"object": "list", "url": url, "has_more": len(found) > limit, "data": data}


def _place(state: State, kind: str, cursor: str, param: str) -> int:
    rows = state.store.run("SELECT seq FROM objects WHERE kind = ? AND id = ?", kind, cursor)
    if not rows:
        raise invalid(f"No such {kind}: '{cursor}'", param, "resource_missing")
    return int(rows[0][0])
