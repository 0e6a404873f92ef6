"""Refusals: each is a class, answered as RFC 9457 ``application/problem+json``.

A problem's docstring is the page that its ``type`` points to (``GET /problems/{slug}``):
the first line is the default ``detail``, the rest tells the caller what to do.
"""

from __future__ import annotations

import inspect
import logging
import re
from http import HTTPStatus
from typing import Any, ClassVar

import orjson
from flask import Flask, Response, g, request
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException

from shop.kit.failures import DatabaseUnavailableError, is_outage

logger = logging.getLogger("shop")

CONTENT_TYPE = "application/problem+json"


class Problem(Exception):  # noqa: N818 - it is named for what is refused
    """The request was refused.

    ``code`` names the reason and never changes; ``detail`` is for people; any other
    member is a fact to act on.
    """

    status: ClassVar[HTTPStatus] = HTTPStatus.BAD_REQUEST
    #: Whether a wrong token or key is answered so; :mod:`shop.kit.rate_limits` counts those.
    of_credential: ClassVar[bool] = False

    def __init__(self, detail: str | None = None, **facts: Any) -> None:
        self.detail = detail or self.summary()
        self.facts = facts
        super().__init__(self.detail)

    @classmethod
    def slug(cls) -> str:
        """Return the name in the problem's address, e.g. ``out-of-stock``."""
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", cls.__name__).lower()

    @classmethod
    def code(cls) -> str:
        """Return the name a program branches on, e.g. ``out_of_stock``."""
        return cls.slug().replace("-", "_")

    @classmethod
    def title(cls) -> str:
        """Return the short name for people, e.g. ``Out of stock``."""
        return cls.slug().replace("-", " ").capitalize()

    @classmethod
    def summary(cls) -> str:
        """Return the first line of the docstring, code in it marked as Markdown does."""
        return (inspect.getdoc(cls) or "").splitlines()[0].replace("``", "`")

    @classmethod
    def every(cls) -> dict[str, type[Problem]]:
        """Return each kind of problem the program knows, by slug."""
        found = {cls.slug(): cls}
        for kind in cls.__subclasses__():
            found |= kind.every()
        return dict(sorted(found.items()))


class InvalidRequest(Problem):
    """Something in the request is not of the form it must have.

    ``errors`` lists every fault at once: ``pointer`` (a JSON pointer into the body),
    ``parameter`` (of the query or the path) or ``header`` says where, ``detail`` what.
    Nothing was changed.
    """

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class MalformedBody(Problem):
    """The body is not a JSON document this shop can read.

    It must be UTF-8 JSON without duplicate keys, NaN or Infinity, at most 32 levels deep.
    """

    status = HTTPStatus.BAD_REQUEST


class NotFound(Problem):
    """Nothing is here, or nothing that you may see.

    An unknown id, a missing token and a wrong token are answered alike, so that an
    answer tells a stranger nothing.
    """

    status = HTTPStatus.NOT_FOUND


class BadRequest(Problem):
    """The request could not be understood."""

    status = HTTPStatus.BAD_REQUEST


class MethodNotAllowed(Problem):
    """This address does not answer to that method; ``Allow`` lists those it answers to."""

    status = HTTPStatus.METHOD_NOT_ALLOWED


class BodyTooLarge(Problem):
    """The body is larger than this address accepts."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class UnsupportedMediaType(Problem):
    """The body must be sent as ``application/json``."""

    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE


class Busy(Problem):
    """The shop could not take the request right now; nothing was changed.

    Send the same request again after ``Retry-After`` seconds. A request that carried an
    ``Idempotency-Key`` is safe to repeat with the same key.
    """

    status = HTTPStatus.SERVICE_UNAVAILABLE

    def __init__(self, detail: str | None = None, *, retry_after: int = 1, **facts: Any) -> None:
        super().__init__(detail, retry_after=retry_after, **facts)


class InternalError(Problem):
    """The shop made a mistake.

    It is logged under ``request_id``; quote it to the operator. Money and stock only
    move whole, so nothing was half done.
    """

    status = HTTPStatus.INTERNAL_SERVER_ERROR


#: What the framework refuses by itself, as our own kinds.
_BY_STATUS: dict[int, type[Problem]] = {
    400: BadRequest,
    404: NotFound,
    405: MethodNotAllowed,
    413: BodyTooLarge,
    415: UnsupportedMediaType,
    422: InvalidRequest,
    503: Busy,
}


def document_of(problem: Problem, *, status: int | None = None) -> dict[str, Any]:
    """Return a problem as it is told of one of several things that a request asks for."""
    return {
        "type": f"/problems/{problem.slug()}",
        "code": problem.code(),
        "title": problem.title(),
        "status": status or int(problem.status),
        "detail": problem.detail,
        **problem.facts,
    }


def respond(problem: Problem, *, status: int | None = None) -> Response:
    """Render a problem as its response, with its own status unless another is given."""
    status = status or int(problem.status)
    g.refused_credential = problem.of_credential
    told = {"instance": request.path, "request_id": g.get("request_id")}
    body = {**told, **document_of(problem, status=status)}
    response = Response(orjson.dumps(body), status, content_type=CONTENT_TYPE)
    response.headers["Cache-Control"] = "no-store"
    if "retry_after" in problem.facts:
        response.headers["Retry-After"] = str(problem.facts["retry_after"])
    return response


def respond_to_http(error: HTTPException) -> Response:
    """Render what werkzeug or Flask refused as one of our problems."""
    if error.response is not None:  # a redirect, not a refusal
        return error.get_response()  # type: ignore[return-value]
    kind = _BY_STATUS.get(error.code or 500)
    if kind is None:
        kind = InternalError if (error.code or 500) >= 500 else BadRequest
    response = respond(kind(), status=error.code if kind is BadRequest else None)
    if error.code == 405:
        response.headers["Allow"] = ", ".join(sorted(getattr(error, "valid_methods", None) or ()))
    return response


def _respond_to_mistake(error: Exception) -> Response:
    logger.exception("request %s failed", g.get("request_id"), exc_info=error)
    return respond(InternalError())


def _respond_to_database(error: Exception) -> Response:
    """Tell an outage of the database, which passes, from a mistake of ours, which does not."""
    if not is_outage(error):
        return _respond_to_mistake(error)
    logger.warning("request %s: the database is not available: %s", g.get("request_id"), error)
    return respond(Busy())


def init_problems(app: Flask) -> None:
    """Answer every failure of the application in one shape."""
    app.register_error_handler(Problem, respond)
    app.register_error_handler(HTTPException, respond_to_http)
    for kind in (DBAPIError, PoolTimeoutError, DatabaseUnavailableError):
        app.register_error_handler(kind, _respond_to_database)
    app.register_error_handler(Exception, _respond_to_mistake)
