"""What routes of entries have in common: documents in and out, versions, and work done once."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import orjson
from flask import Response, request
from sqlalchemy.orm import Session

from shop.admin.routes.door import admin
from shop.kit import idempotency, repeats
from shop.kit.documented import add_header
from shop.kit.preconditions import IF_MATCH, etag_of
from shop.kit.problems import BodyTooLarge, InvalidRequest, MalformedBody, UnsupportedMediaType
from shop.kit.stored_answers import Answer
from shop.kit.strict_json import read_json

P = ParamSpec("P")
R = TypeVar("R")
A = TypeVar("A", bound=Answer)

#: A product with many variants and prices is larger than what shoppers may send. Bytes.
ENTRY_BYTES = 1024 * 1024

#: A merge patch: any keys of the entry; null takes one away.
PATCH = {"type": "object", "description": "RFC 7396: keys to change; null takes one away."}


def takes_body(most: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a view be sent more than shoppers may send. It stands above whatever reads the body."""

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(view)
        def larger(*args: P.args, **kwargs: P.kwargs) -> R:
            request.max_content_length = most
            return view(*args, **kwargs)

        return larger

    return decorate


def takes_entry(schema: Any, *, versioned: bool = False) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a view be sent an entry, which it reads with :func:`read_entry`; say what it holds.

    Args:
        schema: The seed's own; it is checked with all that it refers to, so that every fault is told.
        versioned: Whether the request says which version it means.
    """

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        view = takes_body(ENTRY_BYTES)(view)
        if schema is not None:
            content = {"application/json": {"schema": schema}}
            view = admin.doc(requestBody={"required": True, "content": content})(view)
            view = admin.refuses(MalformedBody, UnsupportedMediaType, BodyTooLarge)(view)
        if versioned:
            view = add_header(admin.doc()(view), IF_MATCH)
        return admin.takes_idempotency_key(required=True)(view)

    return decorate


def read_entry() -> dict[str, Any]:
    """Read the body of the request: one JSON object.

    Raises:
        UnsupportedMediaType: It is not said to be JSON.
        MalformedBody: It is no JSON.
        InvalidRequest: It is something else than an object.
    """
    if not request.is_json:
        raise UnsupportedMediaType
    body = read_json(request.get_data(cache=True))
    if not isinstance(body, dict):
        raise InvalidRequest(errors=[{"pointer": "", "detail": "Must be an object."}])
    return body


def shown(entry: Any) -> Response:
    """Answer with an entry and its version."""
    return _versioned(Response(orjson.dumps(entry), 200, mimetype="application/json"))


def written(scope: str, work: Callable[[Session], tuple[Any, str | None]], *, status: int = 200) -> Answer:
    """Do a write once for its key, and answer with what is there now.

    Args:
        scope: Names the operation.
        work: Joins the transaction; returns the document, and its address where it is new.
        status: Of the answer.
    """

    def run(session: Session, _claim: idempotency.Claim) -> Response:
        document, address = work(session)
        response = Response(orjson.dumps(document), status, mimetype="application/json")
        response.headers["Cache-Control"] = "no-store"
        if address:
            response.headers["Location"] = f"/v1/admin/{address}"
        return response

    return _versioned(repeats.once(idempotency.read_attempt(scope, required=True), run))


def _versioned(response: A) -> A:
    response.headers["ETag"] = f'"{etag_of(orjson.loads(response.get_data()))}"'
    return response
