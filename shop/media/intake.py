"""A file becomes a picture: looked at before it is decoded, then written anew.

What is stored never holds a byte of what was given: the pixels are turned upright, put into sRGB
and encoded again, so metadata (places, cameras, comments, previews) is gone, and whatever else a
file had been stays outside.
"""

from __future__ import annotations

import hashlib
import io
import threading
from dataclasses import dataclass

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from shop.media.endings import end_of, kind_of
from shop.media.errors import UnusableImage

#: Of a file that is given. Bytes.
MOST_BYTES = 15 * 1024 * 1024
#: Of a picture before it is decoded: 120 MB of memory. Pixels.
MOST_PIXELS = 40_000_000
#: Shortest side that is worth showing, and longest that is kept. Pixels.
LEAST_SIDE, LONGEST_SIDE = 64, 2560
#: What pictures are served in. Pixels.
WIDTHS = (320, 640, 960, 1280)
QUALITY = 82

#: One picture is decoded at a time in each process, so that memory is bounded.
_one_at_a_time = threading.Lock()

_UNREADABLE = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    IndexError,
    OverflowError,
    UnidentifiedImageError,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)


@dataclass(frozen=True, slots=True)
class Encoded:
    """A picture in one width, as WebP."""

    hash: str
    width: int
    height: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Taken:
    """A picture ready to be stored.

    Attributes:
        source_hash: SHA-256 of the file that was given.
        master: Without loss.
        renditions: In each of :data:`WIDTHS` that is not wider than the picture, or in its own.
    """

    source_hash: str
    master: Encoded
    renditions: tuple[Encoded, ...]


def hash_of(data: bytes) -> str:
    """Return the name of a file: its SHA-256."""
    return hashlib.sha256(data).hexdigest()


def take(data: bytes) -> Taken:
    """Check a file and encode it anew.

    The same file gives the same picture, and the file of a stored picture gives that very picture.

    Raises:
        UnusableImage: It is no picture that the shop takes; the reason is inside.
    """
    kind = check(data)
    with _one_at_a_time:
        upright = _decoded(kind, data)
        upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
        master = encode(upright, lossless=True)
        widths = [width for width in WIDTHS if width < upright.width]
        # The narrowest that shows all of it comes last: nothing is drawn larger than it is.
        widths.append(min(upright.width, WIDTHS[-1]))
        return Taken(
            hash_of(data), master, tuple(_narrowed(upright, width) for width in dict.fromkeys(widths))
        )


def check(data: bytes) -> str:
    """Look at a file without decoding it; return its format.

    Raises:
        UnusableImage: It is no picture that the shop takes.
    """
    if len(data) > MOST_BYTES:
        raise UnusableImage("too_large", f"At most {MOST_BYTES // 1024**2} MiB (got {len(data):,} bytes).")
    kind = kind_of(data)
    if kind is None:
        raise UnusableImage("not_an_image", "A JPEG, PNG or WebP picture is needed.")
    end = end_of(kind, data)
    if end is None:
        raise UnusableImage("truncated", f"The {kind} picture does not end in this file.")
    if data[end:].strip(b"\0"):
        detail = f"{len(data) - end:,} bytes follow the end of the {kind} picture: save it anew."
        raise UnusableImage("trailing_data", detail)
    try:
        with Image.open(io.BytesIO(data), formats=[kind]) as image:
            width, height = image.size
            frames = getattr(image, "n_frames", 1)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UnusableImage("too_many_pixels", f"At most {MOST_PIXELS:,} pixels.") from error
    except _UNREADABLE as error:
        raise _unreadable(kind) from error
    if width * height > MOST_PIXELS:
        detail = f"At most {MOST_PIXELS:,} pixels (got {width} x {height})."
        raise UnusableImage("too_many_pixels", detail)
    if min(width, height) < LEAST_SIDE:
        detail = f"At least {LEAST_SIDE} pixels a side (got {width} x {height})."
        raise UnusableImage("too_small", detail)
    if frames > 1:
        raise UnusableImage("animated", f"One picture is needed (got {frames} frames).")
    return kind


def encode(image: Image.Image, *, lossless: bool = False) -> Encoded:
    """Return a picture as WebP, named by the hash of its file."""
    written = io.BytesIO()
    if lossless:
        image.save(written, "WEBP", lossless=True, quality=50, method=2, exact=True)
    else:
        image.save(written, "WEBP", quality=QUALITY, method=4)
    data = written.getvalue()
    return Encoded(hash_of(data), image.width, image.height, data)


def _narrowed(image: Image.Image, width: int) -> Encoded:
    if width == image.width:
        return encode(image)
    height = max(round(image.height * width / image.width), 1)
    return encode(image.resize((width, height), Image.Resampling.LANCZOS))


def _decoded(kind: str, data: bytes) -> Image.Image:
    """Return the pixels upright, in sRGB, and nothing but the pixels."""
    try:
        with Image.open(io.BytesIO(data), formats=[kind]) as image:
            image.load()
            upright = ImageOps.exif_transpose(image)
            coloured = _in_srgb(upright, image.info.get("icc_profile"))
            if coloured.mode == "RGBA" and coloured.getchannel("A").getextrema() == (255, 255):
                coloured = coloured.convert("RGB")  # so that it is read back as it was written
    except _UNREADABLE as error:
        raise _unreadable(kind) from error
    bare = Image.new(coloured.mode, coloured.size)
    bare.paste(coloured)
    return bare


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Return a picture as RGB, or RGBA where some of it is transparent."""
    mode = "RGBA" if image.has_transparency_data else "RGB"
    if profile and image.mode in ("RGB", "CMYK", "L") and mode == "RGB":
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            found = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
        except (ImageCms.PyCMSError, OSError):
            found = None  # a broken profile says nothing of the colours
        if found is not None:
            return found
    return image.convert(mode)


def _unreadable(kind: str) -> UnusableImage:
    return UnusableImage("unreadable", f"The {kind} picture cannot be read.")
