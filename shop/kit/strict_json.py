"""JSON: read strictly from outside, written fast."""

from __future__ import annotations

import json
from typing import Any, NoReturn

import orjson
from flask import Response
from flask.json.provider import JSONProvider

from shop.kit.problems import MalformedBody

MAX_DEPTH = 32


def read_json(raw: bytes | str) -> Any:
    """Read a JSON document from outside.

    Raises:
        MalformedBody: Not UTF-8, not JSON, a key twice, NaN or Infinity, or too deep.
    """
    try:
        text = raw.decode("utf-8") if isinstance(raw, bytes) else raw
        document = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except MalformedBody:
        raise
    except RecursionError:
        raise MalformedBody(f"The document is more than {MAX_DEPTH} levels deep.") from None
    except ValueError as error:
        raise MalformedBody(f"The body is not JSON: {error}.") from None
    _check_depth(document)
    return document


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise MalformedBody(f"The key {twice!r} stands twice in one object.")
    return document


def _no_constant(name: str) -> NoReturn:
    raise MalformedBody(f"{name} is not a JSON number.")


def _check_depth(document: Any) -> None:
    level = [document]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for item in level
            if isinstance(item, dict | list)
            for child in (item.values() if isinstance(item, dict) else item)
        ]
        if not level:
            return
    raise MalformedBody(f"The document is more than {MAX_DEPTH} levels deep.")


class OrjsonProvider(JSONProvider):
    """Flask's JSON: written by orjson, an order of magnitude faster; read strictly."""

    def dumps(self, obj: Any, **_kwargs: Any) -> str:
        """Write an object as compact JSON text."""
        return orjson.dumps(obj).decode()

    def loads(self, s: str | bytes, **_kwargs: Any) -> Any:
        """Read JSON from outside, strictly."""
        return read_json(s)

    def response(self, *args: Any, **kwargs: Any) -> Response:
        """Answer with a JSON body."""
        return Response(orjson.dumps(self._prepare_response_obj(args, kwargs)), mimetype="application/json")
