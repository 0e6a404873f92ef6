"""Optimistic concurrency: a write says which version it means, and a stale one changes nothing.

Source: RFC 9110 (If-Match, 412), RFC 6585 (428).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import orjson
from flask import request
from werkzeug.datastructures import ETags

from shop.kit.problems import Problem

#: How a write says which version it means, for the documentation.
IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "schema": {"type": "string"},
    "description": "`ETag` of what was read, as it came; `*` changes whatever is there.",
}


class PreconditionRequired(Problem):
    """The write does not say which version it means.

    Read it first and send its ``ETag`` back in ``If-Match``.
    """

    status = HTTPStatus.PRECONDITION_REQUIRED


class PreconditionFailed(Problem):
    """It was changed since it was read; nothing was done.

    ``etag`` is its version now: read it again, and decide anew.
    """

    status = HTTPStatus.PRECONDITION_FAILED


def etag_of(document: Any) -> str:
    """Return the version of a document: a hash of all that is shown of it."""
    shown = orjson.dumps(document, default=str, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(shown).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class IfMatch:
    """Which version a write means; None: whatever is there."""

    tags: ETags | None

    @classmethod
    def of(cls, etag: str | None) -> IfMatch:
        """Return what one ``ETag``, as it came, means; None: whatever is there."""
        return cls(ETags([etag.strip('"')]) if etag else None)

    def require(self, document: Any) -> None:
        """Refuse the write unless it means this version.

        Raises:
            PreconditionFailed: It means another.
        """
        if self.tags is None:
            return
        etag = etag_of(document)
        if not self.tags.contains(etag):
            raise PreconditionFailed(etag=f'"{etag}"')


def read_if_match(*, required: bool = True) -> IfMatch:
    """Read which version the current request means.

    Raises:
        PreconditionRequired: It does not say so and must.
    """
    if "If-Match" in request.headers:
        return IfMatch(request.if_match)
    if required:
        raise PreconditionRequired
    return IfMatch(None)
