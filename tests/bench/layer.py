"""What stands in front of Flask, measured alone and in process: a hit, a 304, and letting pass."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from typing import Any

from flask import Flask
from werkzeug.test import EnvironBuilder

from shop.app import create_app
from shop.config import Settings
from tests.bench.bench import HOT_BYTES, REPORTED, Bench, missing
from tests.campaign.figures import Figure
from tests.conftest import dispose, settings_for

PATH, QUERY = "/v1/products", "limit=24"
CALLS, ROUNDS = 5_000, 9
MOST_MISS_US = 1.0

Environ = dict[str, Any]
Wsgi = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


def run(bench: Bench) -> list[Figure]:
    """Measure on the first engine's smallest catalogue."""
    url = bench.stores[0].url(bench.sizes[0])
    if "hot_bytes" not in {each.name for each in fields(Settings)}:
        return [missing(f"{HOT} in front of Flask"), missing(_LOOKING, _BAR)]
    app = create_app(settings_for(url, hot_bytes=HOT_BYTES))
    try:
        return [*_hits(bench, app), *_misses(bench, app)]
    finally:
        dispose(app)


HOT = "a hot hit"
_LOOKING = "looking for a hot answer that is not there"
_BAR = f"< {MOST_MISS_US:.0f} µs"


def _hits(bench: Bench, app: Flask) -> Iterator[Figure]:
    layer, inner = app.wsgi_app, Flask.wsgi_app.__get__(app)
    tag = _asked(layer, _environ()).get("etag", "")
    yield _figure(f"{HOT} in front of Flask", _us(bench, layer, _environ()))
    yield _figure("a hot 304 in front of Flask", _us(bench, layer, _environ(HTTP_IF_NONE_MATCH=tag)))
    yield _figure("the same read through Flask", _us(bench, inner, _environ(), calls=10))


def _misses(bench: Bench, app: Flask) -> Iterator[Figure]:
    """Put the layer before something that costs nothing, and measure what it adds."""
    layer: Any = app.wsgi_app

    def nothing(_environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response("404 NOT FOUND", [])
        return ()

    layer._further = nothing
    for name, environ in {
        "": _environ(QUERY_STRING="limit=23"),
        ", a POST": _environ(REQUEST_METHOD="POST", PATH_INFO="/v1/carts"),
    }.items():
        added = _us(bench, layer, environ) - _us(bench, nothing, environ)
        yield Figure(f"{_LOOKING}{name}", f"{added:.2f} µs", _BAR, met=added < MOST_MISS_US)


def _environ(**changes: str) -> Environ:
    built = EnvironBuilder(path=PATH, query_string=QUERY, base_url="http://127.0.0.1").get_environ()
    return {**built, **changes}


def _asked(app: Wsgi, environ: Environ) -> dict[str, str]:
    found: dict[str, str] = {}

    def start_response(_status: str, headers: list[tuple[str, str]], *_: object) -> None:
        found.update((name.lower(), value) for name, value in headers)

    b"".join(app(dict(environ), start_response))
    return found


def _us(bench: Bench, app: Wsgi, environ: Environ, *, calls: int = CALLS) -> float:
    """Return what a call costs, in microseconds of the processor.

    The least of some rounds: what disturbs a loop of microseconds only ever adds to it. The loop
    itself is taken off.
    """

    def start_response(*_: object) -> None:
        pass

    def called() -> None:
        for _ in range(calls):
            for _part in app(dict(environ), start_response):
                pass

    def idle() -> None:
        for _ in range(calls):
            dict(environ)

    rounds = range(bench.rounds(ROUNDS))
    return (min(_seconds(called) for _ in rounds) - min(_seconds(idle) for _ in rounds)) / calls * 1e6


def _seconds(loop: Callable[[], None]) -> float:
    started = time.process_time()
    loop()
    return time.process_time() - started


def _figure(name: str, microseconds: float) -> Figure:
    return Figure(name, f"{microseconds:,.2f} µs", REPORTED, met=True)
