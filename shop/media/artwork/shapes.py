"""What a shape is: how it stands on the sheet, and how it is drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from shop.media.artwork.svg import Sheet, stroke, tag
from shop.media.artwork.textures import surface


@dataclass(frozen=True, slots=True)
class Shape:
    """A silhouette.

    Attributes:
        draw: Draws it into the sheet's frame.
        rise: How far handles or straps go above the bag, as a share of its width.
        foot: Half of what touches the floor, as a share of its width.
        flattest: Least height by width that it is drawn with.
        tallest: Most height by width.
        lift: How far above the floor it is, in pixels.
        hangs: Whether it is held up and not set down.
    """

    draw: Callable[[Sheet], str]
    rise: float = 0.45
    foot: float = 0.46
    flattest: float = 0.45
    tallest: float = 0.95
    lift: float = 0
    hangs: bool = False


def panel(sheet: Sheet, shares: str, *, textured: bool = True, line: float = 2.2) -> str:
    """Return a piece of leather: its colour, its surface, its shade and its edge."""
    d = sheet.frame.path(shares)
    return (
        tag("path", d=d, fill="url(#leather)")
        + (sheet.clipped(d, surface(sheet)) if textured else "")
        + tag("path", d=d, fill="url(#shade)")
        + stroke(d, sheet.skin.line, line)
    )


def pocket(sheet: Sheet, shares: str) -> str:
    """Return a piece sewn on another: its shadow, the piece, its stitches inside the edge."""
    d = sheet.frame.path(shares)
    x, y = sheet.frame.centre, sheet.frame.y(0.7)
    inner = f"translate({x:.1f} {y:.1f}) scale(.955 .935) translate({-x:.1f} {-y:.1f})"
    return (
        tag("path", d=d, fill="#000000", opacity=0.22, transform="translate(4 9)")
        + panel(sheet, shares, textured=True)
        + stroke(d, sheet.skin.light, 2.2, opacity=0.8, stroke_dasharray="8 7", transform=inner)
    )
