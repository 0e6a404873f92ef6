"""Servers that differ from the shop's own in one thing: ``python -m tests.bench.variants serve ...``.

Each is started by the shop's own ``serve`` with the very settings of the shop; only what every worker
builds is another application, named by ``BENCH_WORKER``.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs
from uuid import uuid4

import stripe
from flask import Flask, Response, request

from shop import app as shop_app
from shop import serving

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

WORKER = "BENCH_WORKER"
#: The folder of the files that the floor returns, each at the address of its name.
BODIES = "BENCH_BODIES"
TAG = '"bench"'


def bare() -> Flask:
    """Build the floor: Flask routes that return bytes they have, and 304 to whoever has them."""
    app = Flask("bare", static_folder=None)
    for path in Path(os.environ[BODIES]).iterdir():
        app.add_url_rule(f"/{path.name}", path.name, partial(_answer, path.read_bytes()))
    serving.exit_with_parent()
    return app


def _answer(body: bytes) -> Response:
    if request.headers.get("If-None-Match") == TAG:
        return Response(status=304, headers={"ETag": TAG})
    return Response(body, mimetype="application/json", headers={"ETag": TAG})


def plain() -> WSGIApplication:
    """Build the floor below the floor: a function that looks bytes up, and nothing else of Python's."""
    bodies = {f"/{path.name}": path.read_bytes() for path in Path(os.environ[BODIES]).iterdir()}
    headers = {
        path: [("Content-Type", "application/json"), ("ETag", TAG), ("Content-Length", str(len(body)))]
        for path, body in bodies.items()
    }

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if environ.get("HTTP_IF_NONE_MATCH") == TAG:
            start_response("304 NOT MODIFIED", [("ETag", TAG)])
            return []
        start_response("200 OK", headers[path])
        return [bodies[path]]

    serving.exit_with_parent()
    return answer


class PromptStripe(stripe.HTTPClient):
    """Answers at once, and without a call, that a payment is open."""

    name = "prompt"

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[Any, int, Mapping[str, str]]:
        assert (method, url.rpartition("/v1/")[2]) == ("post", "checkout/sessions"), (
            "a purchase asks nothing else"
        )
        asked = parse_qs(post_data.decode() if isinstance(post_data, bytes) else post_data)
        session_id = f"cs_test_{uuid4().hex}"
        answer = {
            "id": session_id,
            "object": "checkout.session",
            "url": f"https://checkout.example/{session_id}",
            "client_secret": None,
            "expires_at": int(asked["expires_at"][0]),
        }
        return json.dumps(answer), 200, {"Request-Id": "req_bench"}

    def close(self) -> None:
        """Do nothing: there is no connection."""


def prompt() -> Flask:
    """Build the shop without the payment's call: everything else of a purchase is done."""
    create = shop_app.create_app
    serving.create_app = lambda **rest: create(stripe_client=PromptStripe(), **rest)  # type: ignore[assignment]
    return serving.worker()


def main(arguments: Sequence[str]) -> None:
    """Run the ``shop`` command, or the floor, with another worker."""
    granian: Callable[..., Any] = serving.Granian

    def another(_target: str = "", **settings: Any) -> Any:
        return granian(**{**settings, "target": f"tests.bench.variants:{os.environ[WORKER]}"})

    serving.Granian = another  # type: ignore[assignment,misc]
    if arguments[0] == "bare":
        # It has no database: of the shop's command it is only how it serves.
        _, _, port, _, workers, _, threads = arguments
        serving.serve(host="127.0.0.1", port=int(port), workers=int(workers), threads=int(threads))
        return
    from shop.cli import main as shop  # noqa: PLC0415 - workers need no command line

    shop()


if __name__ == "__main__":
    main(sys.argv[1:])
