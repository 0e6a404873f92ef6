"""Metal and cords: studs, buckles, zips and what hangs from them, handles, chains, mirrors."""

from __future__ import annotations

import math

from shop.media.artwork.svg import Sheet, stroke, tag

#: Radius of a stud by its scale, in pixels at a bag 700 wide.
_STUDS = {
    "flat": 11.0,
    "classic": 12.0,
    "regular": 12.5,
    "original": 17.0,
    "giant-12": 19.0,
    "giant-21": 27.0,
}


def stud(sheet: Sheet, u: float, v: float, *, scale: float = 1.0) -> str:
    """Return a stud of the bag's own scale; nothing where it has none."""
    size = _STUDS.get(sheet.facts.studs, 0.0) * scale * max(0.72, min(sheet.frame.width / 700, 1.1))
    if not size:
        return ""
    x, y = sheet.frame.at(u, v)
    drawn = tag("circle", cx=x + 2.5, cy=y + 4, r=size, fill="#000000", opacity=0.28)
    drawn += tag("circle", cx=x, cy=y, r=size, fill="url(#metal)", stroke=sheet.metal.line, stroke_width=1.6)
    if sheet.facts.crystals:
        drawn += "".join(
            tag(
                "circle",
                cx=x + size * 0.56 * math.cos(turn * math.tau / 6),
                cy=y + size * 0.56 * math.sin(turn * math.tau / 6),
                r=size * 0.24,
                fill="#ffffff",
                opacity=0.9,
            )
            for turn in range(6)
        )
    elif sheet.facts.studs != "flat":
        drawn += tag("circle", cx=x, cy=y, r=size * 0.6, fill="url(#dome)")
    return drawn + tag(
        "ellipse", cx=x - size * 0.32, cy=y - size * 0.38, rx=size * 0.27, ry=size * 0.17,
        fill="#ffffff", opacity=0.85, transform=f"rotate(-35 {x - size * 0.32:.1f} {y - size * 0.38:.1f})",
    )  # fmt: skip


def ring(sheet: Sheet, u: float, v: float, radius: float = 17.0) -> str:
    """Return a ring that a handle goes through."""
    x, y = sheet.frame.at(u, v)
    return (
        tag("circle", cx=x + 2, cy=y + 4, r=radius, fill="none", stroke="#000", stroke_width=7, opacity=0.22)
        + tag("circle", cx=x, cy=y, r=radius, fill="none", stroke=sheet.metal.deep, stroke_width=9.0)
        + tag("circle", cx=x, cy=y, r=radius, fill="none", stroke=sheet.metal.base, stroke_width=6.0)
        + tag(
            "path", d=f"M{x - radius:.0f},{y:.0f} a{radius},{radius} 0 0 1 {radius},{-radius}",
            fill="none", stroke=sheet.metal.shine, stroke_width=2.6, stroke_linecap="round",
        )
    )  # fmt: skip


def buckle(sheet: Sheet, u: float, v: float, *, wide: float = 46.0, high: float = 34.0) -> str:
    """Return a small buckle on a strap that runs down."""
    x, y = sheet.frame.at(u, v)
    box = {"x": x - wide / 2, "y": y - high / 2, "width": wide, "height": high, "rx": 8, "fill": "none"}
    return (
        tag("rect", **{**box, "x": x - wide / 2 + 2, "y": y - high / 2 + 4}, stroke="#000",
            stroke_width=8, opacity=0.22)
        + tag("rect", **box, stroke=sheet.metal.deep, stroke_width=9.0)
        + tag("rect", **box, stroke=sheet.metal.light, stroke_width=5.0)
        + stroke(f"M{x:.0f},{y - high / 2:.0f} v{high:.0f}", sheet.metal.deep, 6.5)
        + stroke(f"M{x:.0f},{y - high / 2:.0f} v{high:.0f}", sheet.metal.light, 3.4)
    )  # fmt: skip


