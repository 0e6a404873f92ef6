"""What is sent for a resource: its bytes, plain or compressed, and how a caller's wishes choose.

Content negotiation and conditional requests as RFC 9110 has them. The same JSON sent plain,
gzipped and brotlied is three representations, so each has a strong ETag of its own; a caller
that has one of them and asks for another is sent the other.

Source: RFC 9110, sections 8.8.3 (ETag), 12.5.3 (Accept-Encoding), 13.1.2 (If-None-Match), 15.4.5 (304).
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable
from functools import lru_cache

import brotli
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header, parse_etags

#: Below this a compressed body saves nothing worth the work: it fits a packet as it is. Bytes.
SMALLEST_COMPRESSED = 512

Headers = list[tuple[str, str]]


def _brotli(body: bytes) -> bytes:
    # Quality 5 of 11: a list of 24 bags shrinks to a tenth in a millisecond; 11 takes forty of them.
    compressed: bytes = brotli.compress(body, mode=brotli.MODE_TEXT, quality=5)
    return compressed


def _gzip(body: bytes) -> bytes:
    # Without a time in its header, or every worker's bytes would differ.
    return gzip.compress(body, 6, mtime=0)


#: By preference where a caller likes several as much.
CODINGS: dict[str, Callable[[bytes], bytes]] = {"br": _brotli, "gzip": _gzip}


@lru_cache(maxsize=256)
def preferred_coding(accept_encoding: str | None) -> str:
    """Return the coding that a caller likes best of those this shop makes; empty for none.

    A caller that says nothing is sent plain bytes, and so is one that refuses everything:
    bytes it may not have asked for are better than an error.
    """
    if not accept_encoding:
        return ""
    wishes: Accept = parse_accept_header(accept_encoding, Accept)
    plain = next((quality for name, quality in wishes if name.lower() == "identity"), 0.0)
    best, liked = "", plain
    for name in reversed(CODINGS):
        quality = wishes.quality(name)
        if quality > 0 and quality >= liked:
            best, liked = name, quality
    return best


def same(if_none_match: str | None, etag: str) -> bool:
    """Return whether a caller has the representation with this ETag already."""
    if not if_none_match:
        return False
    # The weak comparison, as the field asks for: a proxy may have made the caller's ETag weak.
    return parse_etags(if_none_match).contains_weak(etag.strip('"'))


class Representations:
    """A body and what can be sent for it; compressed bytes are made when first asked for, and kept."""

    __slots__ = ("_coded", "_digest", "body", "headers")

    def __init__(self, body: bytes, headers: Headers) -> None:
        self.body = body
        #: Of every answer, whatever its coding.
        self.headers = headers
        self._digest = hashlib.sha256(body).hexdigest()[:32]
        self._coded: dict[str, bytes] = {"": body}

    @property
    def size(self) -> int:
        """How much memory its bodies take. Bytes."""
        return sum(map(len, self._coded.values()))

    def choose(self, accept_encoding: str | None) -> tuple[str, bytes]:
        """Return the coding to send, empty for none, and the bytes."""
        coding = preferred_coding(accept_encoding)
        if len(self.body) < SMALLEST_COMPRESSED:
            coding = ""
        coded = self._coded.get(coding)
        if coded is None:
            coded = CODINGS[coding](self.body)
            self._coded[coding] = coded
        return coding, coded

    def etag(self, coding: str) -> str:
        """Return the strong ETag of the bytes under a coding; it is the same in every process."""
        return f'"{self._digest}-{coding}"' if coding else f'"{self._digest}"'

    def answer(self, accept_encoding: str | None, if_none_match: str | None) -> tuple[str, Headers, bytes]:
        """Return status, headers and body for a caller's wishes."""
        coding, coded = self.choose(accept_encoding)
        etag = self.etag(coding)
        headers = [*self.headers, ("ETag", etag)]
        if same(if_none_match, etag):
            # What describes bytes is left out where none are sent.
            kept = [(name, value) for name, value in headers if not name.lower().startswith("content-")]
            return "304 NOT MODIFIED", kept, b""
        if coding:
            headers.append(("Content-Encoding", coding))
        headers.append(("Content-Length", str(len(coded))))
        return "200 OK", headers, coded
