"""Which answers are for everybody, and which of their headers."""

from __future__ import annotations

from shop.kit.hot.representations import Headers

#: What a browser or a proxy may do with an answer: use it for a second, and for eight more while it
#: fetches the next. With the second that it may have been kept here, nobody is shown what is older
#: than ten seconds.
CACHE_CONTROL = "public, max-age=1, stale-while-revalidate=8"

#: Headers that are made for each request, or by the layer.
_MADE_HERE = ("x-request-id", "vary", "content-length", "content-encoding", "etag")


def is_public(headers: Headers) -> bool:
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


def sorted_out(sent: Headers) -> tuple[Headers, Headers, bool]:
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
