"""Answers from memory: a thin WSGI layer in front of Flask for what everybody may read.

A view marked ``@blueprint.cacheable()`` is asked about once a second for the same address by
each process. What the layer sends is never older than ``FRESH_SECONDS``, in every worker and
without a signal between them; where a view depends on the catalogue's revision alone, its answer
is kept for as long as the revision stands, which is looked at once a second.

An answer ready to be sent is found by everything in a request that may choose it: method,
address, query, ``Accept-Encoding``, ``Accept``, ``Origin``, ``If-None-Match``. A request with
``Authorization`` finds none, because none is kept for one. ``make bench NAMES=layer`` measures
what a hit costs, and what a request pays that finds nothing.

No write ever believes what stands here: carts and checkouts read prices and stock in the database.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from time import monotonic
from typing import TYPE_CHECKING, Any, Protocol

from flask import Flask

from shop.kit.clock import clock
from shop.kit.deadline import REQUEST_SECONDS, within
from shop.kit.hot.memory import FRESH_SECONDS, Answer, Entry, Mark, Memory, Tally, Way, names_of
from shop.kit.hot.representations import Headers, Representations
from shop.kit.request_ids import request_id

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

#: What a browser or a proxy may do with an answer: use it for a second, and for eight more while it
#: fetches the next. With the second above, nobody is shown what is older than ten seconds.
CACHE_CONTROL = "public, max-age=1, stale-while-revalidate=8"

#: Where a view leaves its :class:`Mark` in the request's environment.
MARK = "shop.cacheable"

#: Where whoever answers leaves the route that was asked for, None where there is none.
ROUTE = "shop.route"

#: Where the layer keeps how it was asked, and the methods that it may answer itself.
_WAY = "shop.way"
_READING = ("GET", "HEAD")

#: Origins whose CORS headers are remembered.
MOST_ORIGINS = 64

#: Headers that are made for each request, or by the layer.
_MADE_HERE = ("x-request-id", "vary", "content-length", "content-encoding", "etag")

#: Route, method and status: of how many answers.
Hits = dict[tuple[str, str, int], int]


class Observer(Protocol):
    """Whoever wants to know what the layer did."""

    def hot(self, hits: Hits, *, prepared: int, misses: int, size_bytes: int) -> None:
        """Hear, about once a second, of what was not told yet.

        Args:
            hits: Answers that were ready; nobody else sees them.
            prepared: Answers made from memory for a way of asking that was new.
            misses: Cacheable answers that Flask made.
            size_bytes: Memory that answers take.
        """


class HotLayer:
    """The layer of one application; attached by :func:`init_hot`."""

    def __init__(
        self,
        app: Flask,
        most_bytes: int,
        observer: Observer,
        observed: Callable[[WSGIApplication], WSGIApplication],
    ) -> None:
        self._flask, self._app, self._observer = app, app.wsgi_app, observer
        self._further = observed(self._look_further)
        self.memory = Memory(most_bytes)
        self._ready = self.memory.ready
        self._cors: dict[str | None, Headers] = {}
        self._revisions: dict[Callable[[], int], tuple[float, int]] = {}
        self._tallies: dict[tuple[str, str, int], Tally] = {}
        self._prepared, self._misses, self._told_at = 0, 0, 0.0
        self._telling = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer from memory what is there and young enough; hand everything else on."""
        get = environ.get
        # A Way, written as the tuple that it is: making the named one would take a third of the time.
        way = (
            environ["REQUEST_METHOD"],
            environ["PATH_INFO"],
            get("QUERY_STRING", ""),
            get("HTTP_ACCEPT_ENCODING"),
            get("HTTP_ACCEPT"),
            get("HTTP_ORIGIN"),
            get("HTTP_IF_NONE_MATCH"),
            get("HTTP_AUTHORIZATION"),
        )
        answer = self._ready.get(way)
        if answer is None or answer.of.until <= monotonic() + clock.offset_seconds:
            environ[_WAY] = way
            return self._further(environ, start_response)
        answer.tally.hits += 1
        start_response(answer.status, [*answer.headers, ("X-Request-Id", request_id(environ))])
        return answer.body

    def _look_further(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a way of asking that is new, or have Flask answer."""
        plain = environ[_WAY]
        if plain[7] is not None or plain[0] not in _READING:
            return self._app(environ, start_response)
        entry = self.memory.find(plain)
        if entry is not None:
            way = Way(*plain)
            cors = self._cors.get(way.origin)
            if cors is not None and self._is_fresh(entry):
                environ[ROUTE] = entry.route
                self._prepared += 1
                return self._send(self._prepare(entry, way, cors), environ, start_response)
        return self._make(plain, environ, start_response)

    def _is_fresh(self, entry: Entry) -> bool:
        """Return whether an entry may still be sent; look at the revision where that decides."""
        now, revision_now = _now(), entry.mark.revision_now
        if entry.until > now:
            return True
        if revision_now is None:
            return False
        read_at, revision = self._revisions.get(revision_now, (-FRESH_SECONDS, -1))
        if read_at + FRESH_SECONDS <= now:
            try:
                with within(REQUEST_SECONDS), self._flask.app_context():
                    read_at, revision = now, revision_now()
            except Exception:  # Flask will meet it too, and has the right words for it
                return False
            self._revisions[revision_now] = (read_at, revision)
        if revision != entry.mark.revision:
            return False
        self.memory.renew(entry, read_at + FRESH_SECONDS)
        return True

    def _make(self, plain: Any, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Have Flask answer; keep the answer where its view said that it may be kept."""
        made_at = monotonic() + clock.offset_seconds
        head = plain[0] == "HEAD"
        # A view is asked for its whole answer, so that HEAD says what GET would.
        asked = {**environ, "REQUEST_METHOD": "GET"} if head else environ
        begun: list[Headers] = []

        def begin(status: str, headers: Headers, exc_info: Any = None, /) -> Callable[[bytes], object]:
            if MARK not in asked or not status.startswith("200") or not _is_public(headers):
                return start_response(status, headers, exc_info)
            begun.append(headers)
            return _refuse_to_write

        answered = self._app(asked, begin)
        if head:
            environ[ROUTE] = asked.get(ROUTE)
        if not begun:
            return _without_body(answered) if head else answered
        try:
            body = b"".join(answered)
        finally:
            _close(answered)
        way = Way(*plain)
        cors, headers, by_format = _sorted_out(begun[0])
        entry = self._remembered(names_of(way)[by_format], asked, made_at, body, headers)
        if way.origin not in self._cors and len(self._cors) >= MOST_ORIGINS:
            self._cors.pop(next(iter(self._cors), None), None)
        self._cors[way.origin] = cors
        self._misses += 1
        if made_at - self._told_at >= FRESH_SECONDS:
            self.tell()
        ready = self._ready.get(way)
        if ready is None or ready.of is not entry:
            ready = self._prepare(entry, way, cors)
        return self._send(ready, environ, start_response)

    def _remembered(
        self, name: tuple[str, ...], asked: WSGIEnvironment, made_at: float, body: bytes, headers: Headers
    ) -> Entry:
        """Return the entry of what Flask said: the one that is there, where it says the same."""
        mark: Mark = asked[MARK]
        found = self.memory.named(name)
        if found is not None and found.says(body, headers):
            found.mark, found.made_at = mark, max(found.made_at, made_at)
            self.memory.renew(found, made_at + FRESH_SECONDS)
            return found
        entry = Entry(name, asked[ROUTE], mark, made_at, Representations(body, headers))
        self.memory.keep(entry)
        return entry

    def _prepare(self, entry: Entry, way: Way, cors: Headers) -> Answer:
        """Return the answer to one way of asking, and keep it ready."""
        status, headers, body = entry.representations.answer(way.accept_encoding, way.if_none_match)
        by = (entry.route, way.method, int(status[:3]))
        tally = self._tallies.setdefault(by, Tally())
        sent = [body] if body and way.method == "GET" else []
        answer = Answer(entry, status, [*headers, *cors], sent, tally)
        self.memory.keep_ready(way, answer)
        return answer

    @staticmethod
    def _send(answer: Answer, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response(answer.status, [*answer.headers, ("X-Request-Id", request_id(environ))])
        return answer.body

    def tell(self) -> None:
        """Tell the observer what was not told yet."""
        with self._telling:
            self._told_at = _now()
            told: Hits = {}
            for by, tally in list(self._tallies.items()):
                hits, tally.hits = tally.hits, 0
                if hits:
                    told[by] = hits
            prepared, self._prepared = self._prepared, 0
            misses, self._misses = self._misses, 0
            self._observer.hot(told, prepared=prepared, misses=misses, size_bytes=self.memory.size)


def init_hot(
    app: Flask,
    *,
    most_bytes: int,
    observer: Observer,
    observed: Callable[[WSGIApplication], WSGIApplication],
) -> HotLayer:
    """Put the layer in front of an application.

    Args:
        app: With everything else already around its ``wsgi_app``.
        most_bytes: Memory that answers may take in this process; with none, none are kept, and
            ETags and compressed bodies are made for each request.
        observer: Hears of what was answered from memory.
        observed: Wraps the way of every other request.
    """
    layer = HotLayer(app, most_bytes, observer, observed)
    app.wsgi_app = layer  # type: ignore[method-assign]
    return layer


def _now() -> float:
    return monotonic() + clock.offset_seconds


def _is_public(headers: Headers) -> bool:
    """Return whether an answer is one for everybody."""
    for name, value in headers:
        said = {each.strip().lower() for each in value.split(",")}
        match name.lower():
            case "set-cookie":
                return False
            case "cache-control" if said & {"no-store", "private"}:
                return False
            case "vary" if not said <= {"origin", "accept"}:
                return False
    return True


def _sorted_out(sent: Headers) -> tuple[Headers, Headers, bool]:
    """Return the CORS headers of an answer, those for everybody, and whether ``Accept`` chose it."""
    cors: Headers = []
    headers: Headers = []
    by_format = kept = False
    for name, value in sent:
        field = name.lower()
        if field.startswith("access-control-"):
            cors.append((name, value))
        elif field == "vary":
            by_format = by_format or "accept" in {each.strip().lower() for each in value.split(",")}
        elif field not in _MADE_HERE:
            kept = kept or field == "cache-control"
            headers.append((name, value))
    if not kept:
        headers.append(("Cache-Control", CACHE_CONTROL))
    # Always all of them: a cache that met a caller without an origin must not answer one with it.
    headers.append(("Vary", "Accept, Accept-Encoding, Origin" if by_format else "Accept-Encoding, Origin"))
    return cors, headers, by_format


def _without_body(answered: Iterable[bytes]) -> Iterable[bytes]:
    _close(answered)
    return []


def _close(answered: Iterable[bytes]) -> None:
    close = getattr(answered, "close", None)
    if close:
        close()


def _refuse_to_write(_data: bytes) -> object:
    raise RuntimeError("a view that may be kept returns its body")
