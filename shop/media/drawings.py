"""A drawing as files: made when its address is first asked for, kept, and the same ever after.

So a catalogue of any size is seeded without a drawing, and one that nobody looks at costs nothing.
"""

from __future__ import annotations

import io
import threading

import resvg_py
from PIL import Image

from shop.media.artwork import HEIGHT, WIDTH, Facts, draw
from shop.media.store import MediaStore, artwork_key

#: What drawings are served in. Pixels.
WIDTHS = (320, 640, 960, 1280)

#: Drawings are made one at a time in each process: they cost a tenth of a second to one second each,
#: and many shoppers who ask for the same one at once are answered with one.
_one_at_a_time = threading.Lock()


def height_of(width: int) -> int:
    """Return how high a drawing is in pixels, by its width."""
    return width * HEIGHT // WIDTH


def drawn(store: MediaStore, facts: Facts, width: int) -> bytes:
    """Return a drawing as WebP: from the store, or made and put there.

    Args:
        store: Where it is kept.
        facts: What is drawn.
        width: One of :data:`WIDTHS`.
    """
    key = artwork_key(facts.digest, width)
    # Looked for without the lock first: nobody waits for a slow store behind another who waits for it.
    found = store.read(key)
    if found is not None:
        return found
    with _one_at_a_time:
        found = store.read(key)
        if found is None:
            found = render(facts, width)
            store.write(key, found)
    return found


def render(facts: Facts, width: int) -> bytes:
    """Return a drawing as WebP in a width."""
    pixels = bytes(resvg_py.svg_to_bytes(svg_string=draw(facts), width=width, skip_system_fonts=True))
    written = io.BytesIO()
    with Image.open(io.BytesIO(pixels), formats=["PNG"]) as image:
        image.convert("RGB").save(written, "WEBP", quality=80, method=4)
    return written.getvalue()
