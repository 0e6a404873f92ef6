"""What a request asks with: strictly read, and all its faults told at once.

Bodies are read by a JSON reader that refuses duplicate keys, NaN and deep nesting; what a view
does not know is refused; faults come back with JSON pointers.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any, NoReturn, ParamSpec, TypeVar

import marshmallow
from flask import Request, request
from marshmallow import Schema
from webargs.flaskparser import FlaskParser

from shop.kit.fields import faults
from shop.kit.problems import InvalidRequest, NotFound, UnsupportedMediaType
from shop.kit.strict_json import read_json

P = ParamSpec("P")
R = TypeVar("R")

_NO_CONTROL = re.compile(r"[^\x00-\x1f\x7f]*")


class Parser(FlaskParser):
    """Reads and checks arguments; refuses unknown ones; reports every fault at once."""

    DEFAULT_UNKNOWN_BY_LOCATION = {
        **FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION,
        "json": marshmallow.RAISE,
        "query": marshmallow.RAISE,
    }

    def load_json(self, req: Request, schema: Schema) -> Any:
        """Read the body, which must be a JSON document."""
        if not req.is_json:
            raise UnsupportedMediaType
        return read_json(req.get_data(cache=True))

    def handle_error(
        self,
        error: marshmallow.ValidationError,
        req: Request,
        schema: Schema,
        *,
        error_status_code: int | None,
        error_headers: Any,
    ) -> NoReturn:
        """Turn marshmallow's messages into one located refusal."""
        located: list[dict[str, str]] = []
        messages: Any = error.messages
        for location, inner in messages.items():
            located += faults(inner, location)
        raise InvalidRequest(errors=located)


def without_query(view: Callable[P, R]) -> Callable[P, R]:
    """Refuse query parameters where a view takes none: a misspelt one must not pass unseen."""
    asked = getattr(view, "_apidoc", {}).get("arguments", {}).get("parameters", [])
    if any(parameter.get("in") == "query" for parameter in asked):
        return view

    @functools.wraps(view)
    def strict(*args: P.args, **kwargs: P.kwargs) -> R:
        if request.args:
            unknown = [{"parameter": name, "detail": "Unknown field."} for name in request.args]
            raise InvalidRequest(errors=unknown)
        return view(*args, **kwargs)

    return strict


def refuse_control_characters() -> None:
    """Refuse what no name or id of ours holds, and what one of the databases cannot be asked."""
    if not _NO_CONTROL.fullmatch(request.path):
        raise NotFound
    faults_found = [
        {"parameter": name, "detail": "Must not contain control characters."}
        for name, value in request.args.items(multi=True)
        if not _NO_CONTROL.fullmatch(name + value)
    ]
    # A form of a page may hold lines; what it must not hold is what PostgreSQL cannot be asked.
    if request.mimetype == "application/x-www-form-urlencoded":
        faults_found += [
            {"parameter": name, "detail": "Must not contain control characters."}
            for name, value in request.form.items(multi=True)
            if "\x00" in name + value
        ]
    if faults_found:
        raise InvalidRequest(errors=faults_found)
