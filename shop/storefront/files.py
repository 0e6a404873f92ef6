"""Styles under an address of their content, so that browsers may keep them for good.

They are few and small, and stand in memory from the start. An address of an earlier release leads to
today's file: a page that a cache holds for some seconds keeps its looks.
"""

from __future__ import annotations

import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from flask import Blueprint, Response, redirect, url_for
from werkzeug.wrappers import Response as AnyResponse

from shop.kit import access
from shop.kit.hot.views import kept
from shop.kit.problems import NotFound

FOLDER = Path(__file__).parent / "static"
IMMUTABLE = "public, max-age=31536000, immutable"

files = Blueprint("files", __name__)


@dataclass(frozen=True, slots=True)
class File:
    """A file as it is served."""

    body: bytes
    digest: str
    media_type: str


@cache
def _all() -> dict[str, File]:
    return {path.name: _read(path) for path in sorted(FOLDER.iterdir())}


def _read(path: Path) -> File:
    body = path.read_bytes()
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return File(body, hashlib.sha256(body).hexdigest()[:16], media_type)


def digest_of(name: str) -> str:
    """Return what stands for the content of a file of ``static/`` in its address."""
    return _all()[name].digest


def static_url(name: str) -> str:
    """Return the address of a file of ``static/``."""
    return url_for("files.get_file", digest=digest_of(name), name=name)


def _get_file(digest: str, name: str) -> AnyResponse:
    found = _all().get(name)
    if found is None:
        raise NotFound
    if digest != digest_of(name):
        answer = redirect(static_url(name))
        answer.headers["Cache-Control"] = "no-store"
        return answer
    return Response(found.body, content_type=_content_type(found), headers={"Cache-Control": IMMUTABLE})


def _content_type(file: File) -> str:
    is_text = file.media_type.startswith("text/") or file.media_type.endswith(("javascript", "svg+xml"))
    return f"{file.media_type}; charset=utf-8" if is_text else file.media_type


# Marked as what may be kept, it has an ETag and ready-made compressed bodies as the catalogue has.
files.add_url_rule("/static/<digest>/<name>", "get_file", access.public(kept(_get_file)))
