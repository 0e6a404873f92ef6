"""Pictures for tests: made on the spot, and small."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image


def picture(
    kind: str = "JPEG",
    size: tuple[int, int] = (400, 500),
    *,
    colour: object = (200, 40, 60),
    mode: str = "RGB",
    **saved: Any,
) -> bytes:
    """Return a file of one colour, its top left quarter white."""
    image = Image.new(mode, size, colour)  # type: ignore[arg-type]
    white: Any = {"CMYK": (0, 0, 0, 0), "L": 255}.get(mode, (255, 255, 255, 255)[: len(image.getbands())])
    image.paste(white, (0, 0, size[0] // 2, size[1] // 2))
    written = io.BytesIO()
    image.save(written, kind, **saved)
    return written.getvalue()


def opened(data: bytes) -> Image.Image:
    """Return a file as pixels."""
    image = Image.open(io.BytesIO(data))
    image.load()
    return image
