"""What the shop says of itself: API introduction, the offline docs page, one page a problem."""

from __future__ import annotations

import inspect
import re
from typing import Any

from flask import Blueprint, Flask, Response, jsonify, make_response, render_template, request
from flask_swagger_ui import get_swaggerui_blueprint

from shop.catalogue.errors import NotInCatalogue
from shop.kit import access
from shop.kit.problems import Problem

#: Headers that a browser's program may read.
EXPOSED_HEADERS = (
    "X-Request-Id",
    "Link",
    "RateLimit",
    "RateLimit-Policy",
    "Location",
    "Retry-After",
    "Idempotent-Replayed",
    "ETag",
    "Catalogue-Revision",
)

INTRODUCTION = """\
The catalogue, cart and checkout of a leather-goods house.

* **Lists** are `{"items": [...], "next": "<cursor>" | null}`; pass `next` back as `cursor`, or
  follow `Link: <...>; rel="next"`.
* **Money** is `{"amount": <whole minor units>, "currency": "USD"}`; a price is never input.
* **Markets** decide currency and tax: `?market=JP`.
* **Carts and orders** open with their token: `Authorization: Bearer <token>`. Without it, and
  for an unknown id, the answer is the same 404.
* **Errors** are RFC 9457 `application/problem+json`; branch on `code`. Each `type` is a page.
* **Caching**: what everybody may read has an `ETag`; send it back in `If-None-Match` and a 304 says
  that nothing changed. The shop answers with what is at most a second old; a cache that keeps to
  `Cache-Control` shows nothing older than ten. What is charged is always read afresh.
* **Limits** are told in `RateLimit-Policy` and `RateLimit`; beyond them the answer is a 429 with
  `Retry-After`.
* **Repeats** are safe: a request with the same `Idempotency-Key` happens once.

Balenciaga and the bag names are trademarks of their owner; this is sample data for a
demonstration shop and no affiliation exists.
"""

pages = Blueprint("docs_pages", __name__, template_folder="templates")


def init_docs(app: Flask) -> None:
    """Attach ``/docs``, whose every file is local, and the pages of problems."""
    app.register_blueprint(
        get_swaggerui_blueprint(
            "/docs",
            "/openapi.json",
            config={
                "app_name": "Closet",
                "docExpansion": "list",
                "validatorUrl": None,
                # Or the page would hold the Host header of whoever asked.
                "oauth2RedirectUrl": "/docs/oauth2-redirect.html",
            },
        )
    )
    app.register_blueprint(pages)


@pages.get("/problems")
@access.public
def list_problems() -> Response:
    """List every kind of problem the API may answer with."""
    items = [_problem(kind) for kind in Problem.every().values() if kind is not Problem]
    return jsonify({"items": items, "next": None})


@pages.get("/problems/<slug>")
@access.public
def get_problem(slug: str) -> Response:
    """Explain a problem: its docstring, as JSON or as a page."""
    kind = Problem.every().get(slug)
    if kind is None:
        raise NotInCatalogue(f"There is no problem {slug!r}.", kind="problem", slug=slug)
    if request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json":
        return jsonify(_problem(kind))
    # Docstrings mark code in double backquotes; the page shows it as code.
    paragraphs = [re.split("``", " ".join(part.split())) for part in _text(kind).split("\n\n")]
    return make_response(render_template("problem.html", kind=kind, paragraphs=paragraphs))


def _problem(kind: type[Problem]) -> dict[str, Any]:
    return {
        "type": f"/problems/{kind.slug()}",
        "code": kind.code(),
        "title": kind.title(),
        "status": int(kind.status),
        "text": _text(kind).replace("``", "`"),
    }


def _text(kind: type[Problem]) -> str:
    return inspect.getdoc(kind) or ""
