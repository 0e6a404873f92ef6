"""A file becomes a picture, or is refused before it costs anything."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image, ImageCms

from shop.media import intake
from shop.media.errors import UnusableImage
from shop.media.intake import hash_of, take
from tests.media.pictures import opened, picture

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>'
ZIP = b"PK\x03\x04" + b"\0" * 26 + b"PK\x05\x06" + b"\0" * 18


def animated(kind: str) -> bytes:
    frames = [Image.new("RGB", (80, 80), (shade, 0, 0)) for shade in (0, 120, 240)]
    written = io.BytesIO()
    frames[0].save(written, kind, save_all=True, append_images=frames[1:], duration=100)
    return written.getvalue()


def png_of(width: int, height: int) -> bytes:
    """Return a PNG that says it is so large, and is a few bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\0" * 100_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


REFUSED = {
    "an SVG": (SVG, "not_an_image"),
    "a page": (b"<!doctype html><script>alert(1)</script>", "not_an_image"),
    "nothing": (b"", "not_an_image"),
    "a GIF": (picture("GIF"), "not_an_image"),
    "a TIFF": (picture("TIFF"), "not_an_image"),
    "a BMP": (picture("BMP"), "not_an_image"),
    "a page that begins like a JPEG": (b"\xff\xd8\xff<script>alert(1)</script>", "truncated"),
    "half a JPEG": (cut(picture("JPEG")), "truncated"),
    "half a PNG": (cut(picture("PNG")), "truncated"),
    "half a WebP": (cut(picture("WEBP")), "truncated"),
    "a JPEG and a zip": (picture("JPEG") + ZIP, "trailing_data"),
    "a PNG and a page": (picture("PNG") + b"<script>alert(1)</script>", "trailing_data"),
    "a WebP and a zip": (picture("WEBP") + ZIP, "trailing_data"),
    "two JPEGs": (picture("JPEG") + picture("JPEG"), "trailing_data"),
    "an animated PNG": (animated("PNG"), "animated"),
    "an animated WebP": (animated("WEBP"), "animated"),
    "a bomb": (png_of(30_000, 30_000), "too_many_pixels"),
    "a bomb beyond what its format can say": (png_of(2**31 - 1, 2**31 - 1), "too_many_pixels"),
    "a large file": (b"\xff\xd8\xff" + b"\0" * intake.MOST_BYTES, "too_large"),
    "a dot": (picture("PNG", (1, 1)), "too_small"),
    "a PNG with too few rows": (png_of(400, 400), "unreadable"),
    "a PNG whose pixels are noise": (
        picture("PNG").replace(b"IDAT", b"IDAT\0\0\0\0", 1)[:-12] + b"\0\0\0\0IEND\xaeB`\x82",
        "truncated",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_picture_is_refused_with_its_reason(what: str) -> None:
    data, reason = REFUSED[what]

    with pytest.raises(UnusableImage) as refused:
        take(data)

    assert refused.value.reason == reason


def test_a_bomb_is_refused_before_it_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    def decode(*_args: object, **_named: object) -> None:
        raise AssertionError("it was decoded")

    monkeypatch.setattr(Image.Image, "load", decode)
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", decode)

    with pytest.raises(UnusableImage):
        take(png_of(30_000, 30_000))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_kept_without_loss_and_narrowed(kind: str) -> None:
    taken = take(picture(kind, (1500, 1000)))

    master = opened(taken.master.data)
    assert (master.format, master.size, hash_of(taken.master.data)) == (
        "WEBP",
        (1500, 1000),
        taken.master.hash,
    )
    assert [(each.width, each.height) for each in taken.renditions] == [
        (320, 213),
        (640, 427),
        (960, 640),
        (1280, 853),
    ]
    for each in taken.renditions:
        assert opened(each.data).size == (each.width, each.height)
        assert hash_of(each.data) == each.hash
    red, green, _ = master.convert("RGB").getpixel((1400, 900))
    assert red > 180 > 60 > green


def test_nothing_is_drawn_larger_than_it_is() -> None:
    assert [each.width for each in take(picture(size=(500, 400))).renditions] == [320, 500]
    assert [each.width for each in take(picture(size=(200, 300))).renditions] == [200]


def test_a_huge_picture_is_kept_at_2560() -> None:
    taken = take(picture("PNG", (4000, 3000)))

    assert (taken.master.width, taken.master.height) == (2560, 1920)


@pytest.mark.parametrize(
    "data",
    [
        picture("JPEG", (1000, 700)),
        picture("PNG", mode="RGBA", colour=(10, 200, 30, 100)),
        picture("PNG", mode="RGBA", colour=(10, 200, 30, 255)),
        picture("PNG", mode="L", colour=90),
    ],
)
def test_the_file_of_a_stored_picture_is_that_picture(data: bytes) -> None:
    taken = take(data)

    again = take(taken.master.data)

    assert again.master == taken.master
    assert again.renditions == taken.renditions


def test_a_camera_that_was_held_upright_gives_an_upright_picture_and_no_place() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn it to the right
    exif[0x010F] = "A camera"
    exif.get_ifd(0x8825)[2] = (48.0, 51.0, 24.0)
    data = picture("JPEG", (600, 400), exif=exif, comment=b"<script>alert(1)</script>", dpi=(72, 72))
    assert b"A camera" in data

    taken = take(data)

    # The white quarter was at the top left, and comes to the top right.
    master = opened(taken.master.data)
    assert master.size == (400, 600)
    assert min(master.getpixel((390, 10))) > 240
    assert master.getpixel((10, 10))[1] < 80
    for each in (taken.master, *taken.renditions):
        assert not opened(each.data).getexif()
        for word in (b"A camera", b"<script>", b"EXIF", b"XMP", b"ICCP"):
            assert word not in each.data


def test_inks_and_profiles_become_the_colours_of_a_screen() -> None:
    inks = take(picture("JPEG", mode="CMYK", colour=(0, 255, 255, 0)))
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    profiled = take(picture("JPEG", icc_profile=profile))
    broken = take(picture("JPEG", icc_profile=b"no profile"))

    red, green, blue = opened(inks.master.data).getpixel((390, 490))
    assert red > 200 > 80 > max(green, blue)
    for taken in (profiled, broken):
        assert opened(taken.master.data).getpixel((390, 490))[0] > 180
        assert "icc_profile" not in opened(taken.master.data).info


def test_what_is_transparent_stays_so() -> None:
    master = opened(take(picture("PNG", mode="RGBA", colour=(10, 200, 30, 100))).master.data)

    assert master.mode == "RGBA"
    assert master.getpixel((390, 490)) == (10, 200, 30, 100)


def test_zeros_behind_a_picture_are_nothing() -> None:
    assert take(picture("JPEG") + b"\0" * 100).master == take(picture("JPEG")).master
