"""How a view says that its answer may be kept, whether it answers data or a page."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from flask import Response, after_this_request, request

from shop.kit.hot import layer
from shop.kit.hot.standing import Mark, Standing, mark_of

P = ParamSpec("P")
R = TypeVar("R")


def kept(
    view: Callable[P, R],
    *,
    while_unmoved: Callable[[], int] | None = None,
    while_stands: Callable[[], Standing] | None = None,
) -> Callable[P, R]:
    """Return a view whose answer is the same for everybody and may be kept.

    For a second, and for as long as what it stands on has not moved. The whole answer is held in
    memory: a stream must not be marked. A request with ``Authorization`` is never answered from
    what is kept, and its answer is not kept.

    Args:
        view: Answers the request.
        while_unmoved: Reads a revision, where the answer depends on nothing else: no price, no
            stock, nothing that begins or ends at a time.
        while_stands: Finds what else it stands on. Where the view shows only parts of that, it
            says so with :func:`~shop.kit.hot.standing.rests_on`.
    """

    @functools.wraps(view)
    def marked(*args: P.args, **kwargs: P.kwargs) -> R:
        environ = request.environ
        if "Authorization" in request.headers:
            after_this_request(never_cached)
            return view(*args, **kwargs)
        # Looked at first: what moves meanwhile makes the answer too young, never too old.
        if while_unmoved is not None:
            revision = while_unmoved()
            after_this_request(_of_revision(revision))
            answer = view(*args, **kwargs)
            environ[layer.MARK] = Mark(while_unmoved, lambda seen: seen == revision)
        elif while_stands is not None and environ.get(layer.KEEPS):
            standing = while_stands()
            since = standing.seen()
            answer = view(*args, **kwargs)
            environ[layer.MARK] = mark_of(standing, since)
        else:
            answer = view(*args, **kwargs)
            environ[layer.MARK] = Mark()
        return answer

    setattr(marked, layer.IS_CACHEABLE, True)
    return marked


def never_cached(response: Response) -> Response:
    """Have an answer kept by nobody."""
    response.headers["Cache-Control"] = "no-store"
    return response


def _of_revision(revision: int) -> Callable[[Response], Response]:
    def tell(response: Response) -> Response:
        response.headers["Catalogue-Revision"] = str(revision)
        return response

    return tell
