"""Paths on a sheet: elements as text, and a frame that turns shares of a bag into pixels."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field

from shop.media.artwork.colours import Tones
from shop.media.artwork.facts import Facts

_POINT = re.compile(r"(-?\d*\.?\d+),(-?\d*\.?\d+)")


def tag(name: str, content: str = "", /, **attributes: object) -> str:
    """Return an element; ``_`` in an attribute's name stands for ``-``."""
    said = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{number(value)}"' for key, value in attributes.items()
    )
    return f"<{name}{said}>{content}</{name}>" if content else f"<{name}{said}/>"


def number(value: object) -> str:
    """Return a value as an attribute; coordinates to a tenth of a pixel."""
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else str(value)


def stroke(d: str, colour: str, width: float, **attributes: object) -> str:
    """Return a line along a path, its ends round."""
    kept = {"stroke_linecap": "round", "stroke_linejoin": "round"} | attributes
    return tag("path", d=d, fill="none", stroke=colour, stroke_width=width, **kept)


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a bag stands: ``u`` runs from -0.5 to 0.5 across it, ``v`` from 0 at its top to 1 at its foot."""

    centre: float
    top: float
    width: float
    height: float

    def x(self, u: float) -> float:
        """Return the pixel column of a share of the width."""
        return self.centre + u * self.width

    def y(self, v: float) -> float:
        """Return the pixel row of a share of the height."""
        return self.top + v * self.height

    def at(self, u: float, v: float) -> tuple[float, float]:
        """Return a point."""
        return self.x(u), self.y(v)

    def path(self, shares: str) -> str:
        """Return a path whose points are given as shares: ``M-.5,0 L.5,1``."""

        def place(found: re.Match[str]) -> str:
            return f"{number(self.x(float(found[1])))},{number(self.y(float(found[2])))}"

        return _POINT.sub(place, shares)


def mirrored(half: str, *, close: bool = True) -> str:
    """Return a symmetrical path from its left half, drawn from the middle of its top to that of its foot.

    Args:
        half: ``M0,.. C.. C.. 0,..``: cubic curves only, in shares.
        close: Whether to end the path.
    """
    points = [(float(a), float(b)) for a, b in _POINT.findall(half)]
    back = [f"{-u:g},{v:g}" for u, v in reversed(points[:-1])]
    curves = " ".join(
        f"C{back[each]} {back[each + 1]} {back[each + 2]}" for each in range(0, len(back) - 2, 3)
    )
    return f"{half} {curves}{' Z' if close else ''}"


@dataclass(slots=True)
class Sheet:
    """What a shape is drawn on and with.

    Attributes:
        facts: What is drawn.
        skin: Tones of the material.
        metal: Tones of the hardware.
        frame: Where it stands.
        chance: The same for the same facts: creases are not drawn by rule.
        defs: Clips that were asked for.
    """

    facts: Facts
    skin: Tones
    metal: Tones
    frame: Frame
    chance: random.Random
    defs: list[str] = field(default_factory=list)

    def clipped(self, d: str, content: str) -> str:
        """Return content that is seen inside a path only."""
        if not content:
            return ""
        name = f"c{len(self.defs)}"
        self.defs.append(tag("clipPath", tag("path", d=d), id=name))
        return tag("g", content, clip_path=f"url(#{name})")

    def seam(self, shares: str) -> str:
        """Return a seam: a fold that light falls on, and its stitches."""
        d = self.frame.path(shares)
        return (
            stroke(d, self.skin.deep, 3.2, opacity=0.8)
            + stroke(d, self.skin.shine, 1.6, opacity=0.35, transform="translate(0 3.4)")
            + stroke(d, self.skin.light, 2, stroke_dasharray="7 6", opacity=0.75, transform="translate(0 9)")
        )
