"""Which of two formats a caller likes better, by its Accept header (RFC 9110, section 12.5.1)."""

from __future__ import annotations

from werkzeug.datastructures import Accept


def prefers(accept: Accept, kind: str, *, over: str) -> bool:
    """Return whether a caller likes a media type better than the one that is sent by default.

    The most specific range that matches a type gives its quality; parameters of a range, such as
    JSON-LD's ``profile``, are passed over. A tie, no header and a header that accepts neither
    mean the default: RFC 9110 lets a server answer so, and a program that names its wishes badly
    is better served than refused with 406.

    Args:
        accept: The caller's wishes.
        kind: The other media type.
        over: The default.
    """
    return _quality(accept, kind) > _quality(accept, over)


def _quality(accept: Accept, kind: str) -> float:
    family = kind.split("/", maxsplit=1)[0]
    by_range: dict[str, float] = {}
    for value, quality in accept:
        named = value.partition(";")[0].strip().lower()
        by_range[named] = max(quality, by_range.get(named, 0.0))
    for named in (kind, f"{family}/*", "*/*"):
        if named in by_range:
            return by_range[named]
    return 0.0
