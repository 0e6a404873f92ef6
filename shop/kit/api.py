"""The API layer: flask-smorest made typed, strict and problem+json.

What differs from flask-smorest as it comes: decorators keep the view's type; bodies are
read by a JSON reader that refuses duplicate keys, NaN and deep nesting; all faults of a
request come back at once with JSON pointers; errors are documented as problems.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any, NoReturn, ParamSpec, TypeVar

import flask_smorest
import marshmallow
import orjson
from flask import Flask, Request, Response, after_this_request, request
from marshmallow import INCLUDE, Schema, fields
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import HTTPException

from shop.kit import problems
from shop.kit.fields import faults
from shop.kit.problems import (
    BodyTooLarge,
    InvalidRequest,
    MalformedBody,
    NotFound,
    Problem,
    UnsupportedMediaType,
)
from shop.kit.strict_json import OrjsonProvider, read_json

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


class Blueprint(flask_smorest.Blueprint):
    """flask-smorest's blueprint with decorators that keep the view's type."""

    ARGUMENTS_PARSER = Parser()

    def route(self, rule: str, **options: Any) -> Callable[[Callable[P, R]], Callable[P, R]]:
        """Answer an address with the view, whose name is its operation id."""
        attach = super().route(rule, **options)

        def decorate(view: Callable[P, R]) -> Callable[P, R]:
            attach(_without_query(self.doc(operationId=view.__name__)(view)))
            return view

        return decorate

    def arguments(self, schema: Any, **kwargs: Any) -> Callable[[Callable[P, R]], Callable[..., R]]:
        """Pass checked arguments to the view, the last decorator's first."""
        check = super().arguments(schema, **kwargs)

        def decorate(view: Callable[P, R]) -> Callable[..., R]:
            checked: Callable[..., R] = check(view)
            if kwargs.get("location", "json") == "json":
                checked = self.refuses(MalformedBody, UnsupportedMediaType, BodyTooLarge)(checked)
            return checked

        return decorate

    def response(
        self, status_code: int, schema: Any = None, **kwargs: Any
    ) -> Callable[[Callable[P, R]], Callable[P, R]]:
        """Dump what the view returns, unless it is a response already."""
        return super().response(status_code, schema, **kwargs)  # type: ignore[no-any-return]

    def alt_response(
        self, status_code: int, *args: Any, **kwargs: Any
    ) -> Callable[[Callable[P, R]], Callable[P, R]]:
        """Document another answer."""
        return super().alt_response(status_code, *args, **kwargs)  # type: ignore[no-any-return]

    def doc(self, **kwargs: Any) -> Callable[[Callable[P, R]], Callable[P, R]]:
        """Add to the view's documentation."""
        return flask_smorest.Blueprint.doc(**kwargs)  # type: ignore[no-any-return]

    def refuses(self, *kinds: type[Problem]) -> Callable[[Callable[P, R]], Callable[P, R]]:
        """Document which problems the view may answer with."""
        by_status: dict[int, list[type[Problem]]] = {}
        for kind in kinds:
            by_status.setdefault(int(kind.status), []).append(kind)

        def decorate(view: Callable[P, R]) -> Callable[P, R]:
            for status, same in by_status.items():
                text = "; ".join(f"`{kind.code()}`: {kind.summary()}" for kind in same)
                view = self.alt_response(
                    status, schema=ProblemView, content_type=problems.CONTENT_TYPE, description=text
                )(view)
            return view

        return decorate

    def private(self, view: Callable[P, R]) -> Callable[P, R]:
        """Mark a view that needs the token of what it shows, and is never cached."""
        view = self.doc(security=[{"token": []}])(view)

        @functools.wraps(view)
        def uncached(*args: P.args, **kwargs: P.kwargs) -> R:
            after_this_request(_never_cached)
            return view(*args, **kwargs)

        return uncached

    def takes_idempotency_key(self, *, required: bool) -> Callable[[Callable[P, R]], Callable[P, R]]:
        """Document the Idempotency-Key header of a view."""
        parameter = {
            "name": "Idempotency-Key",
            "in": "header",
            "required": required,
            "schema": {"type": "string", "minLength": 1, "maxLength": 255},
            "description": "A random value of your own, e.g. a UUID; at least 16 characters where the "
            "request carries no token. The same request with the same key happens once and is "
            "answered alike; the repeat carries `Idempotent-Replayed: true`.",
        }
        return self.doc(parameters=[parameter])


def _without_query(view: Callable[P, R]) -> Callable[P, R]:
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


def _refuse_control_characters() -> None:
    """Refuse what no name or id of ours holds, and what one of the databases cannot be asked."""
    if not _NO_CONTROL.fullmatch(request.path):
        raise NotFound
    faults_found = [
        {"parameter": name, "detail": "Must not contain control characters."}
        for name, value in request.args.items(multi=True)
        if not _NO_CONTROL.fullmatch(name + value)
    ]
    if faults_found:
        raise InvalidRequest(errors=faults_found)


def _never_cached(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response


def render(schema: type[Schema], document: Any, status: int, *, location: str | None = None) -> Response:
    """Render a document by hand, where its bytes must be known inside a transaction."""
    response = Response(orjson.dumps(schema().dump(document)), status, mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    if location:
        response.headers["Location"] = location
    return response


class FaultView(Schema):
    """One fault of a request, and where it is."""

    pointer = fields.String(metadata={"description": "JSON pointer into the body."})
    parameter = fields.String(metadata={"description": "Name of a query or path parameter."})
    header = fields.String(metadata={"description": "Name of a header."})
    detail = fields.String(required=True)


class ProblemView(Schema):
    """RFC 9457 problem details; each kind adds its own facts."""

    class Meta:
        """What a kind adds is told by its page."""

        unknown = INCLUDE

    type = fields.String(required=True, metadata={"description": "Address of the page that explains it."})
    code = fields.String(required=True, metadata={"description": "What a program branches on."})
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    instance = fields.String()
    request_id = fields.String(allow_none=True)
    errors = fields.List(fields.Nested(FaultView))


class Api(flask_smorest.Api):
    """flask-smorest's Api with problems as its errors."""

    ERROR_SCHEMA = ProblemView

    def _register_responses(self) -> None:
        """Document default errors as what they are sent as."""
        self.DEFAULT_RESPONSE_CONTENT_TYPE: str = problems.CONTENT_TYPE
        super()._register_responses()
        del self.DEFAULT_RESPONSE_CONTENT_TYPE

    def handle_http_exception(self, error: HTTPException) -> Response:
        """Answer in the one shape of :mod:`shop.kit.problems`."""
        return problems.respond_to_http(error)


def init_api(app: Flask, *, title: str, version: str, description: str) -> Api:
    """Attach the API, its OpenAPI 3.1 document at ``/openapi.json`` and strict JSON."""
    app.json = OrjsonProvider(app)
    app.before_request(_refuse_control_characters)
    app.config |= {
        "API_TITLE": title,
        "API_VERSION": version,
        "OPENAPI_VERSION": "3.1.0",
        "OPENAPI_URL_PREFIX": "/",
        "OPENAPI_JSON_PATH": "openapi.json",
    }
    bearer = {"type": "http", "scheme": "bearer", "description": "The token of a cart or of an order."}
    return Api(
        app,
        spec_kwargs={
            "info": {"description": description},
            "components": {"securitySchemes": {"token": bearer}},
        },
    )
