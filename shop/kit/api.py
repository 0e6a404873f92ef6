"""The API layer: flask-smorest made typed, strict and problem+json.

What differs from flask-smorest as it comes: decorators keep the view's type; requests are
read as :mod:`shop.kit.arguments` says; errors are documented as problems; a list names its next
page; a view says whether its answer may be kept.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar
from urllib.parse import urlencode

import flask_smorest
import orjson
from flask import Response, after_this_request, request
from marshmallow import INCLUDE, Schema, fields

from shop.kit import problems
from shop.kit.arguments import Parser, without_query
from shop.kit.documented import (
    IF_NONE_MATCH,
    LINK,
    add_header,
    document_headers,
    document_refusals,
    idempotency_key,
    summaries,
)
from shop.kit.hot.standing import Standing
from shop.kit.hot.views import kept, never_cached
from shop.kit.pages import PageView
from shop.kit.problems import (
    BodyTooLarge,
    MalformedBody,
    Problem,
    UnsupportedMediaType,
)

P = ParamSpec("P")
R = TypeVar("R")


class Blueprint(flask_smorest.Blueprint):
    """flask-smorest's blueprint with decorators that keep the view's type."""

    ARGUMENTS_PARSER = Parser()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._prepare_doc_cbks += [document_headers, document_refusals(ProblemView)]

    def route(self, rule: str, **options: Any) -> Callable[[Callable[P, R]], Callable[P, R]]:
        """Answer an address with the view, whose name is its operation id."""
        attach = super().route(rule, **options)

        def decorate(view: Callable[P, R]) -> Callable[P, R]:
            attach(without_query(self.doc(operationId=view.__name__)(view)))
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
        """Dump what the view returns, unless it is a response already; a page names the next one."""
        if not (isinstance(schema, type) and issubclass(schema, PageView)):
            return super().response(status_code, schema, **kwargs)  # type: ignore[no-any-return]
        dump = super().response(status_code, schema, headers={"Link": LINK}, **kwargs)

        def decorate(view: Callable[P, R]) -> Callable[P, R]:
            return dump(_linking(view))  # type: ignore[no-any-return]

        return decorate

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
                view = self.alt_response(
                    status,
                    schema=ProblemView,
                    content_type=problems.CONTENT_TYPE,
                    description=summaries(same),
                )(view)
            return view

        return decorate

    def private(self, view: Callable[P, R]) -> Callable[P, R]:
        """Mark a view that needs the token of what it shows, and is never cached."""
        view = self.doc(security=[{"token": []}])(view)

        @functools.wraps(view)
        def uncached(*args: P.args, **kwargs: P.kwargs) -> R:
            after_this_request(never_cached)
            return view(*args, **kwargs)

        return uncached

    def cacheable(
        self,
        *,
        while_unmoved: Callable[[], int] | None = None,
        while_stands: Callable[[], Standing] | None = None,
    ) -> Callable[[Callable[P, R]], Callable[P, R]]:
        """Mark a view whose answer is the same for everybody and may be kept.

        See :func:`shop.kit.hot.views.kept`, whose arguments these are.
        """

        def decorate(view: Callable[P, R]) -> Callable[P, R]:
            view = add_header(self.doc()(view), IF_NONE_MATCH)
            view = self.alt_response(304, description="What the caller has is what would be sent.")(view)
            return kept(view, while_unmoved=while_unmoved, while_stands=while_stands)

        return decorate

    def takes_idempotency_key(self, *, required: bool) -> Callable[[Callable[P, R]], Callable[P, R]]:
        """Document the Idempotency-Key header of a view."""
        parameter = idempotency_key(required=required)
        return lambda view: add_header(self.doc()(view), parameter)


def _linking(view: Callable[P, R]) -> Callable[P, R]:
    """Name the page after the one that a view returns in a ``Link`` header.

    Its address has no host: behind a proxy the shop does not know what it is called, and answers
    are kept for callers who came by another name.

    Source: RFC 8288.
    """

    @functools.wraps(view)
    def linked(*args: P.args, **kwargs: P.kwargs) -> R:
        page: Any = view(*args, **kwargs)
        cursor = page["next"] if isinstance(page, dict) else page.next
        if cursor is not None:
            asked = [(name, value) for name, value in request.args.items(multi=True) if name != "cursor"]
            address = f"{request.script_root}{request.path}?{urlencode([*asked, ('cursor', cursor)])}"
            link = f'<{address}>; rel="next"'
            after_this_request(lambda response: _with_link(response, link))
        return page  # type: ignore[no-any-return]

    return linked


def _with_link(response: Response, link: str) -> Response:
    response.headers["Link"] = link
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
