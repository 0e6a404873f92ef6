"""Where a picture ends in its file, by its own format: what follows is no part of it.

A file can be two things at once, a picture in front and an archive or a page behind. Decoders stop
at the end of the picture and never see the rest, so it is looked for here.

Source: ITU-T T.81, annex B (JPEG); PNG, third edition, 5.2 and 5.3; RFC 9649 (WebP).
"""

from __future__ import annotations

import re

#: In the coded data of a JPEG, a marker that is neither a stuffed zero nor a restart.
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_PNG = b"\x89PNG\r\n\x1a\n"


def kind_of(data: bytes) -> str | None:
    """Return ``JPEG``, ``PNG`` or ``WEBP`` by a file's first bytes; None for anything else."""
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(_PNG):
        return "PNG"
    return "WEBP" if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else None


def end_of(kind: str, data: bytes) -> int | None:
    """Return how many bytes a picture takes; None where it does not end in this file."""
    return {"JPEG": _end_of_jpeg, "PNG": _end_of_png, "WEBP": _end_of_webp}[kind](data)


def _end_of_jpeg(data: bytes) -> int | None:
    at = 2
    while at + 1 < len(data):
        if data[at] != 0xFF:
            return None
        marker = data[at + 1]
        if marker == 0xD9:
            return at + 2
        if marker == 0xFF:  # a byte that only fills
            at += 1
            continue
        at += 2
        if marker == 0x01 or 0xD0 <= marker <= 0xD7:
            continue
        at += int.from_bytes(data[at : at + 2], "big")
        if marker == 0xDA:
            found = _MARKER.search(data, at)
            if found is None:
                return None
            at = found.start()
    return None


def _end_of_png(data: bytes) -> int | None:
    at = len(_PNG)
    while at + 12 <= len(data):
        kind = data[at + 4 : at + 8]
        at += 12 + int.from_bytes(data[at : at + 4], "big")
        if kind == b"IEND":
            return at if at <= len(data) else None
    return None


def _end_of_webp(data: bytes) -> int | None:
    size = int.from_bytes(data[4:8], "little")
    end = 8 + size + size % 2
    return end if end <= len(data) else None