def strap(sheet: Sheet, shares: str, width: float, *, back: bool = False, laced: bool | None = None) -> str:
    """Return a strap or a rolled handle along a path.

    Args:
        sheet: To draw on.
        shares: Its middle line.
        width: In pixels.
        back: Whether it is the far one, in the shade.
        laced: Whether it is whip-stitched; as the bag's handles are when not said.
    """
    d, skin = sheet.frame.path(shares), sheet.skin
    drawn = stroke(d, skin.line, width + 4, opacity=0.9)
    drawn += stroke(d, skin.deep if back else skin.dark, width)
    if not back:
        drawn += stroke(d, skin.base, width * 0.7, transform="translate(-1.5 -2)")
        drawn += stroke(d, skin.light, width * 0.3, opacity=0.75, transform="translate(-3 -4)")
        drawn += stroke(d, skin.shine, width * 0.1, opacity=0.6, transform="translate(-4 -6)")
    if sheet.facts.laced if laced is None else laced:
        across = {"stroke_linecap": "butt", "stroke_dasharray": "4.5 15"}
        drawn += stroke(d, skin.line, width + 5, opacity=0.8, **across)
        drawn += stroke(d, skin.shine, width + 1, opacity=0.35, stroke_dashoffset=-5, **{
            **across, "stroke_dasharray": "2.5 17"})  # fmt: skip
    return drawn


def zip_line(sheet: Sheet, shares: str, *, width: float = 9.0) -> str:
    """Return a zip along a path: its tape, and its teeth."""
    d = sheet.frame.path(shares)
    return (
        stroke(d, sheet.skin.line, width + 9, opacity=0.85)
        + stroke(d, sheet.metal.dark, width * 0.8)
        + stroke(d, sheet.metal.light, width * 0.62, stroke_dasharray="3.2 4.2", stroke_linecap="butt")
    )


def pull(sheet: Sheet, u: float, v: float, *, length: float = 130.0) -> str:
    """Return what hangs from a zip: laces, a knot, long tassels, or a plain slider."""
    x, y = sheet.frame.at(u, v)
    slider = tag(
        "rect", x=x - 8, y=y - 8, width=16, height=26, rx=5, fill="url(#metal)",
        stroke=sheet.metal.line, stroke_width=1.6,
    )  # fmt: skip
    kind, skin, low = sheet.facts.pull, sheet.skin, y + 18 + length
    if kind == "none":
        return slider

    def cord(d: str, width: float) -> str:
        return (
            stroke(d, "#000000", width + 2, opacity=0.2, transform="translate(4 4)")
            + stroke(d, skin.line, width + 3)
            + stroke(d, skin.base, width)
            + stroke(d, skin.shine, width * 0.25, opacity=0.65, transform="translate(-1.6 -1)")
        )

    if kind == "knotted":
        knot = tag("ellipse", cx=x, cy=y + 40, rx=15, ry=18, fill=skin.base, stroke=skin.line, stroke_width=3)
        fold = stroke(f"M{x - 12:.0f},{y + 34:.0f} q12,12 24,10", skin.line, 2.6)
        ends = cord(f"M{x - 3:.0f},{y + 54:.0f} q-14,{length * 0.3:.0f} -9,{length * 0.62:.0f}", 9)
        ends += cord(f"M{x + 4:.0f},{y + 54:.0f} q14,{length * 0.26:.0f} 13,{length * 0.5:.0f}", 9)
        return cord(f"M{x:.0f},{y + 14:.0f} v14", 8) + ends + knot + fold + slider
    if kind == "tassel":
        left = cord(f"M{x - 2:.0f},{y + 16:.0f} C{x - 26:.0f},{y + 90:.0f} {x - 6:.0f},{low - 20:.0f} "
                    f"{x - 18:.0f},{low + 24:.0f}", 9)  # fmt: skip
        right = cord(f"M{x + 3:.0f},{y + 16:.0f} C{x + 24:.0f},{y + 80:.0f} {x + 6:.0f},{low - 40:.0f} "
                     f"{x + 17:.0f},{low:.0f}", 9)  # fmt: skip
        return left + right + slider
    return _laced_pull(sheet, x, y, low) + slider


def _laced_pull(sheet: Sheet, x: float, y: float, low: float) -> str:
    """Two leathers laced round each other, ending in two tips."""
    skin, drawn = sheet.skin, ""
    for side in (-1, 1):
        d = f"M{x:.0f},{y + 16:.0f} "
        steps = 5
        for each in range(steps):
            bend = side * (12 if each % 2 == 0 else -12)
            d += f"q{bend:.0f},{(low - y) / steps / 2.4:.0f} 0,{(low - y) / steps / 1.2:.0f} "
        d += f"q{side * 7},16 {side * 11},40"
        drawn += (
            stroke(d, "#000000", 11, opacity=0.18, transform="translate(4 4)")
            + stroke(d, skin.line, 11.5)
            + stroke(d, skin.light if side < 0 else skin.base, 8.5)
            + stroke(d, skin.shine, 2, opacity=0.6, transform="translate(-1.6 -1)")
        )
    return drawn


