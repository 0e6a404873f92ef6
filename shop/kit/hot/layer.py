"""Answers from memory: a thin WSGI layer in front of Flask for what everybody may read.

What the layer sends is never older than ``FRESH_SECONDS``, in every worker and without a signal
between them. When that time is over, the layer looks whether anything moved that the answer stands
on (:mod:`~shop.kit.hot.standing`), once a second in each process for all answers together; where nothing
did, the answer is what its view would say now, and is good for another second. So an answer that takes
longer than that to make is hot, too. Where something moved, one request has the view asked again
and whoever asks the same meanwhile waits for it (:mod:`~shop.kit.hot.flights`).

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
from werkzeug.exceptions import HTTPException

from shop.kit.clock import clock
from shop.kit.deadline import REQUEST_SECONDS, within
from shop.kit.hot.flights import Flights, Landed
from shop.kit.hot.headers import is_public, sorted_out
from shop.kit.hot.memory import FRESH_SECONDS, Answer, Entry, Memory, Tally, Way, names_of
from shop.kit.hot.representations import Headers, Representations
from shop.kit.hot.standing import Looks, Mark
from shop.kit.request_ids import request_id

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

#: Where a view leaves its :class:`Mark` in the request's environment, and finds whether anybody keeps
#: what it answers.
MARK = "shop.cacheable"
KEEPS = "shop.keeps"

#: What a view function has that may be kept.
IS_CACHEABLE = "is_cacheable"

#: Where whoever answers leaves the route that was asked for, None where there is none.
ROUTE = "shop.route"

#: Where the layer keeps how it was asked, and the methods that it may answer itself.
_WAY = "shop.way"
_READING = ("GET", "HEAD")

#: Origins whose CORS headers are remembered.
MOST_ORIGINS = 64

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
        self._looks = Looks(app, _now)
        self._flights = Flights() if most_bytes else None
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
        # Every answer comes by here about once a second, to be looked at or made anew.
        if _now() - self._told_at >= FRESH_SECONDS:
            self.tell()
        entry = self.memory.find(plain)
        if entry is not None:
            way = Way(*plain)
            cors = self._cors.get(way.origin)
            if cors is not None and self._is_fresh(entry):
                environ[ROUTE] = entry.route
                self._prepared += 1
                return self._send(self._prepare(entry, way, cors), environ, start_response)
        if self._flights is None:
            return self._make(plain, environ, start_response)[0]
        return self._make_once(self._flights, plain, environ, start_response)

    def _make_once(
        self, flights: Flights, plain: Any, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Answer with what another request is having made just now, or have it made for others too."""
        key = (plain[1], plain[2], plain[4], plain[5])
        flight, is_mine = flights.join(key, _now())
        landed = None
        if is_mine:
            try:
                answered, landed = self._make(plain, environ, start_response)
                return answered
            finally:
                flights.land(key, flight, landed)
        with within(REQUEST_SECONDS):
            if self._may_be_kept(environ):
                landed = flight.wait()
            if landed is None:
                return self._make(plain, environ, start_response)[0]
        way, entry = Way(*plain), landed.entry
        environ[ROUTE] = entry.route
        self._prepared += 1
        return self._send(
            self._prepare(entry, way, landed.cors), environ, start_response, made_at=entry.made_at
        )

    def _may_be_kept(self, environ: WSGIEnvironment) -> bool:
        """Return whether the view that would answer is one whose answers may be kept."""
        try:
            rule, _ = self._flask.url_map.bind_to_environ(environ).match(return_rule=True)
        except HTTPException:
            return False
        return hasattr(self._flask.view_functions[rule.endpoint], IS_CACHEABLE)

    def _is_fresh(self, entry: Entry) -> bool:
        """Return whether an entry may still be sent; look at what it stands on where that decides."""
        mark = entry.mark
        if entry.until > _now():
            return True
        if mark.look is None:
            return False
        found = self._looks.at_most_old(mark.look, FRESH_SECONDS)
        if found is None or not mark.stands(found.seen):
            return False
        self.memory.renew(entry, found.at + FRESH_SECONDS)
        return True

    def _make(
        self, plain: Any, environ: WSGIEnvironment, start_response: StartResponse
    ) -> tuple[Iterable[bytes], Landed | None]:
        """Have Flask answer; keep the answer where its view said that it may be kept, and return it too."""
        made_at = monotonic() + clock.offset_seconds
        head = plain[0] == "HEAD"
        # A view is asked for its whole answer, so that HEAD says what GET would.
        asked = {**environ, "REQUEST_METHOD": "GET"} if head else environ
        asked[KEEPS] = self._flights is not None
        begun: list[Headers] = []

        def begin(status: str, headers: Headers, exc_info: Any = None, /) -> Callable[[bytes], object]:
            if MARK not in asked or not status.startswith("200") or not is_public(headers):
                return start_response(status, headers, exc_info)
            begun.append(headers)
            return _refuse_to_write

        answered = self._app(asked, begin)
        if head:
            environ[ROUTE] = asked.get(ROUTE)
        if not begun:
            return (_without_body(answered) if head else answered), None
        try:
            body = b"".join(answered)
        finally:
            _close(answered)
        way = Way(*plain)
        cors, headers, by_format = sorted_out(begun[0])
        entry = self._remembered(names_of(way)[by_format], asked, made_at, body, headers)
        if way.origin not in self._cors and len(self._cors) >= MOST_ORIGINS:
            self._cors.pop(next(iter(self._cors), None), None)
        self._cors[way.origin] = cors
        self._misses += 1
        ready = self._ready.get(way)
        if ready is None or ready.of is not entry:
            ready = self._prepare(entry, way, cors)
        return self._send(ready, environ, start_response, made_at=made_at), Landed(entry, cors)

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
    def _send(
        answer: Answer,
        environ: WSGIEnvironment,
        start_response: StartResponse,
        *,
        made_at: float | None = None,
    ) -> Iterable[bytes]:
        headers = [*answer.headers, ("X-Request-Id", request_id(environ))]
        if made_at is not None and (age := int(_now() - made_at)):
            # It took that long to make. Caches take it off what they are allowed.
            headers.append(("Age", str(age)))
        start_response(answer.status, headers)
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


def _without_body(answered: Iterable[bytes]) -> Iterable[bytes]:
    _close(answered)
    return []


def _close(answered: Iterable[bytes]) -> None:
    close = getattr(answered, "close", None)
    if close:
        close()


def _refuse_to_write(_data: bytes) -> object:
    raise RuntimeError("a view that may be kept returns its body")
