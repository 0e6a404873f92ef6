"""``expand[]``: an id in an answer becomes the object that it names."""

from __future__ import annotations

import copy
from typing import Any

from .checkout_amounts import shown_lines
from .errors import StripeError, invalid
from .state import State

_MAX_DEPTH = 4
#: Fields that may be expanded although their value is not the plain id of a stored object.
_ADDED = {"checkout.session": {"line_items"}}


def expand(state: State, body: dict[str, Any], paths: list[str]) -> dict[str, Any]:
    """Replace ids by objects, each path such as ``payment_intent.latest_charge``.

    Raises:
        StripeError: 400 for a path that is too deep or names nothing that can be expanded.
    """
    shown = copy.deepcopy(body)
    for path in paths:
        names = path.split(".")
        if len(names) > _MAX_DEPTH:
            raise invalid(f"You cannot expand more than {_MAX_DEPTH} levels: {path}", "expand")
        _expand(state, shown, names, path)
    return shown


def _expand(state: State, body: dict[str, Any], names: list[str], path: str) -> None:
    name, rest = names[0], names[1:]
    if name == "data" and body.get("object") == "list":
        for item in body["data"]:
            _expand(state, item, rest, path)
        return
    if name in _ADDED.get(str(body.get("object")), set()):
        body[name] = shown_lines(state.require("checkout.session", body["id"]))
        return
    if name not in body:
        raise _cannot(path)
    value = body[name]
    if isinstance(value, str):
        record = state.store.get(value)
        if record is None or name in {"id", "client_secret"}:
            raise _cannot(path)
        body[name] = value = copy.deepcopy(record.body)
    if rest and isinstance(value, dict):
        _expand(state, value, rest, path)
    elif value is not None and not isinstance(value, dict):
        raise _cannot(path)


def _cannot(path: str) -> StripeError:
    return invalid(f"This property cannot be expanded ({path}).", "expand")