def heart(x: float, y: float, r: float) -> str:
    """Return the outline of a heart of a radius round a point."""
    left, right, low, high = x - r * 1.5, x + r * 1.5, y + r * 0.95, y - r
    shoulder = y - r * 0.1
    return (
        f"M{x:.1f},{low:.1f} C{left:.1f},{shoulder:.1f} {x - r * 0.85:.1f},{high:.1f} "
        f"{x:.1f},{y - r * 0.38:.1f} "
        f"C{x + r * 0.85:.1f},{high:.1f} {right:.1f},{shoulder:.1f} {x:.1f},{low:.1f} Z"
    )


def mirror(sheet: Sheet, u: float, v: float, *, size: float = 62.0) -> str:
    """Return the hand mirror that hangs from a bag; nothing where it has none."""
    kind = sheet.facts.mirror
    if not kind:
        return ""
    x, y = sheet.frame.at(u, v)
    s, skin = size, sheet.skin
    cord = stroke(f"M{x:.0f},{y - s * 1.15:.0f} q{s * 0.12:.0f},{s * 0.3:.0f} 0,{s * 0.62:.0f}", skin.line, 7)
    cord += stroke(
        f"M{x:.0f},{y - s * 1.15:.0f} q{s * 0.12:.0f},{s * 0.3:.0f} 0,{s * 0.62:.0f}", skin.light, 3.5
    )

    def frame(r: float) -> str:
        return f"M{x - r * 0.62:.1f},{y - r * 0.9:.1f} h{r * 1.24:.1f} v{r * 1.8:.1f} h{-r * 1.24:.1f} Z"

    def outline(r: float) -> str:
        return heart(x, y, r) if kind == "heart" else frame(r)

    return (
        cord
        + tag("path", d=outline(s), fill="#000", opacity=0.24, transform="translate(5 8)")
        + tag("path", d=outline(s), fill="url(#leather)", stroke=skin.line, stroke_width=3.0)
        + tag("path", d=outline(s * 0.72), fill="url(#glass)", stroke=sheet.metal.dark, stroke_width=3.0)
    )


def chain(sheet: Sheet, shares: str) -> str:
    """Return a chain along a path."""
    d = sheet.frame.path(shares)
    return (
        stroke(d, sheet.metal.line, 15, opacity=0.75, stroke_dasharray="15 9")
        + stroke(d, sheet.metal.base, 11, stroke_dasharray="15 9")
        + stroke(d, sheet.metal.shine, 4, stroke_dasharray="15 9", transform="translate(-1.5 -2)")
        + stroke(d, sheet.metal.dark, 5, stroke_dasharray="9 15", stroke_dashoffset=-15)
    )


def clasp(sheet: Sheet, u: float, v: float, *, size: float = 62.0) -> str:
    """Return a clasp: two links through each other, our own sign and not the house's letter."""
    x, y = sheet.frame.at(u, v)
    s, radii = size, f"{size * 0.62:.1f},{size * 0.46:.1f}"
    links = [
        f"M{x + side * s * 0.34 - s * 0.62:.1f},{y:.1f} a{radii} 0 1 1 {s * 1.24:.1f},0 "
        f"a{radii} 0 1 1 {-s * 1.24:.1f},0 z"
        for side in (-1, 1)
    ]
    width = s * 0.2
    drawn = "".join(stroke(d, "#000000", width + 3, opacity=0.24, transform="translate(3 7)") for d in links)
    for d in links:
        drawn += stroke(d, sheet.metal.line, width + 5) + stroke(d, sheet.metal.base, width)
        drawn += stroke(d, sheet.metal.light, width * 0.55, transform="translate(-1 -1.5)")
        drawn += stroke(d, sheet.metal.shine, width * 0.2, transform="translate(-2 -3)")
    # The left link comes over the right one at the top: so they hold each other.
    over = f"M{x - s * 0.1:.1f},{y - s * 0.455:.1f} a{radii} 0 0 1 {s * 0.38:.1f},{s * 0.4:.1f}"
    drawn += stroke(over, sheet.metal.line, width + 5, stroke_linecap="butt")
    drawn += stroke(over, sheet.metal.base, width) + stroke(over, sheet.metal.light, width * 0.55)
    if sheet.facts.crystals:
        drawn += "".join(stroke(d, "#ffffff", 5, stroke_dasharray="1 11") for d in links)
    return drawn
